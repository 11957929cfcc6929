package kernel

// A poolGradKernel is what the gradients of poolings share.
type poolGradKernel[T Float] struct {
	shape        PoolShape
	grid         grid      // over the images
	simd         *poolPlan // nil: plain loops
	dx, x, y, dy []T       // of the Run in progress
}

// newPoolGradKernel plans s.
func newPoolGradKernel[T Float](s PoolShape) poolGradKernel[T] {
	s = s.planned()
	k := poolGradKernel[T]{shape: s, simd: newPoolPlan[T](s)}
	k.grid = newGrid(s.N, 2*poolCost(k.simd)*s.OutH()*s.OutW()*s.C*s.KH*s.KW)
	return k
}

// reserve gets ready for the workers of p.
func (k *poolGradKernel[T]) reserve(p *Pool) {
	if k.simd != nil {
		k.simd.scratch.reserve(k.grid.workers(p))
	}
}

// A MaxPoolGrad is the planned gradient of a [MaxPool]. The first pixel of a
// window in row-major order that equals its maximum receives dy; none does
// where the maximum is NaN. A pixel of several windows sums what it receives
// in row-major order of the windows from +0.
type MaxPoolGrad[T Float] struct{ poolGradKernel[T] }

// NewMaxPoolGrad plans the gradient of the pooling s. It panics if s is none.
func NewMaxPoolGrad[T Float](s PoolShape) *MaxPoolGrad[T] {
	return &MaxPoolGrad[T]{newPoolGradKernel[T](s)}
}

// Run computes dx (N, H, W, C) from the pooling's input x (N, H, W, C) and
// output y (N, OutH, OutW, C) and from dy, of y's shape. One Run at a time.
func (k *MaxPoolGrad[T]) Run(p *Pool, dx, x, y, dy []T) {
	wantX, wantY := k.shape.lens()
	checkLen("MaxPoolGrad", "dx", len(dx), wantX)
	checkLen("MaxPoolGrad", "x", len(x), wantX)
	checkLen("MaxPoolGrad", "y", len(y), wantY)
	checkLen("MaxPoolGrad", "dy", len(dy), wantY)
	k.dx, k.x, k.y, k.dy = dx, x, y, dy
	k.reserve(p)
	p.Do(k.grid.parts(), k)
	k.dx, k.x, k.y, k.dy = nil, nil, nil, nil
}

// Part computes one part of the Run in progress; [Pool.Do] calls it.
func (k *MaxPoolGrad[T]) Part(i int) {
	s := k.shape
	lo, hi := k.grid.span(i)
	if k.simd != nil {
		k.simd.grad(k.simd.kernels.maxGrad, lo, hi, as32(k.y), as32(k.x), as32(k.dy), as32(k.dx))
		return
	}
	clear(k.dx[s.at(lo, 0, 0):s.at(hi, 0, 0)])
	for o := lo * s.OutH() * s.OutW(); o < hi*s.OutH()*s.OutW(); o++ {
		k.plainWindow(o)
	}
}

// plainWindow treats window o of all images, in all its channels.
func (k *MaxPoolGrad[T]) plainWindow(o int) {
	s := k.shape
	n, oh, ow := o/s.OutW()/s.OutH(), o/s.OutW()%s.OutH(), o%s.OutW()
	h0, h1 := s.rows(oh)
	w0, w1 := s.cols(ow)
	for c := range s.C {
		k.plainMax(o*s.C+c, s.at(n, h0, w0)+c, h1-h0, w1-w0)
	}
}

// plainMax gives dy[o] to the first pixel that equals y[o] of the window of
// height by width pixels at offset start.
func (k *MaxPoolGrad[T]) plainMax(o, start, height, width int) {
	s := k.shape
	for h := range height {
		for w := range width {
			if at := start + (h*s.W+w)*s.C; k.x[at] == k.y[o] {
				k.dx[at] += k.dy[o]
				return
			}
		}
	}
}

// An AvgPoolGrad is the planned gradient of an [AvgPool]: each pixel sums
// dy / (number of pixels) over the windows that it is in, in row-major order of
// the windows from +0.
type AvgPoolGrad[T Float] struct{ poolGradKernel[T] }

// NewAvgPoolGrad plans the gradient of the pooling s. It panics if s is none.
func NewAvgPoolGrad[T Float](s PoolShape) *AvgPoolGrad[T] {
	return &AvgPoolGrad[T]{newPoolGradKernel[T](s)}
}

// Run computes dx (N, H, W, C) from dy (N, OutH, OutW, C). One Run at a time.
func (k *AvgPoolGrad[T]) Run(p *Pool, dx, dy []T) {
	wantX, wantY := k.shape.lens()
	checkLen("AvgPoolGrad", "dx", len(dx), wantX)
	checkLen("AvgPoolGrad", "dy", len(dy), wantY)
	k.dx, k.dy = dx, dy
	k.reserve(p)
	p.Do(k.grid.parts(), k)
	k.dx, k.dy = nil, nil
}

// Part computes one part of the Run in progress; [Pool.Do] calls it.
func (k *AvgPoolGrad[T]) Part(i int) {
	s := k.shape
	lo, hi := k.grid.span(i)
	if k.simd != nil {
		k.simd.grad(k.simd.kernels.avgGrad, lo, hi, nil, nil, as32(k.dy), as32(k.dx))
		return
	}
	clear(k.dx[s.at(lo, 0, 0):s.at(hi, 0, 0)])
	for o := lo * s.OutH() * s.OutW(); o < hi*s.OutH()*s.OutW(); o++ {
		n, oh, ow := o/s.OutW()/s.OutH(), o/s.OutW()%s.OutH(), o%s.OutW()
		h0, h1 := s.rows(oh)
		w0, w1 := s.cols(ow)
		count := T((h1 - h0) * (w1 - w0))
		for h := h0; h < h1; h++ {
			for w := w0; w < w1; w++ {
				addQuotient(k.dx[s.at(n, h, w):][:s.C], k.dy[o*s.C:], count)
			}
		}
	}
}

// addQuotient is dx[i] += dy[i] / count.
func addQuotient[T Float](dx, dy []T, count T) {
	dy = dy[:len(dx)]
	for i, v := range dy {
		dx[i] += v / count
	}
}
