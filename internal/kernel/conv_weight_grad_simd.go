package kernel

import "unsafe"

// A weightGradPlan computes the gradient of a convolution with respect to its
// weights with micro-kernels. The result is a matrix for each group of images,
// the sum over output pixels of an outer product, in one of two forms:
//
//   - x by dy: rows (kh, kw, c) and columns oc, the layout of dw;
//   - dy by x, for few output channels: for each kh, rows oc and columns (kw, c).
//
// A depthwise convolution has rows (kh, kw) and columns c, and the product is
// element by element.
//
// A unit of work is a range of the steps that cover the rows, for one group.
type weightGradPlan struct {
	correlation
	set       *tileSet
	swapped   bool // dy by x
	depthwise bool
	size      int // of dw

	rowRun, cols  int // contiguous rows; columns of all channel groups
	width, panels int // of the columns of a channel group
	steps         [maxVecs + 1][]tileStep
	strip         int // rows of the grid per visit of the tiles
	pitch         int
	copied        bool
	packed        bool // dy is copied to panels
	split         int  // units per group of images
	groupsN       int  // groups of images
	grid          grid
	inPlace       int       // matrices that are made in dw: that of the first group, unless swapped
	sums          []float32 // the other matrices
	sum           weightGradSum
	scratch       freeList[*weightGradScratch]
}

// A weightGradScratch is what one worker needs.
type weightGradScratch struct {
	tile
	x  []float32 // padded copy of a strip
	dy []float32 // (pixels of a strip, width)
}

// newWeightGradPlan plans the gradient of s.
func newWeightGradPlan(set *tileSet, s ConvShape) *weightGradPlan {
	p := &weightGradPlan{correlation: s.forward(), set: set, groupsN: (s.N + weightGradImages - 1) / weightGradImages}
	_, p.size, _ = s.lens()
	p.pitch, p.copied = p.w*p.c, p.padded()
	if p.copied {
		p.pitch = p.inCols() * p.c
	}
	p.chooseForm()
	bRow := p.width // elements of B per pixel
	if p.swapped {
		bRow = p.c * p.strideW
	} else {
		p.inPlace = 1
	}
	strips := (p.outH*p.outW*bRow*4 + passBytes - 1) / passBytes
	p.strip = max(1, (p.outH+strips-1)/strips)
	p.split = max(1, min(len(p.steps[p.fullVecs()]), 8/p.groupsN, weightGradImages*s.macs()/grainWork))
	p.grid = newGrid(p.groupsN*p.split, s.N*s.macs()/(p.groupsN*p.split))
	p.sums = Alloc[float32]((p.groupsN - p.inPlace) * p.size)
	p.scratch = newFreeList(p.newScratch)
	return p
}

// newScratch returns what one worker needs.
func (p *weightGradPlan) newScratch() *weightGradScratch {
	s := &weightGradScratch{}
	if p.copied {
		s.x = Alloc[float32](p.inRows(p.strip) * p.pitch)
	}
	if p.packed {
		s.dy = Alloc[float32](p.strip * p.outW * p.width)
	}
	return s
}

// fullVecs returns the vectors of the first panel.
func (p *weightGradPlan) fullVecs() int { return p.set.vecs(min(p.width, p.groupCols())) }

// groupCols returns the columns of a group of channels.
func (p *weightGradPlan) groupCols() int {
	if p.swapped {
		return p.cols
	}
	return p.outC / p.groups
}

// chooseForm plans the form of the matrix that costs least.
func (p *weightGradPlan) chooseForm() {
	if p.isDepthwise() && len(p.set.depthwise) > 0 {
		p.depthwise, p.groups = true, 1 // one group of columns
		p.rowRun, p.cols = p.kw, p.outC
		p.width, p.panels = p.set.lanes, p.set.vecs(p.cols)
		p.steps[1] = p.cover(p.set.depthwise)
		return
	}
	p.rowRun, p.cols = p.kw*p.c, p.outC
	if p.groups > 1 || p.dilW > 1 {
		p.rowRun = p.c / p.groups
	}
	total := p.chooseWidth()
	if p.groups == 1 && p.dilW == 1 {
		q := *p
		q.swapped, q.rowRun, q.cols = true, p.outC, p.kw*p.c
		if q.chooseWidth() < total {
			*p = q
		}
	}
	p.packed = !p.swapped && p.panels > 1 && p.groups == 1
}

// chooseWidth plans the panels and returns their cost.
func (p *weightGradPlan) chooseWidth() (total int) {
	var vecs int
	vecs, p.steps, total = p.set.cheapest(p.groupCols(), maxVecs, p.cover)
	p.width = vecs * p.set.lanes
	p.panels = (p.groupCols() + p.width - 1) / p.width
	return total
}

// cover returns the steps that compute all rows of a channel group with the
// kernels.
func (p *weightGradPlan) cover(kernels []tileKernel) (steps []tileStep) {
	rows := p.size / p.cols
	if p.swapped {
		rows = p.kh * p.outC
	}
	for r := 0; r < rows; {
		i := 0
		left := rows - r
		if p.swapped {
			left = p.rowRun - r%p.rowRun
		}
		for !kernels[i].fits(r, left, p.rowRun) {
			i++
		}
		k := &kernels[i]
		s := tileStep{kernel: k, c: 4 * r * p.cols}
		for g := range k.rows / k.group {
			s.a[g] = 4 * p.rowStart(r+g*k.group)
		}
		if p.swapped {
			s.b = 4 * (r / p.rowRun) * p.dilH * p.pitch
		}
		steps = append(steps, s)
		r += k.rows
	}
	return steps
}

