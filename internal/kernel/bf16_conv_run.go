package kernel

// run computes y from x, the weights w of the convolution and bias.
func (p *bf16ConvPlan) run(pool *Pool, y, x, w, bias []float32) {
	p.y, p.x, p.weights, p.bias = y, x, w, bias
	panels := (*convPanels)(p)
	pool.Do(panels.parts(), panels)
	pool.Do(p.n*p.strips, (*convStrips)(p))
	p.y, p.x, p.weights, p.bias = nil, nil, nil, nil
}

// convPanels is the task of rounding the weights.
type convPanels bf16ConvPlan

// parts returns the number of parts: the panels of all windows of a gradient,
// else taps, whichever reads memory in order.
func (p *convPanels) parts() int {
	if w := p.windows[0]; !w.gradient {
		return len(w.places)
	}
	return len(p.windows) * bf16Panels(p.outC)
}

// Part rounds part i.
func (p *convPanels) Part(i int) {
	panels := bf16Panels(p.outC)
	w := p.windows[0]
	if !w.gradient {
		at := w.places[i]
		p.kernels.pairRows(&w.weights[at.at], &p.weights[at.tap*p.c*p.outC], p.c, p.outC, p.outC, w.size)
		return
	}
	w = p.windows[i/panels]
	j := i % panels * bf16Panel
	for _, at := range w.places {
		dst := &w.weights[i%panels*w.size+at.at]
		p.kernels.pairCols(dst, &p.weights[(w.taps[at.tap]*p.outC+j)*p.c], p.c, p.c, min(bf16Panel, p.outC-j))
	}
}

// convStrips is the task of computing the strips.
type convStrips bf16ConvPlan

// Part computes strip i % strips of image i / strips.
func (p *convStrips) Part(i int) {
	s := p.scratch.get()
	defer p.scratch.put(s)
	n, strip := i/p.strips, i%p.strips
	p.convert(s.x, p.x[n*p.h*p.w*p.c:], strip*p.strip)
	for _, w := range p.windows {
		rows, layout := min(p.strip, w.outH), &w.full
		if strip == p.strips-1 {
			rows, layout = w.outH-strip*p.strip, &w.last
		}
		if rows > 0 {
			p.multiply(s, w, layout, p.y[w.first+n*w.yImage+strip*p.strip*w.yRow:], rows)
		}
	}
}

// multiply computes rows of a window's grid, of which y begins with the first.
func (p *convStrips) multiply(s *bf16Scratch, w *bf16Window, layout *bf16Layout, y []float32, rows int) {
	if len(w.steps) == 0 {
		w.forPixels(y, rows, func(pixel []float32) {
			clear(pixel)
			p.ep.apply(pixel, p.bias, p.outC)
		})
		return
	}
	t := &s.bf16Sweep
	t.a, t.aRow = pointer(s.x), 2*p.channels
	t.use(layout)
	t.steps, t.n = &w.steps[0], len(w.steps)
	t.bHalf = 2 * w.size
	for j := 0; j < p.outC; j += bf16Cols {
		t.flags, t.bias = 0, nil
		t.b, t.c = pointer(w.weights[j/bf16Panel*w.size:]), pointer(y[j:])
		t.finish(p.ep, p.bias, j)
		t.columns(p.outC - j)
		p.kernels.sweep(t)
	}
	if !p.ep.inKernel() {
		w.forPixels(y, rows, p.ep.activate)
	}
}

// forPixels calls f on each pixel of rows of the grid.
func (w *bf16Window) forPixels(y []float32, rows int, f func(pixel []float32)) {
	for r := range rows {
		for j := range w.outW {
			f(y[r*w.yRow+j*w.yPixel:][:w.outC])
		}
	}
}

// convert rounds the rows of image x under the strip from row i of the grid on
// to dst.
func (p *convStrips) convert(dst []bf16, x []float32, i int) {
	for r := range p.strideH * p.rows {
		h := i*p.strideH - p.top + r
		for phase := range p.strideW {
			row := dst[((r%p.strideH*p.strideW+phase)*p.rows+r/p.strideH)*p.pitch*p.channels:][:p.pitch*p.channels]
			if h < 0 || h >= p.h {
				clear(row)
			} else {
				p.convertRow(row, x[h*p.w*p.c:][:p.w*p.c], phase-p.left)
			}
		}
	}
}

// convertRow rounds columns first, first+strideW, ... of a row of x to dst.
func (p *convStrips) convertRow(dst []bf16, x []float32, first int) {
	from := 0 // columns of dst with pixels of x: from <= j < to
	if first < 0 {
		from = min(p.pitch, (-first+p.strideW-1)/p.strideW)
	}
	to := max(from, min(p.pitch, (p.w-first+p.strideW-1)/p.strideW))
	clear(dst[:from*p.channels])
	clear(dst[to*p.channels:])
	if from == to {
		return
	}
	src := &x[(first+from*p.strideW)*p.c]
	if p.strideW == 1 && p.channels == p.c {
		p.kernels.convertRows(&dst[from*p.channels], src, 1, (to-from)*p.c, 0, 0)
	} else {
		p.kernels.convertRows(&dst[from*p.channels], src, to-from, p.c, p.channels, p.strideW*p.c)
	}
}
