package kernel

import "fmt"

// A PoolShape describes pooling of images x (N, H, W, C) over windows of KH by
// KW pixels to y (N, OutH, OutW, C). Window (oh, ow) starts at row
// oh·StrideH-PadTop and column ow·StrideW-PadLeft; its pixels outside the image
// take no part. The zero values of the strides mean the window's size.
type PoolShape struct {
	N, H, W, C                           int
	KH, KW                               int
	StrideH, StrideW                     int
	PadTop, PadLeft, PadBottom, PadRight int // less than the window's size
}

// OutH returns the rows of the output.
func (s PoolShape) OutH() int {
	return outSize(s.H, s.PadTop+s.PadBottom, s.KH, orDefault(s.StrideH, s.KH))
}

// OutW returns the columns of the output.
func (s PoolShape) OutW() int {
	return outSize(s.W, s.PadLeft+s.PadRight, s.KW, orDefault(s.StrideW, s.KW))
}

// orDefault returns v, or def where v is zero.
func orDefault(v, def int) int {
	if v == 0 {
		return def
	}
	return v
}

// planned returns s with its strides filled in, and panics if s is no pooling.
func (s PoolShape) planned() PoolShape {
	p := s
	p.StrideH, p.StrideW = orDefault(s.StrideH, s.KH), orDefault(s.StrideW, s.KW)
	if min(p.N, p.H, p.W, p.C, p.KH, p.KW, p.StrideH, p.StrideW) < 1 ||
		min(p.PadTop, p.PadLeft, p.PadBottom, p.PadRight) < 0 ||
		max(p.PadTop, p.PadBottom) >= p.KH || max(p.PadLeft, p.PadRight) >= p.KW ||
		p.OutH() < 1 || p.OutW() < 1 {
		panic(fmt.Sprintf("kernel: pooling of shape %+v", s))
	}
	return p
}

// window returns the part of window o inside the image, lo <= i < hi.
func window(o, stride, pad, k, size int) (lo, hi int) {
	lo = o*stride - pad
	return max(lo, 0), min(lo+k, size)
}

// rows and columns of window oh or ow.
func (s PoolShape) rows(oh int) (lo, hi int) { return window(oh, s.StrideH, s.PadTop, s.KH, s.H) }
func (s PoolShape) cols(ow int) (lo, hi int) { return window(ow, s.StrideW, s.PadLeft, s.KW, s.W) }

// at returns the offset of pixel (h, w) of image n in x.
func (s PoolShape) at(n, h, w int) int { return ((n*s.H+h)*s.W + w) * s.C }

// lens returns the lengths of x and y.
func (s PoolShape) lens() (x, y int) {
	return s.N * s.H * s.W * s.C, s.N * s.OutH() * s.OutW() * s.C
}

// A poolKernel is what MaxPool and AvgPool share.
type poolKernel[T Float] struct {
	shape PoolShape
	grid  grid      // over the rows of y
	simd  *poolPlan // nil: plain loops
	y, x  []T       // of the Run in progress
}

// newPoolKernel plans s.
func newPoolKernel[T Float](s PoolShape) poolKernel[T] {
	s = s.planned()
	k := poolKernel[T]{shape: s, simd: newPoolPlan[T](s)}
	k.grid = newGrid(s.N*s.OutH(), poolCost(k.simd)*s.OutW()*s.C*s.KH*s.KW)
	return k
}

// poolCost is what an element of a window costs, in multiply-adds of SIMD.
func poolCost(simd *poolPlan) int {
	if simd == nil {
		return 32
	}
	return 4
}

// begin takes the operands of a Run on p.
func (k *poolKernel[T]) begin(p *Pool, kernel string, y, x []T) {
	wantX, wantY := k.shape.lens()
	checkLen(kernel, "x", len(x), wantX)
	checkLen(kernel, "y", len(y), wantY)
	k.y, k.x = y, x
	if k.simd != nil {
		k.simd.scratch.reserve(k.grid.workers(p))
	}
}

// A MaxPool is a planned maximum pooling: each output is the largest pixel of
// its window in the same channel. A pixel replaces the maximum so far, in
// row-major order, if it compares greater; a NaN stays if it comes first.
type MaxPool[T Float] struct{ poolKernel[T] }

// NewMaxPool plans a maximum pooling. It panics if s is none.
func NewMaxPool[T Float](s PoolShape) *MaxPool[T] {
	return &MaxPool[T]{newPoolKernel[T](s)}
}

// Run computes y (N, OutH, OutW, C) from x (N, H, W, C). One Run at a time.
func (k *MaxPool[T]) Run(p *Pool, y, x []T) {
	k.begin(p, "MaxPool", y, x)
	p.Do(k.grid.parts(), k)
	k.y, k.x = nil, nil
}

// Part computes one part of the Run in progress; [Pool.Do] calls it.
func (k *MaxPool[T]) Part(i int) {
	s := k.shape
	lo, hi := k.grid.span(i)
	if k.simd != nil {
		k.simd.rows(k.simd.kernels.max, lo, hi, as32(k.y), as32(k.x), nil, nil)
		return
	}
	for o := lo * s.OutW(); o < hi*s.OutW(); o++ {
		y := k.y[o*s.C:][:s.C]
		n, oh, ow := o/s.OutW()/s.OutH(), o/s.OutW()%s.OutH(), o%s.OutW()
		h0, h1 := s.rows(oh)
		w0, w1 := s.cols(ow)
		copy(y, k.x[s.at(n, h0, w0):])
		for h := h0; h < h1; h++ {
			for w := w0; w < w1; w++ {
				maxInto(y, k.x[s.at(n, h, w):])
			}
		}
	}
}

// maxInto is y[i] = x[i] where that is greater.
func maxInto[T Float](y, x []T) {
	x = x[:len(y)]
	for i, v := range x {
		if v > y[i] {
			y[i] = v
		}
	}
}

// An AvgPool is a planned average pooling: each output is the sum of the
// pixels of its window inside the image, added in row-major order from +0,
// divided by their number, as in Keras.
type AvgPool[T Float] struct{ poolKernel[T] }

// NewAvgPool plans an average pooling. It panics if s is none.
func NewAvgPool[T Float](s PoolShape) *AvgPool[T] {
	return &AvgPool[T]{newPoolKernel[T](s)}
}

// Run computes y (N, OutH, OutW, C) from x (N, H, W, C). One Run at a time.
func (k *AvgPool[T]) Run(p *Pool, y, x []T) {
	k.begin(p, "AvgPool", y, x)
	p.Do(k.grid.parts(), k)
	k.y, k.x = nil, nil
}

// Part computes one part of the Run in progress; [Pool.Do] calls it.
func (k *AvgPool[T]) Part(i int) {
	s := k.shape
	lo, hi := k.grid.span(i)
	if k.simd != nil {
		k.simd.rows(k.simd.kernels.avg, lo, hi, as32(k.y), as32(k.x), nil, nil)
		return
	}
	for o := lo * s.OutW(); o < hi*s.OutW(); o++ {
		y := k.y[o*s.C:][:s.C]
		n, oh, ow := o/s.OutW()/s.OutH(), o/s.OutW()%s.OutH(), o%s.OutW()
		h0, h1 := s.rows(oh)
		w0, w1 := s.cols(ow)
		clear(y)
		for h := h0; h < h1; h++ {
			for w := w0; w < w1; w++ {
				addInto(y, k.x[s.at(n, h, w):])
			}
		}
		count := T((h1 - h0) * (w1 - w0))
		for i := range y {
			y[i] /= count
		}
	}
}

// addInto is y[i] += x[i].
func addInto[T Float](y, x []T) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] += v
	}
}
