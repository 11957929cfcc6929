package kernel

// A Conv2DInputGrad is the planned gradient of a convolution with respect to
// its input, which is also the transposed convolution; hence the [Epilogue],
// over the C channels of dx.
//
// Each dx[n,h,w,c] is one chain of fused multiply-adds from +0 of
// dy[n,oh,ow,oc]·w[kh,kw,c,oc], where oh·StrideH = h+PadTop-kh·DilH,
// ow·StrideW = w+PadLeft-kw·DilW and oc is of the group of c, in ascending
// row-major order of (oh, ow, oc), which is descending in kh and kw. A tap (kh,
// kw) for which no whole oh and ow exist takes no part; dy outside its bounds
// is zeros that do.
type Conv2DInputGrad[T Float] struct {
	shape ConvShape
	ep    Epilogue[T]
	grid  grid           // over the rows of dx, or the units of simd
	wt    []T            // plain loops: w as (KH, KW, Groups, OutC/Groups, C/Groups)
	simd  *inputGradPlan // nil: plain loops

	dx, dy, bias []T // of the Run in progress
}

// NewConv2DInputGrad plans the gradient of the convolution s. It panics if s
// is none.
func NewConv2DInputGrad[T Float](s ConvShape, ep Epilogue[T]) *Conv2DInputGrad[T] {
	s = s.planned()
	c := &Conv2DInputGrad[T]{shape: s, ep: ep}
	if set := currentTiles(); set != nil && isFloat32[T]() {
		c.simd = newInputGradPlan(set, s, ep.to32())
		c.grid = c.simd.grid
		return c
	}
	_, w, _ := s.lens()
	c.wt = Alloc[T](w)
	c.grid = newGrid(s.N*s.H, plainCost*s.macs()/s.H)
	return c
}

// Run computes dx (N, H, W, C) from dy (N, OutH, OutW, OutC), w (KH, KW,
// C/Groups, OutC) and bias (C) or nil. dx must not overlap the others. One Run
// at a time.
func (c *Conv2DInputGrad[T]) Run(p *Pool, dx, dy, w, bias []T) {
	s := c.shape
	s.checkLens("Conv2DInputGrad", len(dx), len(w), len(dy))
	c.ep.checkBias("Conv2DInputGrad", bias, s.C)
	if c.simd != nil {
		c.simd.prepare(c.grid.workers(p), as32(w), as32(bias))
	} else {
		taps := []int{s.KH * s.KW, s.groupC(), s.Groups, s.groupOutC()}
		Permute(c.wt, w, taps, []int{0, 2, 3, 1})
	}
	c.dx, c.dy, c.bias = dx, dy, bias
	p.Do(c.grid.parts(), c)
	c.dx, c.dy, c.bias = nil, nil, nil
}

// Part computes one part of the gradient in progress; [Pool.Do] calls it.
func (c *Conv2DInputGrad[T]) Part(i int) {
	lo, hi := c.grid.span(i)
	if c.simd != nil {
		c.simd.run(lo, hi, as32(c.dx), as32(c.dy), as32(c.bias))
		return
	}
	size := c.shape.W * c.shape.C
	for r := lo; r < hi; r++ {
		row := c.dx[r*size:][:size]
		c.plainRow(row, r/c.shape.H, r%c.shape.H)
		c.ep.apply(row, c.bias, c.shape.C)
	}
}

// plainRow computes the sums of row h of image n.
func (c *Conv2DInputGrad[T]) plainRow(row []T, n, h int) {
	s := c.shape
	clear(row)
	for kh := s.KH - 1; kh >= 0; kh-- {
		oh, okH := wholeDiv(h+s.PadTop-kh*s.DilH, s.StrideH)
		if !okH {
			continue
		}
		for kw := s.KW - 1; kw >= 0; kw-- {
			for w := range s.W {
				if ow, ok := wholeDiv(w+s.PadLeft-kw*s.DilW, s.StrideW); ok {
					c.plainTap(row[w*s.C:][:s.C], kh*s.KW+kw, pixelAt(c.dy, s.OutH(), s.OutW(), s.OutC, n, oh, ow))
				}
			}
		}
	}
}

// plainTap adds to the sums of one pixel the terms of one tap and one pixel
// of dy.
func (c *Conv2DInputGrad[T]) plainTap(sums []T, tap int, dy []T) {
	s := c.shape
	gc, goc := s.groupC(), s.groupOutC()
	for g := range s.Groups {
		for o := range goc {
			axpyPlain(sums[g*gc:][:gc], pixelOr0(dy, g*goc+o), c.wt[((tap*s.Groups+g)*goc+o)*gc:])
		}
	}
}

// wholeDiv returns a / b and whether b divides a.
func wholeDiv(a, b int) (int, bool) {
	return a / b, a%b == 0
}
