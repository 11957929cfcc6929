package kernel

import "unsafe"

// run computes units lo to hi-1 of y from x.
func (p *intPlan) run(lo, hi int, y, x unsafe.Pointer) {
	s := p.scratch.get()
	defer p.scratch.put(s)
	for u := lo; u < hi; u++ {
		p.unit(s, u/p.strips, u%p.strips, y, x)
	}
}

// unit computes a strip of image n.
func (p *intPlan) unit(s *intScratch, n, strip int, y, x unsafe.Pointer) {
	i := strip * p.strip
	rows := min(p.strip, p.outH-i)
	a := p.input(s, n, i, rows, x)
	t, sums := &s.tile, unsafe.Pointer(&s.sums[0])
	t.aRow, t.k, t.runs, t.skip = p.set.size*p.strideW*p.c, p.k, p.runs, unsafe.Pointer(&p.skip[0])
	for bi := range p.panels {
		b := &p.panels[bi]
		steps := b.full
		if strip == p.strips-1 {
			steps = b.last
		}
		group := unsafe.Add(a, b.group*(p.c/p.groups)*p.set.size)
		t.b, t.bias = unsafe.Pointer(&b.weights[0]), unsafe.Pointer(&b.bias[0])
		for si := range steps {
			st := &steps[si]
			for g := range st.kernel.groups {
				t.a[g] = unsafe.Add(group, st.a[g])
				t.c[g] = unsafe.Add(sums, st.c[g])
			}
			st.kernel.run(t)
		}
		p.output(s, b, rows, unsafe.Add(y, p.outSize*(p.first+n*p.yImage+i*p.yRow+b.first)))
	}
}

// output requantises a strip of rows of a panel to y.
func (p *intPlan) output(s *intScratch, b *intPanel, rows int, y unsafe.Pointer) {
	cols := p.outW
	if p.yRow == p.outW*p.yPixel {
		cols, rows = rows*cols, 1
	}
	// Merged pixels may end beyond the row.
	last := min(b.n, p.rowLen-(p.outW-1)*p.outC-b.first)
	if last == b.n {
		p.convert(s, b, rows, cols, 0, cols, b.n, y)
		return
	}
	p.convert(s, b, rows, cols, 0, cols-1, b.n, y)
	p.convert(s, b, rows, cols, cols-1, 1, last, y)
}

// convert requantises n sums each of some columns of rows of cols positions.
func (p *intPlan) convert(s *intScratch, b *intPanel, rows, cols, from, count, n int, y unsafe.Pointer) {
	if count == 0 || n <= 0 {
		return
	}
	y = unsafe.Add(y, p.outSize*from*p.yPixel)
	if p.raw {
		for i := range rows * count {
			r, j := i/count, i%count
			dst := unsafe.Slice((*int32)(unsafe.Add(y, 4*(r*p.yRow+j*p.yPixel))), n)
			copy(dst, s.sums[(r*cols+from+j)*b.width:])
		}
		return
	}
	s.rows = requantRows{
		dst: y, src: unsafe.Pointer(&s.sums[from*b.width]), lines: rows, rows: count,
		dstLine: p.outSize * p.yRow, srcLine: 4 * cols * b.width, dstRow: p.outSize * p.yPixel, srcRow: 4 * b.width,
		multiplier: unsafe.Pointer(&b.multiplier[0]), round: unsafe.Pointer(&b.round[0]), shift: unsafe.Pointer(&b.shift[0]),
		n: n, min: p.outMin, max: p.outMax,
	}
	if p.outSize == 1 {
		p.set.requant8(&s.rows)
	} else {
		p.set.requant16(&s.rows)
	}
}

// input returns the first element of x under a strip of rows from row i on of
// image n: in x, or in a copy that is padded and widened. Padding at the sides
// is there from the start.
func (p *intPlan) input(s *intScratch, n, i, rows int, x unsafe.Pointer) unsafe.Pointer {
	top, left := i*p.strideH-p.top, -p.left
	if !p.copied {
		return unsafe.Add(x, p.inSize*((n*p.h+top)*p.w+left)*p.c)
	}
	size := p.set.size
	from, to := max(0, left), min(p.w, left+p.pitch/p.c)
	for r := range p.inRows(rows) {
		dst := s.x[r*p.pitch*size:][:p.pitch*size]
		h := top + r
		if h < 0 || h >= p.h || from >= to {
			copy(dst, p.padding)
			continue
		}
		src := unsafe.Slice((*byte)(unsafe.Add(x, p.inSize*((n*p.h+h)*p.w+from)*p.c)), (to-from)*p.c*p.inSize)
		if dst = dst[(from-left)*p.c*size:]; p.inSize == size {
			copy(dst, src)
		} else {
			widenBytes(dst, src)
		}
	}
	return unsafe.Pointer(&s.x[0])
}

// widenBytes sets dst to src as 16-bit integers.
func widenBytes(dst, src []byte) {
	n := len(src) &^ 15
	d := unsafe.Slice((*int16)(unsafe.Pointer(unsafe.SliceData(dst))), len(src))
	if n > 0 {
		widen256(&d[0], &src[0], n)
	}
	for i := n; i < len(src); i++ {
		d[i] = int16(src[i])
	}
}
