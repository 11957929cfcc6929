package kernel

// A ResizeBilinear is a planned enlargement by linear interpolation between
// the centres of the pixels (half-pixel centres: output pixel o lies at
// (o+1/2)/factor - 1/2), constant beyond the outermost centres, as in
// TensorFlow 2 and in PyTorch with align_corners=False.
//
// Between pixels a and b at fraction t the value is fma(t, b-a, a); columns are
// interpolated first, then rows.
type ResizeBilinear[T Float] struct {
	resizeKernel[T]
	rows, cols []tap2[T]
	scratch    freeList[[]T] // two rows of y
}

// A tap2 is the position of an output pixel between the pixels i and j of the
// input, at fraction t.
type tap2[T Float] struct {
	i, j int
	t    T
}

// bilinearTaps returns the position of each pixel of size·factor.
func bilinearTaps[T Float](size, factor int) []tap2[T] {
	taps := make([]tap2[T], size*factor)
	for o := range taps {
		// In units of 1/(2·factor) pixel, moved by one pixel to be positive.
		at := 2*o + 1 + factor
		i := at/(2*factor) - 1
		taps[o] = tap2[T]{max(i, 0), min(i+1, size-1), T(float64(at%(2*factor)) / float64(2*factor))}
	}
	return taps
}

// NewResizeBilinear plans an enlargement. It panics if s is none.
func NewResizeBilinear[T Float](s ResizeShape) *ResizeBilinear[T] {
	return &ResizeBilinear[T]{
		newResizeKernel[T](s, 4),
		bilinearTaps[T](s.H, s.FactorH), bilinearTaps[T](s.W, s.FactorW),
		newFreeList(func() []T { return Alloc[T](2 * s.OutW() * s.C) }),
	}
}

// Run computes y (N, H·FactorH, W·FactorW, C) from x (N, H, W, C). One Run at
// a time.
func (k *ResizeBilinear[T]) Run(p *Pool, y, x []T) {
	k.scratch.reserve(k.grid.workers(p))
	k.run(p, "ResizeBilinear", x, y, k)
}

// Part computes one part of the Run in progress; [Pool.Do] calls it.
func (k *ResizeBilinear[T]) Part(i int) {
	s := k.shape
	buf := k.scratch.get()
	defer k.scratch.put(buf)
	top, bottom := buf[:len(buf)/2], buf[len(buf)/2:]
	lo, hi := k.grid.span(i)
	for r := lo * s.FactorH; r < hi*s.FactorH; r++ {
		tap := k.rows[r%s.OutH()]
		image := r / s.OutH() * s.H
		k.stretch(top, k.smallRow(image+tap.i))
		k.stretch(bottom, k.smallRow(image+tap.j))
		lerp(k.largeRow(r), top, bottom, tap.t)
	}
}

// stretch interpolates the columns of one row.
func (k *ResizeBilinear[T]) stretch(dst, src []T) {
	c := k.shape.C
	for o, tap := range k.cols {
		lerp(dst[o*c:][:c], src[tap.i*c:], src[tap.j*c:], tap.t)
	}
}

// lerp is y[i] = fma(t, b[i]-a[i], a[i]).
func lerp[T Float](y, a, b []T, t T) {
	a, b = a[:len(y)], b[:len(y)]
	Apply2(Sub, y, b, a, 0)
	Apply2(AddScaled, y, a, y, t)
}

// A ResizeBilinearGrad is the planned gradient of a [ResizeBilinear]: each row
// of dx first sums the rows of dy times their weights, 1-t or t, and then each
// pixel sums the columns likewise; both are chains of fused multiply-adds in
// ascending order from +0.
type ResizeBilinearGrad[T Float] struct {
	resizeKernel[T]
	rows, cols []tap2[T]
	scratch    freeList[[]T] // a row of dy
}

// NewResizeBilinearGrad plans the gradient of the enlargement s. It panics if
// s is none.
func NewResizeBilinearGrad[T Float](s ResizeShape) *ResizeBilinearGrad[T] {
	return &ResizeBilinearGrad[T]{
		newResizeKernel[T](s, 4),
		bilinearTaps[T](s.H, s.FactorH), bilinearTaps[T](s.W, s.FactorW),
		newFreeList(func() []T { return Alloc[T](s.OutW() * s.C) }),
	}
}

// Run computes dx (N, H, W, C) from dy (N, H·FactorH, W·FactorW, C). One Run
// at a time.
func (k *ResizeBilinearGrad[T]) Run(p *Pool, dx, dy []T) {
	k.scratch.reserve(k.grid.workers(p))
	k.run(p, "ResizeBilinearGrad", dx, dy, k)
}

// Part computes one part of the Run in progress; [Pool.Do] calls it.
func (k *ResizeBilinearGrad[T]) Part(i int) {
	s := k.shape
	sum := k.scratch.get()
	defer k.scratch.put(sum)
	lo, hi := k.grid.span(i)
	for r := lo; r < hi; r++ {
		n, h := r/s.H, r%s.H
		clear(sum)
		for oh := max(0, (h-1)*s.FactorH); oh < min(s.OutH(), (h+2)*s.FactorH); oh++ {
			k.rows[oh].spread(h, sum, k.largeRow(n*s.OutH()+oh))
		}
		k.gatherColumns(k.smallRow(r), sum)
	}
}

// gatherColumns sums the columns of one row into dx.
func (k *ResizeBilinearGrad[T]) gatherColumns(dx, sum []T) {
	c := k.shape.C
	clear(dx)
	for o, tap := range k.cols {
		src := sum[o*c:][:c]
		tap.spread(tap.i, dx[tap.i*c:][:c], src)
		if tap.j != tap.i {
			tap.spread(tap.j, dx[tap.j*c:][:c], src)
		}
	}
}

// spread adds to sum, which belongs to pixel i, what pixel i receives of dy.
func (p tap2[T]) spread(i int, sum, dy []T) {
	if p.i == i {
		addProduct(sum, dy, 1-p.t)
	}
	if p.j == i {
		addProduct(sum, dy, p.t)
	}
}

// addProduct is sum[i] = fma(w, dy[i], sum[i]).
func addProduct[T Float](sum, dy []T, w T) {
	Apply2(AddScaled, sum, sum, dy[:len(sum)], w)
}
