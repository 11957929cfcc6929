package kernel

import "unsafe"

// A convPlan computes a correlation with micro-kernels. Its units of work are
// strips of rows of the grid, of one image or of a pair.
type convPlan struct {
	correlation
	set *tileSet
	ep  Epilogue[float32]
	// taps lists, for a gradient, the taps of the convolution in the order of
	// kh, kw; w is then transposed.
	taps []int

	strip, strips int // rows of a strip; strips per image
	pitch         int // elements of a row of x or of its padded copy, of one image
	copied        bool
	one, two      convVariant // for an image and, if two.paired, for pairs of them
	units         int
	special       specialPlan // does everything, if it is not nil
	scratch       freeList[*convScratch]
}

// A specialPlan computes correlations of a special kind.
type specialPlan interface {
	units() int
	prepare(workers int, w, bias []float32, outC int)
	run(lo, hi int, y, x, w, bias []float32)
}

// A convVariant is what differs between one image and a pair.
type convVariant struct {
	paired  bool
	width   int // columns of a panel of packed weights
	panels  int // per group
	packed  bool
	weights []float32 // (groups, panels, depth, width)
	// Of a pair: the weights for one image, and the bias with each element
	// twice.
	once, bias []float32
	passes     []convPass
	// full and last are the steps of a whole strip and of the last one by
	// width in vectors.
	full, last [maxVecs + 1][]tileStep
}

// A convScratch is what one worker needs: padded copies of a strip, of one
// image and of two.
type convScratch struct {
	tile
	one, two []float32
}

// newConvPlan plans c. taps is nil, or those of a gradient.
func newConvPlan(set *tileSet, c correlation, ep Epilogue[float32], taps []int) *convPlan {
	p := &convPlan{correlation: c, set: set, ep: ep, taps: taps}
	switch {
	case c.suitsPlanar(set):
		p.special = newPlanarPlan(set, c, ep, taps)
	case c.isDepthwise() && len(set.depthwise) > 0:
		p.special = newDepthwisePlan(set, c, ep, taps)
	}
	if p.special != nil {
		p.units = p.special.units()
		return p
	}
	p.pitch, p.copied = c.w*c.c, c.padded()
	if p.copied {
		p.pitch = c.inCols() * c.c
	}
	pairs := len(set.pairs) > 0 && c.n > 1 && c.groups == 1 && c.dilW == 1 && 2*c.outC <= set.lanes && ep.inKernel()
	if pairs {
		p.strip, p.strips = c.strips(2 * p.pitch)
		p.two = p.newPair()
		p.units = (c.n + 1) / 2 * p.strips
	} else {
		p.strip, p.strips = c.strips(p.pitch)
		p.units = c.n * p.strips
	}
	if !pairs || c.n%2 == 1 {
		p.one = p.newVariant()
	}
	p.scratch = newFreeList(p.newScratch)
	return p
}

// newScratch returns what one worker needs.
func (p *convPlan) newScratch() *convScratch {
	s, size := &convScratch{}, p.inRows(p.strip)*p.pitch
	if p.copied && p.one.width > 0 {
		s.one = Alloc[float32](size)
	}
	if p.two.paired {
		s.two = Alloc[float32](2 * size)
	}
	return s
}

// grid cuts the units into parts.
func (p *convPlan) grid() grid {
	return newGrid(p.units, p.n*p.outH*p.outW*p.outC*p.depth()/p.units)
}

// newVariant plans the kernels for single images.
func (p *convPlan) newVariant() (v convVariant) {
	goc := p.outC / p.groups
	vecs, steps, _ := p.set.cheapest(goc, 4, func(kernels []tileKernel) []tileStep {
		return p.steps(kernels, p.strip, p.pitch)
	})
	v.full, v.width = steps, vecs*p.set.lanes
	v.panels = (goc + v.width - 1) / v.width
	for n, steps := range v.full {
		if steps != nil {
			v.last[n] = p.steps(p.set.byWidth[n], p.lastStrip(), p.pitch)
		}
	}
	if v.packed = v.panels > 1 || p.groups > 1 || p.taps != nil; v.packed {
		v.weights = Alloc[float32](p.groups * v.panels * p.depth() * v.width)
	} else {
		v.width = goc
	}
	v.passes = p.passes(p.pitch, v.width)
	return v
}

// newPair plans the kernels for two images interleaved.
func (p *convPlan) newPair() convVariant {
	v := convVariant{paired: true, packed: true, width: p.set.lanes, panels: 1}
	v.full[1] = p.steps(p.set.pairs, p.strip, p.pitch)
	v.last[1] = p.steps(p.set.pairs, p.lastStrip(), p.pitch)
	run := p.kw * p.c
	v.passes = []convPass{{0, 0, run, p.kh, p.dilH*p.pitch - run}}
	v.weights = Alloc[float32](p.depth() * v.width)
	v.once, v.bias = Alloc[float32](p.depth()*v.width/2), Alloc[float32](v.width)
	return v
}

// lastStrip returns the rows of an image's last strip.
func (p *convPlan) lastStrip() int { return p.outH - (p.strips-1)*p.strip }

