package entropy

import (
	"math"
	"testing"
)

func TestExpNeg(t *testing.T) {
	for x := uint64(0); x < 70<<32; x += 1<<25 | 12345 {
		got, want := float64(expNeg(x))/one62, math.Exp(-float64(x)/(1<<32))
		if math.Abs(got-want) > 0x1p-50 { // float64's own error is 2^-53
			t.Fatalf("exp(-%g) = %g, want %g", float64(x)/(1<<32), got, want)
		}
	}
}

func TestHalf(t *testing.T) {
	want := []func(x float64) float64{
		Gaussian: func(x float64) float64 { return math.Erf(x/math.Sqrt2) / 2 },
		Logistic: func(x float64) float64 { return 1/(1+math.Exp(-x)) - 0.5 },
		Laplace:  func(x float64) float64 { return -math.Expm1(-x) / 2 },
	}
	for s := range numShapes {
		worst := 0.0
		for x := uint64(0); x < 70<<32; x += 1<<24 | 54321 {
			got := float64(s.half(x)) / one62
			worst = max(worst, math.Abs(got-want[s](float64(x)/(1<<32))))
		}
		if worst > 0x1p-29 {
			t.Errorf("shape %d: an error of %g", s, worst)
		}
		if far := s.half(1 << 60); far > one62/2 {
			t.Errorf("shape %d: more than a half beyond 0", s)
		}
	}
}

func TestExp2(t *testing.T) {
	for e := minLow; e <= maxHigh; e++ {
		want := math.Exp2(float64(e)/octave) * (1 << 16)
		if got := float64(exp2(e)); got > want*(1+0x1p-31) || got < want*(1-0x1p-31)-1 {
			t.Fatalf("2^(%d/256) = %g, want %g", e, got, want)
		}
	}
}
