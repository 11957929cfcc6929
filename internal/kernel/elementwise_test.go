package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// special holds the values at which kernels go wrong.
var special = []float32{
	0, math.Float32frombits(signBit), 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 88.7, 88.8, -87.4, -103.9, -104, 89, 127.5,
	inf32, -inf32, nan32, math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32,
	minNormal, -minNormal, 0x1p-24, -0x1p-25, 0x1p23, 0x1p23 - 0.5, 0x1p31, -0x1p40, 14.5, -14.6, 8388609,
}

// specimen returns n values: the special ones first or last, the rest random
// over many magnitudes.
func specimen(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch rng.IntN(4) {
		case 0:
			x[i] = special[rng.IntN(len(special))]
		case 1:
			x[i] = math.Float32frombits(rng.Uint32())
		default:
			x[i] = float32(rng.NormFloat64() * 3)
		}
	}
	return x
}

var testLengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 47, 63, 64, 65, 100, 129, 1000}

// applyOp applies an op of any arity to as many of the inputs.
func applyOp[T Float](op Op, dst []T, in [3][]T, p T) {
	switch op.Arity() {
	case 1:
		Apply1(op, dst, in[0], p)
	case 2:
		Apply2(op, dst, in[0], in[1], p)
	case 3:
		Apply3(op, dst, in[0], in[1], in[2])
	}
}

// wantOp computes an op element by element from its definition.
func wantOp(op Op, n int, in [3][]float32, p float32) []float32 {
	at := func(x []float32, i int) float32 { return x[min(i, len(x)-1)] }
	want := make([]float32, n)
	for i := range want {
		switch op.Arity() {
		case 1:
			want[i] = ops32.unary[op](at(in[0], i), p)
		case 2:
			want[i] = ops32.binary[op](at(in[0], i), at(in[1], i), p)
		case 3:
			want[i] = ops32.ternary[op](at(in[0], i), at(in[1], i), at(in[2], i))
		}
	}
	return want
}

func compare(t *testing.T, what string, got, want []float32, in [3][]float32) {
	t.Helper()
	for i := range want {
		if !sameBits(got[i], want[i]) {
			var args []float32
			for _, x := range in {
				if len(x) > 0 {
					args = append(args, x[min(i, len(x)-1)])
				}
			}
			t.Fatalf("%s: element %d of %d is %g (%#x), want %g (%#x); inputs %g", what, i, len(want),
				got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]), args)
		}
	}
}

func TestApplySameBitsAtEveryLevel(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 1))
		for op := range Op(numOps) {
			for _, n := range testLengths {
				for _, p := range []float32{0.2, -1.5, nan32} {
					testOp(t, rng, op, n, p)
				}
			}
		}
	})
}

// testOp tries op with full inputs, with each input broadcast, and in place
// of each input.
func testOp(t *testing.T, rng *rand.Rand, op Op, n int, p float32) {
	arity := op.Arity()
	for mask := range 1 << arity {
		if arity == 1 && mask > 0 {
			break
		}
		var in [3][]float32
		for i := range arity {
			m := n
			if mask>>i&1 == 1 {
				m = 1
			}
			in[i] = specimen(rng, m)
		}
		what := fmt.Sprintf("%v n=%d p=%g broadcast=%b", op, n, p, mask)
		want := wantOp(op, n, in, p)
		dst, around := guarded[float32](n)
		applyOp(op, dst, in, p)
		around.check(t)
		compare(t, what, dst, want, in)
		for i := range arity {
			if len(in[i]) == n {
				same := in
				dst, around := guarded[float32](n)
				copy(dst, in[i])
				same[i] = dst
				applyOp(op, dst, same, p)
				around.check(t)
				compare(t, what+" in place", dst, want, in)
			}
		}
	}
}