// prepare gets ready for so many workers, and copies the weights w of the
// convolution, whose output has outC channels, to the panels.
func (p *convPlan) prepare(workers int, w, bias []float32, outC int) {
	if p.special != nil {
		p.special.prepare(workers, w, bias, outC)
		return
	}
	p.scratch.reserve(workers)
	if v := &p.one; v.packed {
		for u := range p.groups * v.panels {
			j := u % v.panels * v.width
			n := min(v.width, p.outC/p.groups-j)
			p.packPanel(v.weights[u*p.depth()*v.width:], w, u/v.panels, j, n, v.width, outC)
		}
	}
	if v := &p.two; v.paired {
		p.packPanel(v.once, w, 0, 0, p.outC, v.width/2, outC)
		interleavePair(v.weights, v.once, v.once, len(v.once))
		for j, b := range bias {
			v.bias[2*j], v.bias[2*j+1] = b, b
		}
	}
}

// packPanel copies n columns of the weights from column j of a group on.
func (p *convPlan) packPanel(dst, w []float32, group, j, n, width, outC int) {
	if p.taps == nil {
		p.set.copyRows(&dst[0], &w[group*(p.outC/p.groups)+j], p.depth(), n, width, outC)
		return
	}
	// Of the convolution: goc output channels per group, gc input channels.
	goc, gc := p.c/p.groups, p.outC/p.groups
	for t, tap := range p.taps {
		p.set.transposeInto(dst[t*goc*width:], w[(tap*gc+j)*outC+group*goc:], goc, n, width, outC)
	}
}

// run computes units lo to hi-1 of y from x and, where they are not packed,
// the weights w.
func (p *convPlan) run(lo, hi int, y, x, w, bias []float32) {
	if p.special != nil {
		p.special.run(lo, hi, y, x, w, bias)
		return
	}
	s := p.scratch.get()
	defer p.scratch.put(s)
	for u := lo; u < hi; u++ {
		n, strip := u/p.strips, u%p.strips
		switch {
		case !p.two.paired:
			p.unit(s, &p.one, n, strip, y, x, w, bias)
		case 2*n+1 < p.n:
			p.unit(s, &p.two, 2*n, strip, y, x, w, p.two.bias)
		default:
			p.unit(s, &p.one, 2*n, strip, y, x, w, bias)
		}
	}
}

// unit computes a strip of image n, or of n and n+1.
func (p *convPlan) unit(s *convScratch, v *convVariant, n, strip int, y, x, w, bias []float32) {
	i, rows, steps := strip*p.strip, p.strip, &v.full
	if strip == p.strips-1 {
		rows, steps = p.lastStrip(), &v.last
	}
	t, size := &s.tile, 4 // bytes of an element of x
	if v.paired {
		size = 8
	}
	t.aRow, t.aK = size*p.strideW*p.c, size
	t.cRow, t.cPair = 4*p.yPixel, 4*p.yImage
	t.bK, t.bSkip = 4*v.width, 0

	in := p.window(s, v.paired, n, i, rows, x)
	y = y[p.first+n*p.yImage+i*p.yRow:]
	gc, goc := p.c/p.groups, p.outC/p.groups
	for u := range p.groups * v.panels {
		group, j := u/v.panels, u%v.panels*v.width
		if v.packed {
			w = v.weights[u*p.depth()*v.width:]
		}
		out := convPanel{n: min(v.width, goc-j), x: unsafe.Add(in, 4*group*gc), w: w, y: y[group*goc+j:]}
		if p.ep.Bias {
			out.bias = unsafe.Pointer(&bias[group*goc+j])
		}
		p.panel(t, v, steps, out)
	}
	if !p.ep.inKernel() {
		p.activate(p.ep, y, rows)
	}
}

// A convPanel is what panel computes: n output channels of a strip, from the
// first element of x under it and a panel of weights.
type convPanel struct {
	n    int
	x    unsafe.Pointer
	w, y []float32
	bias unsafe.Pointer
}

// panel computes a panel of a strip, in passes over its steps.
func (p *convPlan) panel(t *tile, v *convVariant, steps *[maxVecs + 1][]tileStep, out convPanel) {
	vecs, full := 1, true
	if v.paired {
		t.mask = 1<<out.n - 1
	} else {
		vecs = p.set.vecs(out.n)
		_, full = t.columns(p.set, out.n)
	}
	t.flags, t.bias = 0, nil
	for i := range v.passes {
		ps := &v.passes[i]
		t.k, t.runs, t.aSkip = ps.k, ps.runs, t.aK*ps.aSkip
		if i == len(v.passes)-1 {
			t.finish(p.ep, out.bias)
		}
		t.run(steps[vecs], full, unsafe.Add(out.x, t.aK*ps.a), unsafe.Pointer(&out.w[ps.b]), unsafe.Pointer(&out.y[0]))
		t.flags |= flagAccumulate
	}
}

// window returns the first element of x under a strip of rows from row i on of
// image n: in x, or in a copy that is padded, or that interleaves two images.
func (p *convPlan) window(s *convScratch, paired bool, n, i, rows int, x []float32) unsafe.Pointer {
	if paired {
		p.copyPair(s.two, p.pitch, n, i, rows, x)
		return unsafe.Pointer(&s.two[0])
	}
	if p.copied {
		p.copyWindow(p.set, s.one, p.pitch, n, i, rows, x)
		return unsafe.Pointer(&s.one[0])
	}
	return unsafe.Pointer(&x[p.windowStart(n, i)])
}
