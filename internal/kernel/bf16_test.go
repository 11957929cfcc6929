package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
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

// TestBF16Threads multiplies in many goroutines at once while the collector
// runs, so that threads are interrupted and goroutines change threads: tile
// registers must survive that.
func TestBF16Threads(t *testing.T) {
	k := needBF16(t)
	s := MatMulShape{Batch: 1, M: 64, N: 32, K: 2048}
	a, b := randomValues[float32](s.M*s.K, 1), randomValues[float32](s.K*s.N, 2)
	want := make([]float32, s.M*s.N)
	newMatMulBF16(k, s, Epilogue[float32]{}).Run(nil, want, a, b, nil)
	var working, collecting sync.WaitGroup
	stop := make(chan struct{})
	collecting.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	})
	for range 8 {
		working.Go(func() {
			m, c := newMatMulBF16(k, s, Epilogue[float32]{}), make([]float32, len(want))
			for range 1000 {
				m.Run(nil, c, a, b, nil)
				if !slices.Equal(c, want) {
					t.Error("a product came out differently")
					return
				}
			}
		})
	}
	working.Wait()
	close(stop)
	collecting.Wait()
}

func TestBF16RunsDoNotAllocate(t *testing.T) {
	needBF16(t)
	p := NewPool(2)
	defer p.Close()
	s := same(ConvShape{N: 4, H: 14, W: 14, C: 32, KH: 3, KW: 3, OutC: 32, StrideH: 2, StrideW: 2})
	nx, nw, ny := s.lens()
	x, w, y := make([]float32, nx), make([]float32, nw), make([]float32, ny)
	ms := MatMulShape{Batch: 1, M: 64, N: 100, K: 300}
	a, b, c := make([]float32, 64*300), make([]float32, 300*100), make([]float32, 64*100)
	conv, input, weight := NewConv2DBF16(s, Epilogue[float32]{}), NewConv2DInputGradBF16(s, Epilogue[float32]{}), NewConv2DWeightGradBF16(s)
	mul := NewMatMulBF16(ms, Epilogue[float32]{})
	run := func() {
		conv.Run(p, y, x, w, nil)
		input.Run(p, x, y, w, nil)
		weight.Run(p, w, x, y)
		mul.Run(p, c, a, b, nil)
	}
	run()
	if n := testing.AllocsPerRun(5, run); n != 0 {
		t.Errorf("a run allocates %v times", n)
	}
}

// TestBF16OnlyWhereItPays checks that small and grouped shapes are refused, and
// all where the level has no such kernels.
func TestBF16OnlyWhereItPays(t *testing.T) {
	needBF16(t)
	good := ConvShape{N: 1, H: 8, W: 8, C: 32, KH: 3, KW: 3, OutC: 32}
	few, grouped := good, good
	few.C, few.OutC, grouped.Groups = 8, 8, 2
	check := func(s ConvShape, m MatMulShape, want bool) {
		t.Helper()
		ep := Epilogue[float32]{}
		if NewConv2DBF16(s, ep) != nil != want || NewConv2DInputGradBF16(s, ep) != nil != want ||
			NewConv2DWeightGradBF16(s) != nil != want || NewMatMulBF16(m, ep) != nil != want {
			t.Errorf("%+v and %+v: want planned %t", s, m, want)
		}
	}
	product := MatMulShape{Batch: 1, M: 32, N: 16, K: 32}
	check(good, product, true)
	check(few, MatMulShape{Batch: 1, M: 1, N: 300, K: 300}, false)
	check(grouped, MatMulShape{Batch: 1, M: 256, N: 2, K: 300}, false)
	defer SetLevel(SetLevel(Plain))
	check(good, product, false)
	if BF16Available() {
		t.Error("bfloat16 is available at level plain")
	}
}
