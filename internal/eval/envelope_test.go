package eval

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/metrics"
)

// curveOf returns a curve through bytes an image and dB.
func curveOf(name string, g Group, points ...[2]float64) Curve {
	c := Curve{Info: Info{Name: name, Group: g}}
	for _, p := range points {
		c.Points = append(c.Points, Point{
			Images: 1000, Pixels: 784000, Bytes: int64(1000 * p[0]),
			MSE: 255 * 255 / math.Pow(10, p[1]/10), PackSeconds: 1, UnpackSeconds: 1,
		})
	}
	return c
}

func TestFrontier(t *testing.T) {
	c := curveOf("c", Ours, [2]float64{50, 30}, [2]float64{20, 25}, [2]float64{60, 29}, [2]float64{20, 24}, [2]float64{70, 35})
	var got []float64
	for _, p := range c.Frontier() {
		got = append(got, p.BytesPerImage())
	}
	if want := []float64{20, 50, 70}; !slices.Equal(got, want) {
		t.Errorf("frontier at %v bytes, want %v", got, want)
	}
}

// TestVariants interleaves the points of two variants that are straight on a
// logarithmic scale and cross just above 30 dB.
func TestVariants(t *testing.T) {
	a := curveOf("a", Classical, [2]float64{10, 20}, [2]float64{20, 30}, [2]float64{40, 40})
	b := curveOf("b", Classical, [2]float64{15, 21.5}, [2]float64{26, 36.6})
	for i := range b.Points {
		b.Points[i].Setting.Variant = "b"
	}
	both := Curve{Info: a.Info, Points: slices.Concat(a.Points, b.Points)}
	var got []float64
	for _, p := range both.Frontier() {
		got = append(got, p.BytesPerImage())
	}
	// The point of b with 15 bytes is worse than the way from 10 to 20 of a.
	if want := []float64{10, 20, 26, 40}; !slices.Equal(got, want) {
		t.Errorf("frontier at %v bytes, want %v", got, want)
	}
	if rate, ok := both.BytesAt(25); !ok || math.Abs(rate-10*math.Sqrt2) > 1e-6 {
		t.Errorf("%g bytes at 25 dB, want those of a", rate)
	}
	c, err := Compare(a.best(), both.best(), 20, 30)
	if err != nil || math.Abs(c.BDRate) > 0.5 {
		t.Errorf("where a is better, the whole against it: %v, %v", c, err)
	}
}

func TestEnvelope(t *testing.T) {
	// On a logarithmic scale a and b are straight and cross between 20 and
	// 40 dB; c reaches 22 dB, and so all below, with 11 bytes.
	a := curveOf("a", Classical, [2]float64{10, 20}, [2]float64{40, 40})
	b := curveOf("b", Classical, [2]float64{15, 20}, [2]float64{30, 40})
	c := curveOf("c", Classical, [2]float64{11, 22})
	envelope := Envelope(a, b, c)
	if !slices.IsSortedFunc(envelope, byQuality) {
		t.Error("not in order of quality")
	}
	for _, test := range []struct{ quality, rate float64 }{
		{20, 10},
		{21, 10 * math.Pow(4, 1.0/20)}, // a, which is still below 11
		{22, 11},
		{26, 10 * math.Pow(4, 6.0/20)},
		{35, 15 * math.Pow(2, 15.0/20)},
		{40, 30},
	} {
		i := slices.IndexFunc(envelope, func(p metrics.RatePoint) bool { return math.Abs(p.Quality-test.quality) < 1e-6 })
		if i < 0 || math.Abs(envelope[i].Rate-test.rate) > 1e-6 {
			t.Errorf("at %g dB: point %d of the envelope, want rate %g", test.quality, i, test.rate)
		}
	}
	if Envelope() != nil || Envelope(Curve{}) != nil {
		t.Error("an envelope of nothing")
	}
}