// rowStart returns the offset in A of row r of the matrix.
func (p *weightGradPlan) rowStart(r int) int {
	run, at := r/p.rowRun, r%p.rowRun
	switch {
	case p.swapped:
		return at
	case p.depthwise:
		return run*p.dilH*p.pitch + at*p.dilW*p.c
	case p.rowRun*p.kw == p.depth()/p.kh: // a run for each tap
		return run/p.kw*p.dilH*p.pitch + run%p.kw*p.dilW*p.c + at
	default:
		return run*p.dilH*p.pitch + at
	}
}

// run computes units lo to hi-1 from x and dy; the first group's matrix is dw
// itself unless it is swapped.
func (p *weightGradPlan) run(lo, hi int, dw, x, dy []float32) {
	s := p.scratch.get()
	defer p.scratch.put(s)
	for u := lo; u < hi; u++ {
		group, part := u/p.split, u%p.split
		sums := dw
		if at := group - p.inPlace; at >= 0 {
			sums = p.sums[at*p.size:][:p.size]
		}
		s.flags = 0
		for n := group * weightGradImages; n < min((group+1)*weightGradImages, p.n); n++ {
			for i := 0; i < p.outH; i += p.strip {
				p.visit(s, part, n, i, sums, x, dy)
				s.flags = flagAccumulate
			}
		}
	}
}

// visit adds the terms of a strip of image n from row i on to a part of the
// matrix.
func (p *weightGradPlan) visit(s *weightGradScratch, part, n, i int, sums, x, dy []float32) {
	rows := min(p.strip, p.outH-i)
	s.k, s.runs = p.outW, rows
	p.setStrides(&s.tile)
	dy = dy[(n*p.outH+i)*p.yRow:][:rows*p.yRow]
	window := p.window(s, n, i, rows, x)
	for u := range p.groups * p.panels {
		group, j := u/p.panels, u%p.panels*p.width
		col, cols := group*p.groupCols()+j, min(p.width, p.groupCols()-j)
		_, full := s.columns(p.set, cols)
		a, b := unsafe.Add(window, 4*group*(p.c/p.groups)), unsafe.Pointer(&dy[0])
		switch {
		case p.depthwise:
			a, b = unsafe.Add(a, 4*col), unsafe.Add(b, 4*col)
		case p.swapped:
			a, b = b, unsafe.Add(a, 4*col)
		case p.packed:
			p.set.copyRows(&s.dy[0], &dy[col], rows*p.outW, cols, p.width, p.outC)
			b = unsafe.Pointer(&s.dy[0])
		default:
			b = unsafe.Add(b, 4*col)
		}
		steps := p.steps[p.set.vecs(cols)]
		from, to := part*len(steps)/p.split, (part+1)*len(steps)/p.split
		s.tile.run(steps[from:to], full, a, b, unsafe.Pointer(&sums[col]))
	}
}

// setStrides sets the strides of a tile.
func (p *weightGradPlan) setStrides(t *tile) {
	pixel := 4 * p.strideW * p.c // of x
	skip := 4*p.strideH*p.pitch - p.outW*pixel
	t.aRow, t.cRow = 4, 4*p.cols
	t.aK, t.aSkip, t.bK, t.bSkip = pixel, skip, 4*p.outC, 0
	switch {
	case p.depthwise:
		t.aRow = 4 * p.dilW * p.c
	case p.swapped:
		t.aK, t.aSkip, t.bK, t.bSkip = 4*p.outC, 0, pixel, skip
	case p.packed:
		t.bK = 4 * p.width
	}
}

// window returns the first element of x under a strip of image n: in x, or in
// a padded copy.
func (p *weightGradPlan) window(s *weightGradScratch, n, i, rows int, x []float32) unsafe.Pointer {
	if !p.copied {
		return unsafe.Pointer(&x[p.windowStart(n, i)])
	}
	p.copyWindow(p.set, s.x, p.pitch, n, i, rows, x)
	return unsafe.Pointer(&s.x[0])
}

// sumPart is how many elements of dw a worker sums at a time.
const sumPart = 1 << 14

// A weightGradSum adds the other groups' matrices to the first one, a range of
// elements as a part.
type weightGradSum struct {
	*weightGradPlan
	first, rest []float32
}

// Part sums elements i*sumPart and following.
func (s *weightGradSum) Part(i int) {
	lo, hi := i*sumPart, min((i+1)*sumPart, s.size)
	for at := 0; at < len(s.rest); at += s.size {
		Apply2(Add, s.first[lo:hi], s.first[lo:hi], s.rest[at+lo:at+hi], 0)
	}
}

// finish sums the groups' matrices into dw.
func (p *weightGradPlan) finish(pool *Pool, dw []float32) {
	sum := &p.sum
	sum.weightGradPlan, sum.first, sum.rest = p, dw, p.sums
	if p.swapped {
		sum.first, sum.rest = p.sums[:p.size], p.sums[p.size:]
	}
	if len(sum.rest) > 0 {
		pool.Do((p.size+sumPart-1)/sumPart, sum)
	}
	if p.swapped { // (kh, oc, kw·c) to (kh, kw·c, oc)
		run := p.outC * p.cols
		for at := 0; at < len(dw); at += run {
			p.set.transposeInto(dw[at:], sum.first[at:], p.cols, p.outC, p.outC, p.cols)
		}
	}
	sum.first = nil
}
