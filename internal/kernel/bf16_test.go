package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// needBF16 returns the AMX primitives and skips the test if there are none.
func needBF16(t testing.TB) *bf16Kernels {
	k := currentBF16()
	if k == nil {
		t.Skip("needs a CPU with AMX and bfloat16, and Linux")
	}
	return k
}

// guarded16 returns a buffer of n bfloat16 and a check that nothing around it
// was changed.
func guarded16(n int) (buf []bf16, check func(*testing.T)) {
	whole := make([]bf16, n+2*guardSize)
	for i := range whole {
		whole[i] = 0x1234
	}
	return whole[guardSize:][:n:n], func(t *testing.T) {
		t.Helper()
		for i := range guardSize {
			if whole[i] != 0x1234 || whole[len(whole)-1-i] != 0x1234 {
				t.Fatalf("a write %d elements outside the buffer", guardSize-i)
			}
		}
	}
}

// oddValues returns random values over many magnitudes, among them zeros,
// subnormals, ties, infinities and NaN.
func oddValues(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 2))
	x := make([]float32, n)
	for i := range x {
		switch b := rng.Uint32(); rng.IntN(4) {
		case 0:
			x[i] = math.Float32frombits(b)
		case 1:
			x[i] = math.Float32frombits(b&^0xffff | 0x8000) // a tie
		default:
			x[i] = float32(rng.NormFloat64())
		}
	}
	return x
}

func TestToBF16(t *testing.T) {
	for _, c := range []struct{ x, want float64 }{
		{1, 1}, {1 + 1.0/256, 1}, {1 + 3.0/256, 1 + 1.0/64}, {-1 - 1.0/255, -1 - 1.0/128}, {1e-40, 0},
		{3.4e38, math.Inf(1)}, {math.Inf(-1), math.Inf(-1)},
	} {
		if got := fromBF16(toBF16(float32(c.x))); float64(got) != c.want {
			t.Errorf("%v becomes %v, want %v", c.x, got, c.want)
		}
	}
	if got := fromBF16(toBF16(float32(math.NaN()))); got == got {
		t.Errorf("NaN becomes %v", got)
	}
}

// TestBF16Pack compares the packing primitives of AMX with the plain ones.
func TestBF16Pack(t *testing.T) {
	k := needBF16(t)
	src := oddValues(1<<14, 1)
	compare := func(name string, n int, run func(k *bf16Kernels, dst *bf16)) {
		t.Helper()
		want, _ := guarded16(n)
		got, check := guarded16(n)
		run(plainBF16, &want[0])
		run(k, &got[0])
		check(t)
		for i, v := range want {
			if got[i] != v {
				t.Fatalf("%s: element %d is %#x, want %#x", name, i, got[i], v)
			}
		}
	}
	for _, rows := range []int{1, 2, 3, 15, 16, 33} {
		for _, n := range []int{1, 2, 7, 16, 17, 31, 32, 33, 64, 75} {
			name := fmt.Sprintf("%dx%d", rows, n)
			compare("convertRows "+name, rows*(n+3), func(k *bf16Kernels, dst *bf16) {
				k.convertRows(dst, &src[0], rows, n, n+3, n+5)
			})
			panel := (rows+1)/2*2*bf16Panel + 6
			compare("pairRows "+name, bf16Panels(n)*panel, func(k *bf16Kernels, dst *bf16) {
				k.pairRows(dst, &src[0], rows, n, n+5, panel)
			})
			if rows > bf16Panel {
				continue
			}
			pairs := (n + 1) / 2 * 2 * bf16Panel
			compare("pairCols "+name, pairs, func(k *bf16Kernels, dst *bf16) {
				k.pairCols(dst, &src[0], n, n+5, rows)
			})
			compare("transposeRows "+name, rows*(n+3), func(k *bf16Kernels, dst *bf16) {
				k.transposeRows(dst, &src[0], n, n+3, rows+5, rows)
			})
		}
	}
}

// TestBF16Sweep compares the product of AMX with the plain one, bit for bit.
func TestBF16Sweep(t *testing.T) {
	k := needBF16(t)
	const rowTerms, blocks, steps = 96, 2, 3
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		scale := []float64{1, 1e-19, 1e19, 3e-20}[seed%4]
		values := func(n int) []bf16 {
			x := make([]bf16, n)
			for i := range x {
				x[i] = toBF16(float32(rng.NormFloat64() * scale))
				if rng.IntN(8) == 0 {
					x[i] = toBF16(float32(math.Copysign(0, rng.Float64()-0.5)))
				}
			}
			return x
		}
		a, b := values(blocks*bf16Rows*rowTerms), values(2*steps*tileBytes/2)
		s := bf16Sweep{a: unsafe.Pointer(&a[0]), aRow: 2 * rowTerms, blocks: blocks, n: steps, slope: 0.2,
			b: unsafe.Pointer(&b[0]), bHalf: steps * tileBytes, sum: unsafe.Pointer(&Alloc[float32](4 * tileSums)[0])}
		n := []int{1, 5, 16, 17, 32}[seed%5]
		s.columns(n)
		s.flags = []uint64{0, flagAccumulate, flagRelu, flagLeaky | flagAccumulate}[seed/5%4]
		bias := randomValues[float32](n, seed)
		if seed%2 == 1 {
			s.bias = unsafe.Pointer(&bias[0])
		}
		at, to := make([]int32, 2*blocks), make([]int32, bf16Rows*blocks)
		for i := range at {
			at[i] = int32(2 * rowTerms * bf16Panel * i)
		}
		for r, i := range rng.Perm(len(to)) {
			to[r] = int32(4 * n * i)
			if rng.IntN(5) == 0 {
				to[r] = -1
			}
		}
		s.at, s.to, s.steps = &at[0], &to[0], &[]int32{0, 64, 128}[0]
		want, _ := guarded[float32](len(to) * n)
		got, guards := guarded[float32](len(to) * n)
		copy(want, randomValues[float32](len(want), seed))
		copy(got, want)
		s.c = unsafe.Pointer(&want[0])
		plainBF16.sweep(&s)
		s.c = unsafe.Pointer(&got[0])
		k.sweep(&s)
		guards.check(t)
		checkEqual(t, fmt.Sprintf("seed %d: c", seed), got, want)
	}
}

