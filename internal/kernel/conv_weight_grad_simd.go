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
	total := 0
	if p.isDepthwise() && len(set.depthwise) > 0 {
		p.chooseDepthwise()
	} else {
		total = p.choose(false)
	}
	if s.Groups == 1 && s.DilW == 1 {
		q := *p
		if q.choose(true) < total {
			*p = q
		}
	}
	bRow := p.width // elements of B per pixel
	if p.swapped {
		bRow = p.c * p.strideW
	}
	strips := (p.outH*p.outW*bRow*4 + passBytes - 1) / passBytes
	p.strip = max(1, (p.outH+strips-1)/strips)
	p.packed = !p.swapped && !p.depthwise && p.panels > 1 && p.groups == 1
	p.split = max(1, min(len(p.steps[p.fullVecs()]), 8/p.groupsN, weightGradImages*s.macs()/grainWork))
	units := p.groupsN * p.split
	p.grid = newGrid(units, s.N*s.macs()/units)
	if !p.swapped {
		p.inPlace = 1
	}
	p.sums = Alloc[float32]((p.groupsN - p.inPlace) * p.size)
	p.scratch = newFreeList(p.newScratch)
	return p
}

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

// choose plans one of the forms with the width of panel that costs least, and
// returns its cost.
func (p *weightGradPlan) choose(swapped bool) (least int) {
	p.swapped = swapped
	gc := p.c / p.groups
	switch {
	case swapped:
		p.rowRun, p.cols = p.outC, p.kw*p.c
	case p.groups > 1 || p.dilW > 1:
		p.rowRun, p.cols = gc, p.outC
	default:
		p.rowRun, p.cols = p.kw*gc, p.outC
	}
	for vecs := 1; vecs <= min(maxVecs, p.set.vecs(p.groupCols())); vecs++ {
		width := vecs * p.set.lanes
		var steps [maxVecs + 1][]tileStep
		total := 0
		for j := 0; j < p.groupCols(); j += width {
			n := p.set.vecs(min(width, p.groupCols()-j))
			if len(p.set.byWidth[n]) == 0 {
				total = 1 << 60
				break
			}
			steps[n] = p.cover(p.set.byWidth[n])
			total += cost(steps[n])
		}
		if least == 0 || total < least {
			least = total
			p.width, p.panels, p.steps = width, (p.groupCols()+width-1)/width, steps
		}
	}
	return least
}

// chooseDepthwise plans a depthwise gradient, whose matrix has one group of
// columns.
func (p *weightGradPlan) chooseDepthwise() {
	p.depthwise, p.groups = true, 1
	p.rowRun, p.cols = p.kw, p.outC
	p.width = p.set.lanes
	p.panels = p.set.vecs(p.cols)
	p.steps[1] = p.cover(p.set.depthwise)
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
	t := &s.tile
	rows := min(p.strip, p.outH-i)
	t.k, t.runs = p.outW, rows
	px := unsafe.Pointer(unsafe.SliceData(x))
	if p.copied {
		p.copyWindow(p.set, s.x, p.pitch, n, i, rows, x)
		px = unsafe.Pointer(&s.x[0])
	} else {
		px = unsafe.Add(px, 4*p.windowStart(n, i))
	}
	dy = dy[(n*p.outH+i)*p.yRow:][:rows*p.yRow]
	xK, xSkip := 4*p.strideW*p.c, 4*(p.strideH*p.pitch-p.outW*p.strideW*p.c)
	t.aRow, t.cRow = 4, 4*p.cols
	if p.depthwise {
		t.aRow = 4 * p.dilW * p.c
	}
	if p.swapped {
		t.aK, t.aSkip, t.bK, t.bSkip = 4*p.outC, 0, xK, xSkip
	} else {
		t.aK, t.aSkip, t.bK, t.bSkip = xK, xSkip, 4*p.outC, 0
	}
	for u := range p.groups * p.panels {
		group, j := u/p.panels, u%p.panels*p.width
		nj := min(p.width, p.groupCols()-j)
		_, full := t.columns(p.set, nj)
		col := group*p.groupCols() + j
		a, b := unsafe.Add(px, 4*group*(p.c/p.groups)), unsafe.Pointer(&dy[0])
		switch {
		case p.depthwise:
			a, b = unsafe.Add(a, 4*col), unsafe.Add(b, 4*col)
		case p.swapped:
			a, b = b, unsafe.Add(a, 4*col)
		case p.packed:
			p.set.copyRows(&s.dy[0], &dy[col], rows*p.outW, nj, p.width, p.outC)
			b, t.bK = unsafe.Pointer(&s.dy[0]), 4*p.width
		default:
			b = unsafe.Add(b, 4*col)
		}
		steps := p.steps[p.set.vecs(nj)]
		t.run(steps[part*len(steps)/p.split:(part+1)*len(steps)/p.split], full, a, b, unsafe.Pointer(&sums[col]))
	}
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
