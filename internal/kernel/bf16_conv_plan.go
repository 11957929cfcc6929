package kernel

// A bf16Window is a correlation that a bf16ConvPlan computes, and its weights.
type bf16Window struct {
	correlation
	gradient bool
	taps     []int // of a gradient: see convPlan

	places  []bf16Place
	steps   []int32
	size    int    // elements of a panel
	weights []bf16 // (panels, steps·16, 16, 2)
	// Of a whole strip and of the last one.
	full, last bf16Layout
}

// A bf16Place says where in a panel the weights of a tap of the correlation
// begin, in elements.
type bf16Place struct{ tap, at int }

// A bf16ConvPlan computes correlations of the same images x (n, h, w, c). Its
// units of work are strips of rows of an image. The part of x under a strip is
// rounded and laid out as (StrideH, StrideW, rows, pitch, channels): rows and
// columns that are equal modulo the strides come together, so that steps of a
// tile's rows are one pixel.
type bf16ConvPlan struct {
	kernels *bf16Kernels
	ep      Epilogue[float32]
	windows []*bf16Window
	correlation

	strip, strips int // rows of a strip of the grid; strips per image
	rows, pitch   int // of a phase of a strip
	channels      int // even
	size          int // elements of a strip and of what lies behind it in reach
	scratch       freeList[*bf16Scratch]

	y, x, weights, bias []float32 // of the Run in progress
}

// bf16StripBytes bounds a strip, to keep it in the L2 cache beside weights.
const bf16StripBytes = 256 << 10

// newBF16ConvPlan plans the windows, which differ in taps, padding and place of
// the result only; p.correlation has the greatest padding and grid of them.
func newBF16ConvPlan(k *bf16Kernels, windows []*bf16Window, ep Epilogue[float32]) *bf16ConvPlan {
	p := &bf16ConvPlan{kernels: k, ep: ep, windows: windows, correlation: windows[0].correlation}
	for _, w := range windows {
		p.top, p.left = max(p.top, w.top), max(p.left, w.left)
		p.outH, p.outW = max(p.outH, w.outH), max(p.outW, w.outW)
	}
	p.channels = roundUp(p.c, 2)
	lastRow, lastCol := 0, 0 // of the taps
	for _, w := range windows {
		lastRow = max(lastRow, (w.kh-1)*w.dilH+p.top-w.top)
		lastCol = max(lastCol, (w.kw-1)*w.dilW+p.left-w.left)
	}
	p.pitch = p.outW + lastCol/p.strideW
	p.chooseStrip(lastRow / p.strideH)
	p.rows = p.strip + lastRow/p.strideH
	p.size = p.strideH * p.strideW * p.rows * p.pitch * p.channels
	for _, w := range windows {
		p.planWindow(w)
	}
	p.scratch = newFreeList(func() *bf16Scratch { return newBF16Scratch(p.size) })
	return p
}

// chooseStrip cuts images into strips that fit in the cache and, where images
// are few, into several for the workers.
func (p *bf16ConvPlan) chooseStrip(more int) {
	row := 2 * p.strideH * p.strideW * p.pitch * p.channels
	rows := max(1, bf16StripBytes/row-more, (4*bf16Rows+p.outW-1)/p.outW)
	if p.n < 8 {
		rows = min(rows, max((p.n*p.outH+7)/8, (2*bf16Rows+p.outW-1)/p.outW))
	}
	p.strips = (p.outH + rows - 1) / rows
	p.strip = (p.outH + p.strips - 1) / p.strips
	p.strips = (p.outH + p.strip - 1) / p.strip
}

// planWindow lays out the terms and the rows of a window.
func (p *bf16ConvPlan) planWindow(w *bf16Window) {
	reach := 0
	for r := range w.kh {
		for phase := range p.strideW {
			// The taps q with (q·dilW + extra) % strideW = phase, as runs of
			// neighbours.
			for q := 0; q < w.kw; q++ {
				if (q*w.dilW+p.left-w.left)%p.strideW != phase {
					continue
				}
				every, taps := 1, 1
				if w.dilW <= p.strideW && p.strideW%w.dilW == 0 {
					every = p.strideW / w.dilW
					taps = (w.kw - q + every - 1) / every
				}
				p.planRun(w, r, q, every, taps)
				q += (taps - 1) * every
			}
		}
	}
	if len(w.steps) > 0 {
		for _, s := range w.steps {
			reach = max(reach, int(s)/2)
		}
		w.size = bf16PanelSize(len(w.steps) * bf16Step)
		w.weights = alloc16(bf16Panels(w.outC) * w.size)
	}
	w.full = p.layout(w, min(p.strip, w.outH))
	w.last = p.layout(w, max(0, w.outH-(p.strips-1)*p.strip))
	for _, l := range []*bf16Layout{&w.full, &w.last} {
		for _, at := range l.at {
			p.size = max(p.size, int(at)/2+(bf16Panel-1)*p.channels+reach+bf16Step)
		}
	}
}

// planRun lays out the terms of a run of taps in row r whose pixels lie next to
// each other in a strip: q, q + every, ...
func (p *bf16ConvPlan) planRun(w *bf16Window, r, q, every, taps int) {
	for t := range taps {
		at := (len(w.steps)*bf16Step + t*p.channels) * bf16Panel
		w.places = append(w.places, bf16Place{r*w.kw + q + t*every, at})
	}
	at := p.tapOffset(w, r, q)
	for k := 0; k < taps*p.channels; k += bf16Step {
		w.steps = append(w.steps, int32(2*(at+k)))
	}
}

// tapOffset returns where in a strip the pixel of tap (r, q) of the first
// output begins.
func (p *bf16ConvPlan) tapOffset(w *bf16Window, r, q int) int {
	i, j := r*w.dilH+p.top-w.top, q*w.dilW+p.left-w.left
	phase := i%p.strideH*p.strideW + j%p.strideW
	return ((phase*p.rows+i/p.strideH)*p.pitch + j/p.strideW) * p.channels
}

// layout returns the places of so many rows of the grid: in tiles of 16
// positions of a row each, or of 16 pixels of all rows together, those included
// between which a window is moved on to the next row.
func (p *bf16ConvPlan) layout(w *bf16Window, rows int) (l bf16Layout) {
	if rows == 0 {
		return l
	}
	perRow := (w.outW + bf16Panel - 1) / bf16Panel
	together := (rows-1)*p.pitch + w.outW
	tile := func(first, limit int) {
		l.at = append(l.at, int32(2*first*p.channels))
		for q := first; q < first+bf16Panel; q++ {
			to := int32(-1)
			if q < limit && q%p.pitch < w.outW {
				to = int32(4 * (q/p.pitch*w.yRow + q%p.pitch*w.yPixel))
			}
			l.to = append(l.to, to)
		}
	}
	if (together+bf16Panel-1)/bf16Panel < rows*perRow {
		for q := 0; q < together; q += bf16Panel {
			tile(q, together)
		}
	} else {
		for i := range rows {
			for j := 0; j < w.outW; j += bf16Panel {
				tile(i*p.pitch+j, i*p.pitch+w.outW)
			}
		}
	}
	if len(l.at)%2 == 1 {
		tile(0, 0)
	}
	l.blocks = len(l.at) / 2
	return l
}
