package kernel

import (
	"fmt"
	"testing"
)

// convShapesBF16 adds to convShapes what bfloat16 treats in its own way.
var convShapesBF16 = append([]ConvShape{
	{N: 2, H: 9, W: 16, C: 32, KH: 3, KW: 3, OutC: 33, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 1, H: 40, W: 35, C: 34, KH: 3, KW: 3, OutC: 20, StrideH: 2, StrideW: 2, PadTop: 1, PadLeft: 1},
	{N: 9, H: 6, W: 6, C: 48, KH: 5, KW: 5, OutC: 17, StrideH: 2, StrideW: 2, PadTop: 2, PadLeft: 2, PadBottom: 1, PadRight: 1},
	{N: 2, H: 12, W: 14, C: 17, KH: 3, KW: 4, OutC: 18, StrideH: 3, StrideW: 4, DilH: 2, DilW: 2, PadTop: 3, PadLeft: 3, PadBottom: 3, PadRight: 3},
	{N: 1, H: 5, W: 5, C: 16, KH: 1, KW: 1, OutC: 16, StrideH: 2, StrideW: 2},
}, convShapes...)

// checkConvBF16 runs a convolution or gradient, in bfloat16 with both sets of
// primitives, on random operands of so many elements and compares it with exact
// sums; definition computes them in float64.
func checkConvBF16(t *testing.T, s ConvShape, ep Epilogue[float32], nOut, nA, nB, channels, terms int,
	definition func(out, a, b []float64), plan func(k *bf16Kernels, ep Epilogue[float32]) func(p *Pool, out, a, b, bias []float32)) {
	p := NewPool(2)
	defer p.Close()
	a, b, bias := randomValues[float32](nA, 1), randomValues[float32](nB, 2), biasFor(ep, channels)
	exact, size := make([]float64, nOut), make([]float64, nOut)
	definition(exact, widen(a), widen(b))
	definition(size, magnitudes(widen(a)), magnitudes(widen(b)))
	var want []float32
	forBF16(t, func(t *testing.T, k *bf16Kernels) {
		out, guards := guarded[float32](nOut)
		run := plan(k, Epilogue[float32]{})
		run(nil, out, a, b, nil)
		guards.check(t)
		checkNear(t, "out", out, exact, size, terms)
		if want == nil {
			want = append(want, out...)
		}
		checkEqual(t, "out", out, want)
		run(p, out, a, b, nil)
		checkEqual(t, "out with two workers", out, want)
		plan(k, ep)(p, out, a, b, bias)
		guards.check(t)
		expect := append([]float32(nil), want...)
		ep.apply(expect, bias, channels)
		checkEqual(t, "out with epilogue", out, expect)
	})
}

// forConvsBF16 runs f on every shape that is not grouped.
func forConvsBF16(t *testing.T, f func(t *testing.T, s ConvShape, ep Epilogue[float32])) {
	for i, s := range convShapesBF16 {
		if s = s.planned(); s.Groups > 1 {
			continue
		}
		ep := Epilogue[float32]{Bias: i%2 == 0, Act: []Activation{ActRelu, ActLeakyRelu, ActNone, ActTanh}[i%4], Alpha: 0.3}
		t.Run(fmt.Sprintf("%dx%dx%dx%d,%dx%d,%d", s.N, s.H, s.W, s.C, s.KH, s.KW, s.OutC), func(t *testing.T) { f(t, s, ep) })
	}
}

func TestConv2DBF16(t *testing.T) {
	forConvsBF16(t, func(t *testing.T, s ConvShape, ep Epilogue[float32]) {
		nx, nw, ny := s.lens()
		checkConvBF16(t, s, ep, ny, nx, nw, s.OutC, s.KH*s.KW*s.C,
			func(y, x, w []float64) { naiveConv2D(s, y, x, w) },
			func(k *bf16Kernels, ep Epilogue[float32]) func(*Pool, []float32, []float32, []float32, []float32) {
				return newConv2DBF16(k, s, ep).Run
			})
	})
}

func TestConv2DInputGradBF16(t *testing.T) {
	forConvsBF16(t, func(t *testing.T, s ConvShape, ep Epilogue[float32]) {
		nx, nw, ny := s.lens()
		checkConvBF16(t, s, ep, nx, ny, nw, s.C, s.KH*s.KW*s.OutC,
			func(dx, dy, w []float64) { naiveConv2DInputGrad(s, dx, dy, w) },
			func(k *bf16Kernels, ep Epilogue[float32]) func(*Pool, []float32, []float32, []float32, []float32) {
				return newConv2DInputGradBF16(k, s, ep).Run
			})
	})
}

func TestConv2DWeightGradBF16(t *testing.T) {
	forConvsBF16(t, func(t *testing.T, s ConvShape, _ Epilogue[float32]) {
		nx, nw, ny := s.lens()
		checkConvBF16(t, s, Epilogue[float32]{}, nw, nx, ny, s.OutC, s.N*s.OutH()*s.OutW(),
			func(dw, x, dy []float64) { naiveConv2DWeightGrad(s, dw, x, dy) },
			func(k *bf16Kernels, _ Epilogue[float32]) func(*Pool, []float32, []float32, []float32, []float32) {
				c := newConv2DWeightGradBF16(k, s)
				return func(p *Pool, dw, x, dy, _ []float32) { c.Run(p, dw, x, dy) }
			})
	})
}

// TestConv2DBF16OneImage checks that an image's results do not depend on the
// rest of its batch.
func TestConv2DBF16OneImage(t *testing.T) {
	k := needBF16(t)
	all := same(ConvShape{N: 9, H: 24, W: 20, C: 32, KH: 5, KW: 5, OutC: 40, StrideH: 2, StrideW: 2})
	one := all
	one.N = 1
	nx, nw, ny := all.lens()
	x, w, dy := randomValues[float32](nx, 1), randomValues[float32](nw, 2), randomValues[float32](ny, 3)
	y, dx := make([]float32, ny), make([]float32, nx)
	newConv2DBF16(k, all, Epilogue[float32]{}).Run(nil, y, x, w, nil)
	newConv2DInputGradBF16(k, all, Epilogue[float32]{}).Run(nil, dx, dy, w, nil)
	nx, ny = nx/all.N, ny/all.N
	y1, dx1 := make([]float32, ny), make([]float32, nx)
	for n := range all.N {
		newConv2DBF16(k, one, Epilogue[float32]{}).Run(nil, y1, x[n*nx:][:nx], w, nil)
		newConv2DInputGradBF16(k, one, Epilogue[float32]{}).Run(nil, dx1, dy[n*ny:][:ny], w, nil)
		checkEqual(t, "y", y1, y[n*ny:][:ny])
		checkEqual(t, "dx", dx1, dx[n*nx:][:nx])
	}
}
