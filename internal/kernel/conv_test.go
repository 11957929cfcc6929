package kernel

import (
	"fmt"
	"slices"
	"testing"
)

// convShapes has every feature of a convolution, few and many channels, odd
// sizes.
var convShapes = []ConvShape{
	{N: 1, H: 1, W: 1, C: 1, KH: 1, KW: 1, OutC: 1},
	{N: 3, H: 28, W: 28, C: 1, KH: 3, KW: 3, OutC: 16, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 3, H: 14, W: 14, C: 16, KH: 3, KW: 3, OutC: 8, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 9, H: 7, W: 7, C: 8, KH: 3, KW: 3, OutC: 8, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 17, H: 4, W: 4, C: 8, KH: 3, KW: 3, OutC: 8, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 2, H: 16, W: 16, C: 8, KH: 3, KW: 3, OutC: 16},
	{N: 3, H: 28, W: 28, C: 16, KH: 3, KW: 3, OutC: 1, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 2, H: 9, W: 11, C: 3, KH: 5, KW: 5, OutC: 37, StrideH: 2, StrideW: 2, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2},
	{N: 2, H: 8, W: 8, C: 33, KH: 5, KW: 5, OutC: 65, StrideH: 2, StrideW: 2, PadTop: 1, PadLeft: 1, PadBottom: 2, PadRight: 2},
	{N: 1, H: 7, W: 6, C: 20, KH: 1, KW: 1, OutC: 50},
	{N: 1, H: 10, W: 9, C: 5, KH: 3, KW: 2, OutC: 7, DilH: 2, DilW: 3, PadTop: 1, PadLeft: 2, PadBottom: 3, PadRight: 0},
	{N: 2, H: 9, W: 8, C: 4, KH: 2, KW: 3, OutC: 3, StrideH: 3, StrideW: 1, DilH: 2, PadLeft: 4},
	{N: 2, H: 7, W: 7, C: 6, KH: 1, KW: 2, OutC: 5, StrideH: 2, StrideW: 3},
	{N: 2, H: 6, W: 7, C: 6, KH: 3, KW: 3, OutC: 9, Groups: 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 2, H: 6, W: 9, C: 19, KH: 3, KW: 3, OutC: 19, Groups: 19, StrideH: 2, StrideW: 1, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 1, H: 17, W: 18, C: 24, KH: 3, KW: 3, OutC: 40, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 3, H: 26, W: 20, C: 20, KH: 3, KW: 3, OutC: 8, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 1, H: 40, W: 19, C: 20, KH: 5, KW: 5, OutC: 3, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2},
	{N: 2, H: 38, W: 36, C: 3, KH: 5, KW: 5, OutC: 20, StrideH: 2, StrideW: 2, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2},
	{N: 1, H: 34, W: 29, C: 32, KH: 3, KW: 3, OutC: 32, Groups: 32, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
	{N: 2, H: 9, W: 10, C: 7, KH: 5, KW: 5, OutC: 7, Groups: 7, DilW: 2, DilH: 2, PadTop: 4, PadLeft: 4, PadBottom: 3, PadRight: 2},
	{N: 1, H: 8, W: 8, C: 24, KH: 2, KW: 2, OutC: 24, Groups: 24, StrideH: 2, StrideW: 2},
	{N: 1, H: 5, W: 5, C: 16, KH: 3, KW: 3, OutC: 32, Groups: 16, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
}

// naiveConv calls visit for every term of the convolution s, for each output
// in the order of its sum. x is -1 for a pixel outside.
func naiveConv(s ConvShape, visit func(x, w, y int)) {
	gc, goc, outH, outW := s.groupC(), s.groupOutC(), s.OutH(), s.OutW()
	for y := range s.N * outH * outW * s.OutC {
		oc, ow, oh, n := y%s.OutC, y/s.OutC%outW, y/s.OutC/outW%outH, y/s.OutC/outW/outH
		w := oc
		for kh := range s.KH {
			for kw := range s.KW {
				ih, iw := oh*s.StrideH-s.PadTop+kh*s.DilH, ow*s.StrideW-s.PadLeft+kw*s.DilW
				inside := ih >= 0 && ih < s.H && iw >= 0 && iw < s.W
				for c := oc / goc * gc; c < (oc/goc+1)*gc; c++ {
					x := -1
					if inside {
						x = ((n*s.H+ih)*s.W+iw)*s.C + c
					}
					visit(x, w, y)
					w += s.OutC
				}
			}
		}
	}
}

// orZero returns x[i], 0 for i < 0.
func orZero[T Float](x []T, i int) T {
	if i < 0 {
		return 0
	}
	return x[i]
}

func naiveConv2D[T Float](s ConvShape, y, x, w []T) {
	naiveConv(s, func(xi, wi, yi int) { y[yi] = FMA(orZero(x, xi), w[wi], y[yi]) })
}

// naiveConv2DInputGrad goes through the taps of each pixel of dx in the
// documented order.
func naiveConv2DInputGrad[T Float](s ConvShape, dx, dy, w []T) {
	gc, goc := s.groupC(), s.groupOutC()
	for i := range dx {
		c, iw, ih, n := i%s.C, i/s.C%s.W, i/s.C/s.W%s.H, i/s.C/s.W/s.H
		for tap := s.KH*s.KW - 1; tap >= 0; tap-- {
			y, x := ih+s.PadTop-tap/s.KW*s.DilH, iw+s.PadLeft-tap%s.KW*s.DilW
			if y%s.StrideH != 0 || x%s.StrideW != 0 {
				continue
			}
			oh, ow := y/s.StrideH, x/s.StrideW
			for o := c / gc * goc; o < (c/gc+1)*goc; o++ {
				at := ((n*s.OutH()+oh)*s.OutW()+ow)*s.OutC + o
				if oh < 0 || oh >= s.OutH() || ow < 0 || ow >= s.OutW() {
					at = -1
				}
				dx[i] = FMA(orZero(dy, at), w[(tap*gc+c%gc)*s.OutC+o], dx[i])
			}
		}
	}
}

func naiveConv2DWeightGrad[T Float](s ConvShape, dw, x, dy []T) {
	perImage := s.OutH() * s.OutW() * s.OutC
	sums := make([][]T, (s.N+7)/8)
	for g := range sums {
		sums[g] = make([]T, len(dw))
	}
	naiveConv(s, func(xi, wi, yi int) {
		sum := sums[yi/perImage/8]
		sum[wi] = FMA(orZero(x, xi), dy[yi], sum[wi])
	})
	for g, sum := range sums {
		for i, v := range sum {
			if g == 0 {
				dw[i] = v
			} else {
				dw[i] += v
			}
		}
	}
}

// naiveEpilogue is the definition of Epilogue.apply.
func naiveEpilogue[T Float](ep Epilogue[T], y, bias []T) {
	for i := range y {
		if ep.Bias {
			y[i] += bias[i%len(bias)]
		}
		if ep.Act != ActNone {
			Apply1(activationOps[ep.Act], y[i:i+1], y[i:i+1], ep.Alpha)
		}
	}
}

// A convCheck runs a planned convolution or gradient and returns its result
// and the guards around it. bias is nil if ep has none.
type convCheck[T Float] func(s ConvShape, p *Pool, ep Epilogue[T], bias []T) ([]T, guards[T])

// checkConv compares run, on every level, with two workers and with none, with
// and without an epilogue, with sums and the definition of the epilogue over
// so many channels.
func checkConv[T Float](t *testing.T, i int, s ConvShape, sums []T, channels int, run convCheck[T]) {
	p := NewPool(2)
	defer p.Close()
	ep := Epilogue[T]{Bias: i%2 == 1, Act: Activation(i % len(activationNames)), Alpha: 0.3}
	bias := biasFor(ep, channels)
	want := slices.Clone(sums)
	naiveEpilogue(ep, want, bias)
	forLevels(t, func(t *testing.T) {
		for _, c := range []struct {
			p    *Pool
			ep   Epilogue[T]
			bias []T
			want []T
		}{{p, ep, bias, want}, {nil, Epilogue[T]{}, nil, sums}} {
			got, guards := run(s, c.p, c.ep, c.bias)
			checkEqual(t, fmt.Sprintf("%+v, %+v", s, c.ep), got, c.want)
			guards.check(t)
		}
	})
}

// biasFor returns a random bias of n, or nil if ep has none.
func biasFor[T Float](ep Epilogue[T], n int) []T {
	if !ep.Bias {
		return nil
	}
	return randomValues[T](n, 9)
}

func testConv2D[T Float](t *testing.T) {
	for i, s := range convShapes {
		s := s.planned()
		nx, nw, ny := s.lens()
		x, w, want := randomValues[T](nx, 1), randomValues[T](nw, 2), make([]T, ny)
		naiveConv2D(s, want, x, w)
		checkConv(t, i, s, want, s.OutC, func(s ConvShape, p *Pool, ep Epilogue[T], bias []T) ([]T, guards[T]) {
			y, guards := guarded[T](ny)
			c := NewConv2D(s, ep)
			c.Run(p, y, x, w, bias)
			c.Run(p, y, x, w, bias)
			return y, guards
		})
	}
}

func testConv2DInputGrad[T Float](t *testing.T) {
	for i, s := range convShapes {
		s := s.planned()
		nx, nw, ny := s.lens()
		dy, w, want := randomValues[T](ny, 1), randomValues[T](nw, 2), make([]T, nx)
		naiveConv2DInputGrad(s, want, dy, w)
		checkConv(t, i, s, want, s.C, func(s ConvShape, p *Pool, ep Epilogue[T], bias []T) ([]T, guards[T]) {
			dx, guards := guarded[T](nx)
			c := NewConv2DInputGrad(s, ep)
			c.Run(p, dx, dy, w, bias)
			c.Run(p, dx, dy, w, bias)
			return dx, guards
		})
	}
}

func testConv2DWeightGrad[T Float](t *testing.T) {
	for _, s := range convShapes {
		s := s.planned()
		nx, nw, ny := s.lens()
		x, dy, want := randomValues[T](nx, 1), randomValues[T](ny, 2), make([]T, nw)
		naiveConv2DWeightGrad(s, want, x, dy)
		checkConv(t, 0, s, want, 0, func(s ConvShape, p *Pool, _ Epilogue[T], _ []T) ([]T, guards[T]) {
			dw, guards := guarded[T](nw)
			c := NewConv2DWeightGrad[T](s)
			c.Run(p, dw, x, dy)
			c.Run(p, dw, x, dy)
			return dw, guards
		})
	}
}

func TestConv2D(t *testing.T) {
	t.Run("float32", testConv2D[float32])
	t.Run("float64", testConv2D[float64])
}

func TestConv2DInputGrad(t *testing.T) {
	t.Run("float32", testConv2DInputGrad[float32])
	t.Run("float64", testConv2DInputGrad[float64])
}

func TestConv2DWeightGrad(t *testing.T) {
	t.Run("float32", testConv2DWeightGrad[float32])
	t.Run("float64", testConv2DWeightGrad[float64])
}

// TestConvGradientsAreAdjoint checks <conv(x), dy> = <x, inputGrad(dy)> =
// <w, weightGrad(x, dy)>, which ties the three to each other.
func TestConvGradientsAreAdjoint(t *testing.T) {
	for _, s := range convShapes {
		s := s.planned()
		nx, nw, ny := s.lens()
		x, w, dy := randomValues[float64](nx, 1), randomValues[float64](nw, 2), randomValues[float64](ny, 3)
		y, dx, dw := make([]float64, ny), make([]float64, nx), make([]float64, nw)
		NewConv2D(s, Epilogue[float64]{}).Run(nil, y, x, w, nil)
		NewConv2DInputGrad(s, Epilogue[float64]{}).Run(nil, dx, dy, w, nil)
		NewConv2DWeightGrad[float64](s).Run(nil, dw, x, dy)
		a, b, c := dotPlain(y, 1, dy), dotPlain(x, 1, dx), dotPlain(w, 1, dw)
		if tol := 1e-11 * float64(s.N*s.macs()); abs(a-b) > tol || abs(a-c) > tol {
			t.Errorf("%+v: <y,dy> = %v, <x,dx> = %v, <w,dw> = %v", s, a, b, c)
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }
