package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// randomValues returns n reproducible values in [-1, 1), some of them zero.
func randomValues[T Float](n int, seed uint64) []T {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	x := make([]T, n)
	for i := range x {
		if rng.IntN(16) > 0 {
			x[i] = T(2*rng.Float32() - 1)
		}
	}
	return x
}

// guards surround a buffer with values that a kernel must not change.
type guards[T Float] struct{ whole []T }

// guardSize is longer than any vector.
const guardSize = 67

// guardValue is what guards hold.
const guardValue = -12345

// guarded returns a buffer of n elements filled with NaN, and its guards.
func guarded[T Float](n int) ([]T, guards[T]) {
	whole := make([]T, n+2*guardSize)
	for i := range whole {
		whole[i] = guardValue
	}
	buf := whole[guardSize:][:n:n]
	for i := range buf {
		buf[i] = T(math.NaN())
	}
	return buf, guards[T]{whole}
}

func (g guards[T]) check(t *testing.T) {
	t.Helper()
	for i := range guardSize {
		if g.whole[i] != guardValue || g.whole[len(g.whole)-1-i] != guardValue {
			t.Fatalf("a write %d elements outside the buffer", guardSize-i)
		}
	}
}

// checkEqual fails unless got and want have the same bits; all NaN are equal.
func checkEqual[T Float](t *testing.T, name string, got, want []T) {
	t.Helper()
	for i, v := range want {
		if g := got[i]; math.Float64bits(float64(g)) != math.Float64bits(float64(v)) && !(g != g && v != v) {
			t.Fatalf("%s[%d] = %v, want %v (of %d)", name, i, g, v, len(want))
		}
	}
}

// forLevels runs f at every level of this machine.
func forLevels(t *testing.T, f func(t *testing.T)) {
	for _, l := range Supported() {
		before := SetLevel(l)
		t.Run(l.String(), f)
		SetLevel(before)
	}
}

// naiveMatMul is the definition of MatMul.
func naiveMatMul[T Float](s MatMulShape, c, a, b []T) {
	for i := range c {
		col, row, batch := i%s.N, i/s.N%s.M, i/s.N/s.M
		acc := T(0)
		for k := range s.K {
			ai, bi := row*s.K+k, k*s.N+col
			if s.TransA {
				ai = k*s.M + row
			}
			if s.TransB {
				bi = col*s.K + k
			}
			acc = FMA(a[batch*s.M*s.K+ai], b[batch*s.K*s.N+bi], acc)
		}
		c[i] = acc
	}
}

func checkMatMul[T Float](t *testing.T, s MatMulShape, p *Pool, ep Epilogue[T]) {
	a, b := randomValues[T](s.Batch*s.M*s.K, 1), randomValues[T](s.Batch*s.K*s.N, 2)
	bias := biasFor(ep, s.N)
	want := make([]T, s.Batch*s.M*s.N)
	naiveMatMul(s, want, a, b)
	naiveEpilogue(ep, want, bias)
	c, guards := guarded[T](len(want))
	m := NewMatMul(s, ep)
	m.Run(p, c, a, b, bias)
	m.Run(p, c, a, b, bias)
	checkEqual(t, "c", c, want)
	guards.check(t)
}

func TestMatMul(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	sizes := [][4]int{{1, 1, 1, 1}, {1, 3, 5, 7}, {2, 17, 33, 19}, {1, 1, 300, 129}, {1, 2, 70, 31}, {3, 5, 16, 8},
		{1, 29, 97, 300}, {1, 64, 48, 128}, {1, 61, 49, 257}, {1, 130, 10, 20}, {1, 13, 200, 40}, {1, 9, 8, 1000}, {1, 40, 1, 33}}
	for i, d := range sizes {
		for trans := range 4 {
			s := MatMulShape{Batch: d[0], M: d[1], N: d[2], K: d[3], TransA: trans&1 > 0, TransB: trans&2 > 0}
			act := Activation(i % len(activationNames))
			forLevels(t, func(t *testing.T) {
				t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
					checkMatMul(t, s, p, Epilogue[float32]{Bias: i%2 == 0, Act: act, Alpha: 0.2})
					checkMatMul(t, s, nil, Epilogue[float32]{})
				})
			})
			checkMatMul(t, s, p, Epilogue[float64]{Bias: i%2 == 1, Act: act, Alpha: 0.2})
		}
	}
}

