package kernel

import "unsafe"

// A poolRow tells a SIMD kernel which windows to treat: some of one row of y,
// all of the same size inside the image, in one vector of channels. Strides
// are in bytes. The assembly reads it by offsets; all fields have eight bytes.
type poolRow struct {
	y, x, dy, dx unsafe.Pointer // of the first window; x and dx of its first pixel
	pixels       int            // windows
	yStep, xStep int            // from window to window
	xPixel, xRow int            // from pixel to pixel and from row to row of x
	kh, kw       int            // size of each window
	count        float32        // kh·kw
	_            float32
	mask         uint64         // AVX-512: bit j for lane j in use
	lanes        unsafe.Pointer // AVX2: all ones for each such lane
}

// poolKernels holds the kernels of one level. They do what MaxPool, AvgPool
// and their gradients document; sum is avg without the division.
type poolKernels struct {
	lanes            int
	max, avg, sum    func(*poolRow)
	maxGrad, avgGrad [2]func(*poolRow) // setting and adding
}

// A poolPlan runs pooling with SIMD kernels.
type poolPlan struct {
	shape      PoolShape
	kernels    *poolKernels
	full       [2]int // windows from the first to before the second are not clipped at the sides
	overlap    int    // 1 if windows overlap, else 0
	incomplete bool   // some pixels are in no window
	scratch    freeList[*poolRow]
}

// newPoolPlan plans s, or returns nil if there are no SIMD kernels for T.
func newPoolPlan[T Float](s PoolShape) *poolPlan {
	kernels := currentPools()
	if kernels == nil || !isFloat32[T]() {
		return nil
	}
	p := &poolPlan{shape: s, kernels: kernels, scratch: newFreeList(func() *poolRow { return new(poolRow) })}
	first := min((s.PadLeft+s.StrideW-1)/s.StrideW, s.OutW())
	p.full = [2]int{first, max(first, min(s.OutW(), (s.W+s.PadLeft-s.KW+s.StrideW)/s.StrideW))}
	if s.StrideH < s.KH || s.StrideW < s.KW {
		p.overlap = 1
	}
	_, bottom := s.rows(s.OutH() - 1)
	_, right := s.cols(s.OutW() - 1)
	p.incomplete = s.StrideH > s.KH || s.StrideW > s.KW || bottom < s.H || right < s.W
	return p
}

// rows runs a kernel on rows lo to hi-1 of y of all images.
func (p *poolPlan) rows(kernel func(*poolRow), lo, hi int, y, x, dy, dx []float32) {
	r := p.scratch.get()
	defer p.scratch.put(r)
	s := p.shape
	r.yStep, r.xStep, r.xPixel, r.xRow = 4*s.C, 4*s.StrideW*s.C, 4*s.C, 4*s.W*s.C
	for row := lo; row < hi; row++ {
		for ow := 0; ow < s.OutW(); {
			r.pixels = 1
			if ow == p.full[0] && p.full[1] > ow {
				r.pixels = p.full[1] - ow
			}
			p.windows(kernel, r, row, ow, y, x, dy, dx)
			ow += r.pixels
		}
	}
}

// windows runs a kernel on r.pixels windows of a row of y from ow on, in all
// channels.
func (p *poolPlan) windows(kernel func(*poolRow), r *poolRow, row, ow int, y, x, dy, dx []float32) {
	s := p.shape
	h0, h1 := s.rows(row % s.OutH())
	w0, w1 := s.cols(ow)
	r.kh, r.kw = h1-h0, w1-w0
	r.count = float32(r.kh * r.kw)
	yAt, xAt := (row*s.OutW()+ow)*s.C, s.at(row/s.OutH(), h0, w0)
	for c := 0; c < s.C; c += p.kernels.lanes {
		n := min(p.kernels.lanes, s.C-c)
		r.mask = 1<<n - 1
		r.lanes = unsafe.Pointer(&laneMasks[max(0, 8-n)])
		r.y, r.dy = address(y, yAt+c), address(dy, yAt+c)
		r.x, r.dx = address(x, xAt+c), address(dx, xAt+c)
		kernel(r)
	}
}

// address returns the address of x[i], or nil if x is nil.
func address(x []float32, i int) unsafe.Pointer {
	if x == nil {
		return nil
	}
	return unsafe.Pointer(&x[i])
}

// grad runs a gradient's kernel on images lo to hi-1.
func (p *poolPlan) grad(kernels [2]func(*poolRow), lo, hi int, y, x, dy, dx []float32) {
	s := p.shape
	if p.overlap == 1 || p.incomplete {
		clear(dx[s.at(lo, 0, 0):s.at(hi, 0, 0)])
	}
	p.rows(kernels[p.overlap], lo*s.OutH(), hi*s.OutH(), y, x, dy, dx)
}