// TestLossless checks that a lossless point serves every quality.
func TestLossless(t *testing.T) {
	c := curveOf("c", Classical, [2]float64{10, 20}, [2]float64{40, 40}, [2]float64{20, math.Inf(1)})
	if n := len(c.Frontier()); n != 2 {
		t.Errorf("%d points, want 2: the lossless one beats that at 40 dB", n)
	}
	for _, test := range []struct{ quality, rate float64 }{{20, 10}, {25, 20}, {50, 20}} {
		if rate, ok := c.BytesAt(test.quality); !ok || rate != test.rate {
			t.Errorf("%g bytes at %g dB, %v, want %g", rate, test.quality, ok, test.rate)
		}
	}
	dear := curveOf("dear", Classical, [2]float64{15, 20}, [2]float64{60, 40})
	envelope := Envelope(c, dear)
	if last := envelope[len(envelope)-1]; last.Rate != 20 || last.Quality != dear.Points[1].PSNR() {
		t.Errorf("the envelope ends at %+v, want 20 bytes at 40 dB", last)
	}
	if Envelope(Curve{Points: c.Points[2:]}) != nil {
		t.Error("an envelope of a lossless point alone")
	}
}

func TestCompare(t *testing.T) {
	a := curveOf("a", Classical, [2]float64{10, 20}, [2]float64{20, 30}, [2]float64{40, 40})
	half := curveOf("half", Ours, [2]float64{5, 20}, [2]float64{10, 30}, [2]float64{20, 40})
	c, err := Compare(Envelope(a), half.best(), 25, 38)
	if err != nil || math.Abs(c.BDRate+50) > 0.01 || c.Low != 25 || c.High != 38 || c.Partial() {
		t.Errorf("%+v, %v, want -50 %% over 25 to 38", c, err)
	}
	if got := c.String(); got != "-50.0 % over 25-38 dB" {
		t.Errorf("String gives %q", got)
	}
	c, err = Compare(Envelope(a), a.best(), 25, 38)
	if err != nil || math.Abs(c.BDRate) > 1e-3 {
		t.Errorf("a curve against itself: %+v, %v", c, err)
	}
}

func TestComparePartial(t *testing.T) {
	a := curveOf("a", Classical, [2]float64{10, 20}, [2]float64{40, 40})
	short := curveOf("short", Ours, [2]float64{20, 27}, [2]float64{30, 36})
	c, err := Compare(Envelope(a), short.best(), 25, 38)
	if err != nil || math.Abs(c.Low-27) > 1e-9 || math.Abs(c.High-36) > 1e-9 || !c.Partial() {
		t.Errorf("%+v, %v, want 27 to 36", c, err)
	}
	// Both are straight on a logarithmic scale, so that the mean is that of
	// the differences at both ends.
	ends := (math.Log(20/(10*math.Pow(4, 7.0/20))) + math.Log(30/(10*math.Pow(4, 16.0/20)))) / 2
	if want := 100 * math.Expm1(ends); math.Abs(c.BDRate-want) > 0.01 {
		t.Errorf("BD-rate %g, want %g", c.BDRate, want)
	}
	if !strings.HasSuffix(c.String(), "over 27.0-36.0 of 25-38 dB") {
		t.Errorf("String gives %q", c)
	}
	high := curveOf("high", Ours, [2]float64{50, 41}, [2]float64{60, 45})
	if _, err := Compare(Envelope(a), high.best(), 25, 38); !errors.Is(err, ErrNoComparison) {
		t.Errorf("no common range: %v", err)
	}
}

func TestBytesAt(t *testing.T) {
	c := curveOf("c", Ours, [2]float64{10, 20}, [2]float64{40, 40})
	if b, ok := c.BytesAt(30); !ok || math.Abs(b-20) > 1e-9 {
		t.Errorf("%g bytes at 30 dB, %v, want 20", b, ok)
	}
	for _, q := range []float64{19, 41} {
		if _, ok := c.BytesAt(q); ok {
			t.Errorf("%g dB lies outside the curve", q)
		}
	}
}
