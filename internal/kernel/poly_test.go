package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ulpError returns |got-want| in units of the last place of a float32 of
// want's size; 0 if both are NaN.
func ulpError(got float32, want float64) float64 {
	if math.IsNaN(want) || math.IsInf(want, 0) || math.Abs(want) > math.MaxFloat32 {
		if float64(got) == want || float32(want) == got || (math.IsNaN(want) && got != got) {
			return 0
		}
		if !math.IsInf(float64(got), 0) && math.Abs(want) < 0x1.000001p128 && math.Abs(want) > math.MaxFloat32 {
			return 1
		}
		return math.Inf(1)
	}
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e, -125)-24)
}

// polyTests names each function with its float64 counterpart, the bound on
// its error in ulp, and the magnitude under which results may be flushed.
var polyTests = []struct {
	op    Op
	want  func(float64) float64
	bound float64
	flush float64
}{
	{Exp, math.Exp, 0.9, 0},
	{Expm1, math.Expm1, 1.5, 0},
	{Log, math.Log, 1, 0},
	{Log1p, math.Log1p, 1.5, 0},
	{Erf, math.Erf, 1.5, 0},
	{Sigmoid, sigmoid64, 2.4, 0x1p-126},
	{Tanh, math.Tanh, 2.6, 0},
	{Softplus, softplus64, 2, 0},
	{LogSigmoid, func(x float64) float64 { return -softplus64(-x) }, 2, 0},
	{NormalCDF, func(x float64) float64 { c, _ := normal64(x); return c }, 6, 0x1p-126},
	{Gelu, func(x float64) float64 { c, _ := normal64(x); return x * c }, 6.2, 0x1p-120},
	{Silu, func(x float64) float64 { return x * sigmoid64(x) }, 3, 0x1p-120},
}

// TestPolyAccuracy walks float32 values of all magnitudes, densely over the
// range where each function is not trivial.
func TestPolyAccuracy(t *testing.T) {
	stride := uint32(4093)
	if testing.Short() {
		stride = 65521
	}
	for _, c := range polyTests {
		worst, at := 0.0, float32(0)
		f := ops32.unary[c.op]
		check := func(x float32) {
			want := c.want(float64(x))
			got := f(x, 0)
			e := ulpError(got, want)
			if math.Abs(want) < c.flush && math.Abs(float64(got)) <= c.flush {
				e = 0
			}
			if e > worst {
				worst, at = e, x
			}
		}
		for b := uint32(0); b < math.MaxUint32-stride; b += stride {
			check(math.Float32frombits(b))
		}
		rng := rand.New(rand.NewPCG(7, 8))
		for range 200_000 {
			check(float32(rng.NormFloat64() * 4))
		}
		t.Logf("%v: %.3f ulp at %g", c.op, worst, at)
		if worst > c.bound {
			t.Errorf("%v(%g) = %g, want %g: %.2f ulp, bound is %g", c.op, at, f(at, 0), c.want(float64(at)), worst, c.bound)
		}
	}
}

func TestPolySpecialValues(t *testing.T) {
	inf, nan := inf32, nan32
	negZero := math.Float32frombits(signBit)
	for _, c := range []struct {
		op      Op
		x, want float32
	}{
		{Exp, inf, inf}, {Exp, -inf, 0}, {Exp, nan, nan}, {Exp, 0, 1}, {Exp, 89, inf}, {Exp, -105, 0},
		{Expm1, inf, inf}, {Expm1, -inf, -1}, {Expm1, nan, nan}, {Expm1, negZero, negZero},
		{Log, inf, inf}, {Log, 0, -inf}, {Log, negZero, -inf}, {Log, -1, nan}, {Log, -inf, nan}, {Log, nan, nan}, {Log, 1, 0},
		{Log1p, inf, inf}, {Log1p, -1, -inf}, {Log1p, -2, nan}, {Log1p, negZero, negZero}, {Log1p, nan, nan},
		{Sigmoid, inf, 1}, {Sigmoid, -inf, 0}, {Sigmoid, 0, 0.5}, {Sigmoid, nan, nan},
		{Tanh, inf, 1}, {Tanh, -inf, -1}, {Tanh, negZero, negZero}, {Tanh, nan, nan},
		{Erf, inf, 1}, {Erf, -inf, -1}, {Erf, negZero, negZero}, {Erf, nan, nan},
		{NormalCDF, inf, 1}, {NormalCDF, -inf, 0}, {NormalCDF, 0, 0.5}, {NormalCDF, nan, nan},
		{Softplus, inf, inf}, {Softplus, -inf, 0}, {Softplus, nan, nan},
		{LogSigmoid, inf, negZero}, {LogSigmoid, -inf, -inf}, {LogSigmoid, nan, nan},
		{Relu, nan, nan}, {Relu, negZero, negZero}, {Relu, -inf, 0}, {Relu, inf, inf},
		{Sign, nan, nan}, {Sign, negZero, negZero}, {Sign, -3, -1}, {Sign, inf, 1},
		{Round, 2.5, 2}, {Round, -0.5, negZero}, {Floor, -0.5, -1}, {Ceil, -0.5, negZero}, {Round, inf, inf},
		{Sqrt, -1, nan}, {Sqrt, negZero, negZero}, {Rsqrt, 0, inf}, {Reciprocal, negZero, -inf},
	} {
		got := ops32.unary[c.op](c.x, 1)
		if !sameBits(got, c.want) {
			t.Errorf("%v(%g) = %g, want %g", c.op, c.x, got, c.want)
		}
	}
}

// sameBits reports whether two results are the same, all NaNs being equal.
func sameBits(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || (a != a && b != b)
}