// TestMatMulSpecial puts infinities, NaN, zeros of both signs, subnormal and
// huge values into a product with an epilogue.
func TestMatMulSpecial(t *testing.T) {
	special := []float32{0, float32(math.Copysign(0, -1)), 1e-45, -1e-45, 1e-30, -1e-20, 3e38, -3e38, 1, -1,
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	fill := func(n int, seed uint64) []float32 {
		rng := rand.New(rand.NewPCG(seed, 1))
		x := randomValues[float32](n, seed)
		for i := range x {
			if rng.IntN(8) == 0 {
				x[i] = special[rng.IntN(len(special))]
			}
		}
		return x
	}
	for trans := range 4 {
		s := MatMulShape{Batch: 1, M: 37, N: 53, K: 5, TransA: trans&1 > 0, TransB: trans&2 > 0}
		a, b, bias := fill(s.M*s.K, 1), fill(s.K*s.N, 2), fill(s.N, 3)
		for _, act := range []Activation{ActNone, ActRelu, ActLeakyRelu} {
			ep := Epilogue[float32]{Bias: true, Act: act, Alpha: 0.2}
			want := make([]float32, s.M*s.N)
			naiveMatMul(s, want, a, b)
			naiveEpilogue(ep, want, bias)
			forLevels(t, func(t *testing.T) {
				c := make([]float32, len(want))
				NewMatMul(s, ep).Run(nil, c, a, b, bias)
				checkEqual(t, act.String(), c, want)
			})
		}
	}
}

func TestRunsDoNotAllocate(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	s := ConvShape{N: 16, H: 14, W: 14, C: 16, KH: 3, KW: 3, OutC: 8, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1}.planned()
	nx, nw, ny := s.lens()
	x, w, y := make([]float32, nx), make([]float32, nw), make([]float32, ny)
	ps := PoolShape{N: 16, H: 14, W: 14, C: 16, KH: 2, KW: 2}
	rs := ResizeShape{N: 16, H: 7, W: 7, C: 16, FactorH: 2, FactorW: 2}
	small := make([]float32, nx/4)
	ms := MatMulShape{Batch: 1, M: 64, N: 100, K: 300}
	a, b, c := make([]float32, 64*300), make([]float32, 300*100), make([]float32, 64*100)
	forLevels(t, func(t *testing.T) {
		ep := Epilogue[float32]{}
		conv, input, weight := NewConv2D(s, ep), NewConv2DInputGrad(s, ep), NewConv2DWeightGrad[float32](s)
		mul := NewMatMul(ms, ep)
		pool, poolGrad := NewMaxPool[float32](ps), NewMaxPoolGrad[float32](ps)
		resize, resizeGrad := NewResizeNearest[float32](rs), NewResizeNearestGrad[float32](rs)
		run := func() {
			pool.Run(p, small, x)
			poolGrad.Run(p, x, x, small, small)
			resize.Run(p, x, small)
			resizeGrad.Run(p, small, x)
			conv.Run(p, y, x, w, nil)
			input.Run(p, x, y, w, nil)
			weight.Run(p, w, x, y)
			mul.Run(p, c, a, b, nil)
		}
		run()
		if n := testing.AllocsPerRun(5, run); n != 0 {
			t.Errorf("a run allocates %v times", n)
		}
	})
}

func TestRunPanicsOnWrongLength(t *testing.T) {
	defer func() {
		want := "kernel: MatMul: a has 5 elements, planned for 6"
		if got := recover(); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}()
	m := NewMatMul(MatMulShape{Batch: 1, M: 2, N: 4, K: 3}, Epilogue[float32]{})
	m.Run(nil, make([]float32, 8), make([]float32, 5), make([]float32, 12), nil)
}

// TestRandomMatMuls compares the levels with each other on random shapes.
func TestRandomMatMuls(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		s := MatMulShape{
			Batch: 1 + rng.IntN(2), M: 1 + rng.IntN(70), N: 1 + rng.IntN(90), K: 1 + rng.IntN(60),
			TransA: rng.IntN(2) == 0, TransB: rng.IntN(2) == 0,
		}
		switch rng.IntN(4) {
		case 0:
			s.M = 1 + rng.IntN(4)
		case 1:
			s.N = 1 + rng.IntN(600)
		}
		a, b, bias := randomValues[float32](s.Batch*s.M*s.K, 1), randomValues[float32](s.Batch*s.K*s.N, 2), randomValues[float32](s.N, 3)
		ep := Epilogue[float32]{Bias: true, Act: Activation(rng.IntN(len(activationNames))), Alpha: 0.3}
		var want []float32
		forLevels(t, func(t *testing.T) {
			c, guards := guarded[float32](s.Batch * s.M * s.N)
			NewMatMul(s, ep).Run(nil, c, a, b, bias)
			if Current() == Plain {
				want = c
			}
			checkEqual(t, fmt.Sprintf("%+v: c", s), c, want)
			guards.check(t)
		})
	}
}
