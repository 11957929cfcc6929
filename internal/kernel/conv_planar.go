package kernel

import "unsafe"

// planarOutC is the most output channels for which a planarPlan is used: with
// so few, channels leave most lanes of a vector empty.
const planarOutC = 3

// A planarPlan computes a correlation with few output channels: the image is
// rearranged to planes, one for each channel, and lanes hold neighbouring
// pixels. Its units of work are strips of rows of the grid.
type planarPlan struct {
	correlation
	set     *tileSet
	ep      Epilogue[float32]
	taps    []int     // of a gradient, as in convPlan
	weights []float32 // of a gradient: (taps, c, outC)

	strip, strips int
	pitch, plane  int // length of a row of a plane, and of a plane
	lead          int // elements before the planes that align the image's columns
	tile, tiles   int // pixels of a tile, tiles of a strip
	kernel        *tileKernel
	scratch       freeList[*planarScratch]
}

// A planarScratch is what one worker needs: planes of the strip's input and
// output, of the same pitch.
type planarScratch struct {
	tile
	x, y []float32
}

// suitsPlanar reports whether c can be computed in planes and gains by it.
func (c correlation) suitsPlanar(set *tileSet) bool {
	return c.outC <= planarOutC && c.groups == 1 && c.strideH == 1 && c.strideW == 1 &&
		c.c >= 4 && c.outW >= set.lanes
}

// newPlanarPlan plans c.
func newPlanarPlan(set *tileSet, c correlation, ep Epilogue[float32], taps []int) *planarPlan {
	p := &planarPlan{correlation: c, set: set, ep: ep, taps: taps, pitch: c.inCols()}
	if aligned := roundUp(p.pitch, set.lanes); 8*aligned <= 9*p.pitch {
		p.pitch, p.lead = aligned, (set.lanes-max(0, c.left)%set.lanes)%set.lanes
	}
	if taps != nil {
		p.weights = Alloc[float32](c.depth() * c.outC)
	}
	p.strip, p.strips = c.strips(p.pitch * c.c)
	vecs := set.widest(8, c.outC)
	p.kernel = tallest(set.byWidth[vecs], c.outC)
	p.tile = vecs * set.lanes
	p.tiles = ((p.strip-1)*p.pitch + c.outW + p.tile - 1) / p.tile
	// The last tile reads beyond the strip. An odd number of cache lines
	// keeps the planes from competing for the same places in the cache.
	p.plane = roundUp(p.tiles*p.tile+c.inRows(1)*p.pitch, alignment/4) | alignment/4
	p.scratch = newFreeList(func() *planarScratch {
		return &planarScratch{x: Alloc[float32](p.lead + c.c*p.plane)[p.lead:], y: Alloc[float32](c.outC * p.plane)}
	})
	return p
}

// units returns the number of units of work.
func (p *planarPlan) units() int { return p.n * p.strips }

// prepare gets ready for so many workers, and for the weights of a gradient.
func (p *planarPlan) prepare(workers int, w, _ []float32, outC int) {
	p.scratch.reserve(workers)
	for t, tap := range p.taps {
		p.set.transposeInto(p.weights[t*p.c*p.outC:], w[tap*p.outC*outC:], p.c, p.outC, p.outC, outC)
	}
}

// run computes units lo to hi-1.
func (p *planarPlan) run(lo, hi int, y, x, w, bias []float32) {
	s := p.scratch.get()
	defer p.scratch.put(s)
	if p.taps != nil {
		w = p.weights
	}
	for u := lo; u < hi; u++ {
		n, i := u/p.strips, u%p.strips*p.strip
		rows := min(p.strip, p.outH-i)
		p.planes(s.x, n, i, rows, x)
		p.sums(s, w)
		p.finish(s.y, y[p.first+n*p.yImage+i*p.yRow:], bias, rows)
	}
}

// planes rearranges what rows rows of the grid of image n from row i on need
// of x. dst is for this purpose only: margins that never change are zero.
func (p *planarPlan) planes(dst []float32, n, i, rows int, x []float32) {
	k := p.clip(n, i, rows)
	for r := range p.inRows(rows) {
		if r < k.r0 || r >= k.r1 {
			for c := range p.c {
				clear(dst[c*p.plane+r*p.pitch:][:p.pitch])
			}
			continue
		}
		row := x[k.at+(r-k.r0)*p.w*p.c:]
		p.set.transposeInto(dst[r*p.pitch+k.c0:], row, p.c, k.c1-k.c0, p.plane, p.c)
	}
}

// sums computes all positions of the planes of a strip; those between the end
// of a row of the grid and the next row are of no use.
func (p *planarPlan) sums(s *planarScratch, w []float32) {
	t := &s.tile
	t.columns(p.set, p.tile)
	t.aRow, t.aK, t.aSkip = 4, 4*p.outC, 0
	t.k, t.runs = p.c, p.kw
	t.bK, t.bSkip = 4*p.plane, 4*(p.dilW-p.c*p.plane)
	t.cRow = 4 * p.plane
	for at := 0; at < p.tiles*p.tile; at += p.tile {
		t.flags = 0
		t.c = unsafe.Pointer(&s.y[at])
		for kh := range p.kh {
			t.a[0] = unsafe.Pointer(&w[kh*p.kw*p.c*p.outC])
			t.b = unsafe.Pointer(&s.x[kh*p.dilH*p.pitch+at])
			p.kernel.full(t)
			t.flags = flagAccumulate
		}
	}
}

// finish applies the epilogue to the planes and copies them to y.
func (p *planarPlan) finish(planes, y, bias []float32, rows int) {
	for c := range p.outC {
		plane := planes[c*p.plane:][:(rows-1)*p.pitch+p.outW]
		if p.ep.Bias {
			Apply2(Add, plane, plane, bias[c:c+1], 0)
		}
		p.ep.activate(plane)
		for r := range rows {
			scatter(y[r*p.yRow+c:], p.yPixel, plane[r*p.pitch:][:p.outW])
		}
	}
}

// scatter is dst[i*stride] = src[i].
func scatter(dst []float32, stride int, src []float32) {
	if stride == 1 {
		copy(dst, src)
		return
	}
	for i, v := range src {
		dst[i*stride] = v
	}
}
