package metrics

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*max(1, math.Abs(want))
}

func TestPCHIPAgainstSciPy(t *testing.T) {
	for _, e := range readExpected(t).PCHIP {
		p := newPCHIP(e.X, e.Y)
		for i, want := range e.Slopes {
			if !near(p.slope[i], want, 1e-12) {
				t.Errorf("x %v: slope %d = %.15g, want %.15g", e.X, i, p.slope[i], want)
			}
		}
		for i, v := range e.At {
			if got := p.at(v); !near(got, e.Values[i], 1e-12) {
				t.Errorf("x %v: value at %g = %.15g, want %.15g", e.X, v, got, e.Values[i])
			}
		}
		if got := p.integral(e.Low, e.High); !near(got, e.Integral, 1e-12) {
			t.Errorf("x %v: integral = %.15g, want %.15g", e.X, got, e.Integral)
		}
	}
}

func points(rows [][2]float64) []RatePoint {
	out := make([]RatePoint, len(rows))
	for i, r := range rows {
		out[i] = RatePoint{Rate: r[0], Quality: r[1]}
	}
	return out
}

func TestBDAgainstSciPy(t *testing.T) {
	for i, e := range readExpected(t).BD {
		anchor, test := points(e.Anchor), points(e.Test)
		if got, err := BDRate(anchor, test); err != nil || !near(got, e.BDRate, 1e-10) {
			t.Errorf("case %d: BD-rate = %.12g, %v; want %.12g", i, got, err, e.BDRate)
		}
		if got, err := BDPSNR(anchor, test); err != nil || !near(got, e.BDPSNR, 1e-10) {
			t.Errorf("case %d: BD-PSNR = %.12g, %v; want %.12g", i, got, err, e.BDPSNR)
		}
	}
}

// curve is quality = 20 + 10·log2(rate·factor): shifting its rate shifts it
// along the log axis.
func curve(factor float64) []RatePoint {
	var out []RatePoint
	for _, q := range []float64{25, 28, 31, 35, 40} {
		out = append(out, RatePoint{Rate: factor * math.Exp2((q-20)/10), Quality: q})
	}
	return out
}

func TestBDOfShiftedCurve(t *testing.T) {
	anchor, half := curve(1), curve(0.5)
	slices.Reverse(half) // the order of points does not matter
	if got, err := BDRate(anchor, half); err != nil || !near(got, -50, 1e-12) {
		t.Errorf("half the bits: BD-rate = %g, %v; want -50", got, err)
	}
	if got, err := BDRateOver(anchor, curve(3), 27, 33); err != nil || !near(got, 200, 1e-12) {
		t.Errorf("thrice the bits: BD-rate = %g, %v; want 200", got, err)
	}
	if got, err := BDRate(anchor, anchor); err != nil || got != 0 {
		t.Errorf("the same curve: BD-rate = %g, %v; want 0", got, err)
	}
	if got, err := BDPSNR(anchor, half); err != nil || !near(got, 10, 1e-9) {
		t.Errorf("half the bits: BD-PSNR = %g, %v; want 10", got, err)
	}
}

func TestBDErrors(t *testing.T) {
	good := curve(1)
	tests := []struct {
		name string
		test []RatePoint
		want error
	}{
		{"empty", nil, ErrCurve},
		{"one point", good[:1], ErrCurve},
		{"equal qualities", []RatePoint{{1, 30}, {2, 30}}, ErrCurve},
		{"rate 0", []RatePoint{{0, 30}, {2, 35}}, ErrCurve},
		{"negative rate", []RatePoint{{-1, 30}, {2, 35}}, ErrCurve},
		{"rate NaN", []RatePoint{{math.NaN(), 30}, {2, 35}}, ErrCurve},
		{"infinite rate", []RatePoint{{1, 30}, {math.Inf(1), 35}}, ErrCurve},
		{"infinite quality", []RatePoint{{1, 30}, {2, math.Inf(1)}}, ErrCurve},
		{"disjoint", []RatePoint{{1, 41}, {2, 50}}, ErrNoOverlap},
		{"touching", []RatePoint{{1, 40}, {2, 50}}, ErrNoOverlap},
	}
	for _, tt := range tests {
		if _, err := BDRate(good, tt.test); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
		if _, err := BDRate(tt.test, good); !errors.Is(err, tt.want) {
			t.Errorf("%s as anchor: error %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := BDRateOver(good, good, 50, 60); !errors.Is(err, ErrNoOverlap) {
		t.Errorf("range outside the curves: error %v, want ErrNoOverlap", err)
	}
	if _, err := BDPSNR(good, []RatePoint{{1, 30}, {1, 35}}); !errors.Is(err, ErrCurve) {
		t.Errorf("equal rates: error %v, want ErrCurve", err)
	}
}
