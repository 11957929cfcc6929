package kernel

// weightGradImages is the number of images whose terms make one chain in a
// weight gradient.
const weightGradImages = 8

// A Conv2DWeightGrad is the planned gradient of a convolution with respect to
// its weights.
//
// Each dw[kh,kw,c,oc] sums x·dy over the output pixels (n, oh, ow). The images
// are taken in groups of eight, in ascending order: a group's sum is one chain
// of fused multiply-adds over its (n, oh, ow) in ascending row-major order
// from +0, pixels of x outside the image taking part as zeros; the group sums
// are then added in ascending order to the first.
type Conv2DWeightGrad[T Float] struct {
	shape ConvShape
	sums  []T             // plain loops: (groups of images, dw)
	grid  grid            // over (groups of images, KH), or the units of simd
	simd  *weightGradPlan // nil: plain loops

	dw, x, dy []T // of the Run in progress
}

// NewConv2DWeightGrad plans the gradient of the convolution s. It panics if s
// is none.
func NewConv2DWeightGrad[T Float](s ConvShape) *Conv2DWeightGrad[T] {
	s = s.planned()
	if set := currentTiles(); set != nil && isFloat32[T]() {
		p := newWeightGradPlan(set, s)
		return &Conv2DWeightGrad[T]{shape: s, simd: p, grid: p.grid}
	}
	_, w, _ := s.lens()
	groups := (s.N + weightGradImages - 1) / weightGradImages
	return &Conv2DWeightGrad[T]{
		shape: s,
		sums:  Alloc[T](groups * w),
		grid:  newGrid(groups*s.KH, plainCost*s.macs()*min(s.N, weightGradImages)/s.KH),
	}
}

// Run computes dw (KH, KW, C/Groups, OutC) from x (N, H, W, C) and dy (N, OutH,
// OutW, OutC). One Run at a time.
func (c *Conv2DWeightGrad[T]) Run(p *Pool, dw, x, dy []T) {
	c.shape.checkLens("Conv2DWeightGrad", len(x), len(dw), len(dy))
	c.dw, c.x, c.dy = dw, x, dy
	if c.simd != nil {
		c.simd.scratch.reserve(c.grid.workers(p))
	}
	p.Do(c.grid.parts(), c)
	c.finish(p, dw)
	c.dw, c.x, c.dy = nil, nil, nil
}

// finish adds the groups' sums into dw.
func (c *Conv2DWeightGrad[T]) finish(p *Pool, dw []T) {
	if c.simd != nil {
		c.simd.finish(p, as32(dw))
		return
	}
	copy(dw, c.sums)
	for g := len(dw); g < len(c.sums); g += len(dw) {
		addInto(dw, c.sums[g:])
	}
}

// Part computes one part of the gradient in progress; [Pool.Do] calls it.
func (c *Conv2DWeightGrad[T]) Part(i int) {
	lo, hi := c.grid.span(i)
	if c.simd != nil {
		c.simd.run(lo, hi, as32(c.dw), as32(c.x), as32(c.dy))
		return
	}
	size := len(c.dw) / c.shape.KH
	for r := lo; r < hi; r++ {
		c.plainRow(c.sums[r*size:][:size], r/c.shape.KH, r%c.shape.KH)
	}
}

// plainRow computes row kh of the sums of a group of images.
func (c *Conv2DWeightGrad[T]) plainRow(sums []T, group, kh int) {
	s := c.shape
	clear(sums)
	for n := group * weightGradImages; n < min((group+1)*weightGradImages, s.N); n++ {
		for oh := range s.OutH() {
			for ow := range s.OutW() {
				dy := pixelAt(c.dy, s.OutH(), s.OutW(), s.OutC, n, oh, ow)
				for kw := range s.KW {
					x := pixelAt(c.x, s.H, s.W, s.C, n, oh*s.StrideH-s.PadTop+kh*s.DilH, ow*s.StrideW-s.PadLeft+kw*s.DilW)
					c.plainTap(sums[kw*s.groupC()*s.OutC:], x, dy)
				}
			}
		}
	}
}

// plainTap adds to the sums of one tap the terms of one pixel of x and dy.
func (c *Conv2DWeightGrad[T]) plainTap(sums, x, dy []T) {
	s := c.shape
	gc, goc := s.groupC(), s.groupOutC()
	for i := range gc {
		for g := range s.Groups {
			at := i*s.OutC + g*goc
			axpyPlain(sums[at:at+goc], pixelOr0(x, g*gc+i), dy[g*goc:])
		}
	}
}
