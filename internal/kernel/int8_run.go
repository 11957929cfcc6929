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
	for r := range rows {
		dst := unsafe.Add(y, p.outSize*r*p.yRow)
		if last == b.n {
			p.convert(s, b, r*cols, cols, b.n, dst)
			continue
		}
		p.convert(s, b, r*cols, cols-1, b.n, dst)
		p.convert(s, b, (r+1)*cols-1, 1, last, unsafe.Add(dst, p.outSize*(cols-1)*p.yPixel))
	}
}

// convert requantises n sums each of so many positions from the first on.
func (p *intPlan) convert(s *intScratch, b *intPanel, first, positions, n int, dst unsafe.Pointer) {
	if positions == 0 || n <= 0 {
		return
	}
	sums := s.sums[first*b.width:]
	if p.raw {
		for j := range positions {
			copy(unsafe.Slice((*int32)(unsafe.Add(dst, 4*j*p.yPixel)), n), sums[j*b.width:])
		}
		return
	}
	s.rows = requantRows{
		dst: dst, src: unsafe.Pointer(&sums[0]), rows: positions, dstRow: p.outSize * p.yPixel, srcRow: 4 * b.width,
		multiplier: unsafe.Pointer(&b.multiplier[0]), shift: unsafe.Pointer(&b.shift[0]), n: n,
		half: p.half, min: p.outMin, max: p.outMax,
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
