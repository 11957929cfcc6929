package kernel

import "fmt"

// A ResizeShape describes the enlargement of images x (N, H, W, C) by whole
// factors to y (N, H·FactorH, W·FactorW, C).
type ResizeShape struct {
	N, H, W, C       int
	FactorH, FactorW int
}

// OutH returns the rows of the output.
func (s ResizeShape) OutH() int { return s.H * s.FactorH }

// OutW returns the columns of the output.
func (s ResizeShape) OutW() int { return s.W * s.FactorW }

// check panics if s is no enlargement.
func (s ResizeShape) check() {
	if min(s.N, s.H, s.W, s.C, s.FactorH, s.FactorW) < 1 {
		panic(fmt.Sprintf("kernel: resize of shape %+v", s))
	}
}

// A resizeKernel is what the planned enlargements share. In a gradient, small
// is dx and large is dy.
type resizeKernel[T Float] struct {
	shape        ResizeShape
	grid         grid // over the rows of small
	small, large []T  // of the Run in progress
}

// newResizeKernel plans s with a cost per element of y.
func newResizeKernel[T Float](s ResizeShape, cost int) resizeKernel[T] {
	s.check()
	return resizeKernel[T]{shape: s, grid: newGrid(s.N*s.H, cost*s.FactorH*s.OutW()*s.C)}
}

// run takes the operands of a Run and does t, which contains k.
func (k *resizeKernel[T]) run(p *Pool, kernel string, small, large []T, t Task) {
	s := k.shape
	checkLen(kernel, "the small image", len(small), s.N*s.H*s.W*s.C)
	checkLen(kernel, "the large image", len(large), s.N*s.OutH()*s.OutW()*s.C)
	k.small, k.large = small, large
	p.Do(k.grid.parts(), t)
	k.small, k.large = nil, nil
}

// smallRow returns row r of all images of small.
func (k *resizeKernel[T]) smallRow(r int) []T {
	size := k.shape.W * k.shape.C
	return k.small[r*size:][:size]
}

// largeRow returns row r of all images of large.
func (k *resizeKernel[T]) largeRow(r int) []T {
	size := k.shape.OutW() * k.shape.C
	return k.large[r*size:][:size]
}

// A ResizeNearest is a planned enlargement that repeats each pixel FactorH by
// FactorW times.
type ResizeNearest[T Float] struct{ resizeKernel[T] }

// NewResizeNearest plans an enlargement. It panics if s is none.
func NewResizeNearest[T Float](s ResizeShape) *ResizeNearest[T] {
	return &ResizeNearest[T]{newResizeKernel[T](s, 1)}
}

// Run computes y (N, H·FactorH, W·FactorW, C) from x (N, H, W, C). One Run at
// a time.
func (k *ResizeNearest[T]) Run(p *Pool, y, x []T) { k.run(p, "ResizeNearest", x, y, k) }

// Part computes one part of the Run in progress; [Pool.Do] calls it.
func (k *ResizeNearest[T]) Part(i int) {
	f := k.shape.FactorH
	lo, hi := k.grid.span(i)
	for r := lo; r < hi; r++ {
		first := k.largeRow(r * f)
		repeatPixels(first, k.smallRow(r), k.shape.C, k.shape.FactorW)
		for j := 1; j < f; j++ {
			copy(k.largeRow(r*f+j), first)
		}
	}
}

// repeatPixels fills dst with each pixel of c elements of src, times times.
func repeatPixels[T Float](dst, src []T, c, times int) {
	if set := currentTiles(); set != nil && isFloat32[T]() {
		d, s := as32(dst), as32(src)
		for i := range times {
			set.copyRows(&d[i*c], &s[0], len(s)/c, c, times*c, c)
		}
		return
	}
	for ; len(src) > 0; src = src[c:] {
		for range times {
			copy(dst[:c], src)
			dst = dst[c:]
		}
	}
}

// A ResizeNearestGrad is the planned gradient of a [ResizeNearest]: each pixel
// of dx sums its block of dy in row-major order from +0.
type ResizeNearestGrad[T Float] struct {
	resizeKernel[T]
	simd *poolPlan // nil: plain loops
}

// NewResizeNearestGrad plans the gradient of the enlargement s. It panics if s
// is none.
func NewResizeNearestGrad[T Float](s ResizeShape) *ResizeNearestGrad[T] {
	k := newResizeKernel[T](s, 1)
	// The sum over a block is the sum over a window.
	pool := PoolShape{N: s.N, H: s.OutH(), W: s.OutW(), C: s.C, KH: s.FactorH, KW: s.FactorW}
	return &ResizeNearestGrad[T]{k, newPoolPlan[T](pool.planned())}
}

// Run computes dx (N, H, W, C) from dy (N, H·FactorH, W·FactorW, C). One Run
// at a time.
func (k *ResizeNearestGrad[T]) Run(p *Pool, dx, dy []T) {
	if k.simd != nil {
		k.simd.scratch.reserve(k.grid.workers(p))
	}
	k.run(p, "ResizeNearestGrad", dx, dy, k)
}

// Part computes one part of the Run in progress; [Pool.Do] calls it.
func (k *ResizeNearestGrad[T]) Part(i int) {
	s := k.shape
	lo, hi := k.grid.span(i)
	if k.simd != nil {
		k.simd.rows(k.simd.kernels.sum, lo, hi, as32(k.small), as32(k.large), nil, nil)
		return
	}
	for r := lo; r < hi; r++ {
		dx := k.smallRow(r)
		clear(dx)
		for j := range s.FactorH {
			sumPixels(dx, k.largeRow(r*s.FactorH+j), s.C, s.FactorW)
		}
	}
}

// sumPixels adds to each pixel of c elements of dst the next times pixels of
// src.
func sumPixels[T Float](dst, src []T, c, times int) {
	for ; len(dst) > 0; dst = dst[c:] {
		for range times {
			addInto(dst[:c], src)
			src = src[c:]
		}
	}
}