// bf16Error bounds the error of a sum of products whose absolute values add up
// to size: each operand is rounded by at most 2^-8 of its value (bfloat16 has
// 8 bits), and the additions of so many terms in float32 err by far less.
func bf16Error(size float64, terms int) float64 {
	return size * (2*0x1p-8 + 0x1p-16 + float64(terms)*0x1p-23)
}

// checkNear fails unless got is within the error bound of the exact sums.
func checkNear(t *testing.T, name string, got []float32, exact, size []float64, terms int) {
	t.Helper()
	for i, g := range got {
		if e := abs(float64(g) - exact[i]); !(e <= bf16Error(size[i], terms)+1e-30) {
			t.Fatalf("%s[%d] = %v, want %v with an error of %v, not %v", name, i, g, exact[i], bf16Error(size[i], terms), e)
		}
	}
}

// magnitudes returns the absolute values of x.
func magnitudes(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = abs(v)
	}
	return y
}

// widen returns x in float64.
func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// forBF16 runs f with the plain primitives and with those of AMX.
func forBF16(t *testing.T, f func(t *testing.T, k *bf16Kernels)) {
	t.Run("plain", func(t *testing.T) { f(t, plainBF16) })
	t.Run("amx", func(t *testing.T) { f(t, needBF16(t)) })
}

var bf16MatMuls = [][4]int{{1, 1, 1, 1}, {1, 3, 5, 7}, {2, 17, 33, 19}, {1, 33, 16, 32}, {1, 29, 97, 300},
	{1, 64, 48, 128}, {3, 61, 49, 257}, {1, 130, 10, 20}, {1, 33, 20, 2100}}

func TestMatMulBF16(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	for i, d := range bf16MatMuls {
		for trans := range 4 {
			s := MatMulShape{Batch: d[0], M: d[1], N: d[2], K: d[3], TransA: trans&1 > 0, TransB: trans&2 > 0}
			a, b := randomValues[float32](s.Batch*s.M*s.K, 1), randomValues[float32](s.Batch*s.K*s.N, 2)
			exact, size := make([]float64, s.Batch*s.M*s.N), make([]float64, s.Batch*s.M*s.N)
			naiveMatMul(s, exact, widen(a), widen(b))
			naiveMatMul(s, size, magnitudes(widen(a)), magnitudes(widen(b)))
			ep := Epilogue[float32]{Bias: i%2 == 0, Act: []Activation{ActNone, ActRelu, ActLeakyRelu, ActTanh}[i%4], Alpha: 0.2}
			bias := biasFor(ep, s.N)
			t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
				var want []float32
				forBF16(t, func(t *testing.T, k *bf16Kernels) {
					c, guards := guarded[float32](len(exact))
					m := newMatMulBF16(k, s, Epilogue[float32]{})
					m.Run(nil, c, a, b, nil)
					checkNear(t, "c", c, exact, size, s.K)
					withEpilogue := make([]float32, len(c))
					newMatMulBF16(k, s, ep).Run(p, withEpilogue, a, b, bias)
					ep.apply(c, bias, s.N)
					checkEqual(t, "with epilogue, c", withEpilogue, c)
					m.Run(p, c, a, b, nil)
					guards.check(t)
					if want == nil {
						want = append(want, c...)
					}
					checkEqual(t, "c", c, want)
				})
			})
		}
	}
}

// TestMatMulBF16OneRow checks that a row does not depend on the others.
func TestMatMulBF16OneRow(t *testing.T) {
	k := needBF16(t)
	s := MatMulShape{Batch: 1, M: 100, N: 40, K: 70}
	a, b := randomValues[float32](s.M*s.K, 1), randomValues[float32](s.K*s.N, 2)
	all, one := make([]float32, s.M*s.N), make([]float32, s.N)
	newMatMulBF16(k, s, Epilogue[float32]{}).Run(nil, all, a, b, nil)
	s.M = 1
	m := newMatMulBF16(k, s, Epilogue[float32]{})
	for i := range 100 {
		m.Run(nil, one, a[i*s.K:][:s.K], b, nil)
		checkEqual(t, "row", one, all[i*s.N:][:s.N])
	}
}

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