// TestOpDefinitions compares float32 with float64 evaluation at points where
// no op is ill-conditioned.
func TestOpDefinitions(t *testing.T) {
	in32 := [3][]float32{{0.3, -0.45, 2.5, -3}, {0.5, 1.25, -2, -3}, {1, 2, 3, 4}}
	var in64 [3][]float64
	for i, x := range in32 {
		for _, v := range x {
			in64[i] = append(in64[i], float64(v))
		}
	}
	for op := range Op(numOps) {
		got, want := make([]float32, 4), make([]float64, 4)
		applyOp(op, got, in32, 0.2)
		applyOp(op, want, in64, float64(float32(0.2)))
		for i := range got {
			if ulpError(got[i], want[i]) > 8 {
				t.Errorf("%v, element %d: float32 %g, float64 %g", op, i, got[i], want[i])
			}
		}
	}
}

// TestGradientOps checks each gradient numerically in float64.
func TestGradientOps(t *testing.T) {
	for _, c := range []struct {
		f, grad    Op
		fromOutput bool
	}{
		{Abs, AbsGrad, false}, {Relu, ReluGrad, true}, {LeakyRelu, LeakyReluGrad, true}, {Elu, EluGrad, true},
		{Sigmoid, SigmoidGrad, true}, {Tanh, TanhGrad, true}, {LogSigmoid, LogSigmoidGrad, false},
		{Softplus, SoftplusGrad, false}, {NormalCDF, NormalCDFGrad, false}, {Gelu, GeluGrad, false}, {Silu, SiluGrad, false},
	} {
		const p, h, dy = 0.3, 1e-6, 1.7
		f := ops64.unary[c.f]
		for _, x := range []float64{-4, -1.1, -0.3, 0.2, 0.9, 3} {
			from := x
			if c.fromOutput {
				from = f(x, p)
			}
			got := ops64.binary[c.grad](from, dy, p)
			want := dy * (f(x+h, p) - f(x-h, p)) / (2 * h)
			if math.Abs(got-want) > 1e-8 {
				t.Errorf("%v at %g: %g, numerically %g", c.grad, x, got, want)
			}
		}
	}
}

func TestApplyRows2(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 3))
		for _, shape := range [][2]int{{1, 1}, {3, 5}, {7, 1}, {1, 9}, {100, 3}, {40, 100}, {5, 700}, {0, 3}, {3, 0}} {
			rows, cols := shape[0], shape[1]
			for sa := range Constant + 1 {
				for sb := range Constant + 1 {
					testRows(t, rng, rows, cols, sa, sb)
				}
			}
		}
	})
}

func testRows(t *testing.T, rng *rand.Rand, rows, cols int, sa, sb Spread) {
	a, b := specimen(rng, sa.size(rows, cols)), specimen(rng, sb.size(rows, cols))
	at := func(x []float32, s Spread, r, c int) float32 {
		return x[[...]int{Full: r*cols + c, EachRow: c, EachCol: r, Constant: 0}[s]]
	}
	dst, around := guarded[float32](rows * cols)
	ApplyRows2(Sub, dst, a, b, rows, cols, sa, sb, 0)
	around.check(t)
	for r := range rows {
		for c := range cols {
			if got, want := dst[r*cols+c], at(a, sa, r, c)-at(b, sb, r, c); !sameBits(got, want) {
				t.Fatalf("(%d, %d), spreads %d and %d: element (%d, %d) is %g, want %g", rows, cols, sa, sb, r, c, got, want)
			}
		}
	}
}

func TestApplyPanicsShowLengths(t *testing.T) {
	defer func() {
		if got, want := recover(), "kernel: Add: input b has 2 elements, output has 3"; got != want {
			t.Errorf("panic %q, want %q", got, want)
		}
	}()
	Apply2(Add, make([]float32, 3), make([]float32, 3), make([]float32, 2), 0)
}

func BenchmarkApply(b *testing.B) {
	const n = 2048 // fits L1 with three vectors
	rng := rand.New(rand.NewPCG(5, 5))
	var in [3][]float32
	for i := range in {
		in[i] = Alloc[float32](n)
		for j := range in[i] {
			in[i][j] = float32(rng.NormFloat64())
		}
	}
	dst := Alloc[float32](n)
	for op := range Op(numOps) {
		for _, l := range Supported() {
			b.Run(fmt.Sprintf("%v/%v", op, l), func(b *testing.B) {
				defer SetLevel(SetLevel(l))
				for b.Loop() {
					applyOp(op, dst, in, 0.2)
				}
				b.ReportMetric(float64(n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "elem/ns")
			})
		}
	}
}
