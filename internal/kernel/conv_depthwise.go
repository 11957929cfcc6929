package kernel

import "unsafe"

// isDepthwise reports whether every channel is a group of its own, one in and
// one out.
func (c correlation) isDepthwise() bool { return c.groups > 1 && c.groups == c.c && c.c == c.outC }

// A depthwisePlan computes a depthwise correlation: lanes hold channels. Its
// units of work are strips of rows of the grid.
type depthwisePlan struct {
	correlation
	set     *tileSet
	ep      Epilogue[float32]
	taps    []int     // of a gradient, as in convPlan
	weights []float32 // of a gradient: (taps, c)

	strip, strips int
	pitch         int
	copied        bool
	full, last    []tileStep // of a whole strip and of the last one
	scratch       freeList[*convScratch]
}

// newDepthwisePlan plans c.
func newDepthwisePlan(set *tileSet, c correlation, ep Epilogue[float32], taps []int) *depthwisePlan {
	p := &depthwisePlan{correlation: c, set: set, ep: ep, taps: taps, pitch: c.w * c.c, copied: c.padded()}
	if taps != nil {
		p.weights = Alloc[float32](len(taps) * c.c)
	}
	if p.copied {
		p.pitch = c.inCols() * c.c
	}
	p.strip, p.strips = c.strips(p.pitch)
	p.full = c.steps(set.depthwise, p.strip, p.pitch)
	p.last = c.steps(set.depthwise, c.outH-(p.strips-1)*p.strip, p.pitch)
	p.scratch = newFreeList(func() *convScratch {
		s := &convScratch{}
		if p.copied {
			s.one = Alloc[float32](c.inRows(p.strip) * p.pitch)
		}
		return s
	})
	return p
}

// units returns the number of units of work.
func (p *depthwisePlan) units() int { return p.n * p.strips }

// prepare gets ready for so many workers, and for the weights of a gradient.
func (p *depthwisePlan) prepare(workers int, w, _ []float32, _ int) {
	p.scratch.reserve(workers)
	for t, tap := range p.taps {
		copy(p.weights[t*p.c:][:p.c], w[tap*p.c:])
	}
}

// run computes units lo to hi-1.
func (p *depthwisePlan) run(lo, hi int, y, x, w, bias []float32) {
	s := p.scratch.get()
	defer p.scratch.put(s)
	if p.taps != nil {
		w = p.weights
	}
	for u := lo; u < hi; u++ {
		n, i, steps, rows := u/p.strips, u%p.strips*p.strip, p.full, p.strip
		if i+rows > p.outH || u%p.strips == p.strips-1 {
			steps, rows = p.last, p.outH-i
		}
		in := unsafe.Pointer(unsafe.SliceData(s.one))
		if p.copied {
			p.copyWindow(p.set, s.one, p.pitch, n, i, rows, x)
		} else {
			in = unsafe.Pointer(&x[p.windowStart(n, i)])
		}
		out := y[p.first+n*p.yImage+i*p.yRow:]
		p.unit(&s.tile, steps, out, in, w, bias)
		if !p.ep.inKernel() {
			p.activate(p.ep, out, rows)
		}
	}
}

// unit computes a strip, a vector of channels at a time.
func (p *depthwisePlan) unit(t *tile, steps []tileStep, y []float32, x unsafe.Pointer, w, bias []float32) {
	t.aRow, t.aK = 4*p.strideW*p.c, 4*p.dilW*p.c
	t.k, t.runs, t.aSkip = p.kw, p.kh, 4*p.dilH*p.pitch-p.kw*t.aK
	t.bK, t.bSkip, t.cRow = 4*p.c, 0, 4*p.yPixel
	t.flags, t.bias = 0, nil
	for c := 0; c < p.c; c += p.set.lanes {
		_, full := t.columns(p.set, min(p.set.lanes, p.c-c))
		t.finish(p.ep, unsafe.Pointer(unsafe.SliceData(bias[min(c, len(bias)):])))
		t.run(steps, full, unsafe.Add(x, 4*c), unsafe.Pointer(&w[c]), unsafe.Pointer(&y[c]))
	}
}
