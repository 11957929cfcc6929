package plot

import (
	"fmt"
	"image"
	"math"
	"reflect"
	"strings"
	"testing"
)

func labels(ticks []tick) (out []string) {
	for _, t := range ticks {
		if t.label != "" {
			out = append(out, t.label)
		}
	}
	return out
}

func TestTicks(t *testing.T) {
	tests := []struct {
		s         scale
		low, high float64
		want      string
	}{
		{scale{}, 0, 1, "0 0.2 0.4 0.6 0.8 1.0"},
		{scale{}, -2, 3, "−2 −1 0 1 2 3"},
		{scale{}, 0.0455, 0.0571, "0.046 0.048 0.050 0.052 0.054 0.056"},
		{scale{}, 1.05e-5, 1.2e-5, "1.05e−5 1.10e−5 1.15e−5 1.20e−5"},
		{scale{}, 0, 5e7, "0 1e7 2e7 3e7 4e7 5e7"},
		{scale{integer: true}, 1, 3, "1 2 3"},
		{scale{integer: true}, 1, 20, "5 10 15 20"},
		{scale{log: true}, 0.001, 100, "0.001 0.01 0.1 1 10 100"},
		{scale{log: true}, 0.07, 0.5, "0.1 0.2 0.5"},
		{scale{log: true}, 0.05, 0.06, "0.050 0.052 0.054 0.056 0.058 0.060"},
		{scale{log: true}, 1e-9, 1e12, "1e−8 1e−4 1e0 1e4 1e8 1e12"},
	}
	for _, tt := range tests {
		a := tt.s.axis(tt.low, tt.high, 7)
		if got := strings.Join(labels(a.ticks), " "); got != tt.want {
			t.Errorf("%+v from %g to %g: %s, want %s", tt.s, tt.low, tt.high, got, tt.want)
		}
		if a.low > tt.low || a.high < tt.high {
			t.Errorf("%g to %g on an axis from %g to %g", tt.low, tt.high, a.low, a.high)
		}
		for _, k := range a.ticks {
			if at := a.at(k.value); at < 0 || at > 1 {
				t.Errorf("tick %q at %g of the axis", k.label, at)
			}
		}
	}
}

func TestAxisPlaces(t *testing.T) {
	linear, logarithmic := axis{low: 1, high: 100}, axis{low: 1, high: 100, log: true}
	if got := linear.at(50.5); math.Abs(got-0.5) > 1e-12 {
		t.Errorf("50.5 at %g of 1 to 100", got)
	}
	if got := logarithmic.at(10); math.Abs(got-0.5) > 1e-12 {
		t.Errorf("10 at %g of 1 to 100, logarithmic", got)
	}
	a := axes{box{10, 20, 100, 50}, axis{low: 0, high: 1}, axis{low: 0, high: 1}}
	if got := a.at(point{0.25, 1}); got != (point{35, 20}) {
		t.Errorf("(0.25, 1) at %v", got)
	}
}

func TestLossGaps(t *testing.T) {
	c := &chart{}
	x := []float64{1, 2, 3, 4, 5, 6}
	parts, dropped := c.split(x, []float64{nan, 5, 4, inf, nan, 1})
	if want := [][]point{{{2, 5}, {3, 4}}, {{6, 1}}}; !reflect.DeepEqual(parts, want) || dropped != 3 {
		t.Errorf("parts %v without %d values, want %v without 3", parts, dropped, want)
	}
	c.y.log = true
	if parts, dropped = c.split(x, []float64{1, 0, -1, 1, 1, 1}); len(parts) != 2 || dropped != 2 {
		t.Errorf("on a log axis: parts %v without %d values", parts, dropped)
	}
}

func TestLossLegends(t *testing.T) {
	one := drawSVG(t, LossCurves{Title: "T", YLabel: "mean squared error", Runs: []LossRun{{Train: []float64{3, 2, nan}, Validation: []float64{4, 3, 3}}}})
	for _, want := range []string{"T", "epoch", "mean squared error", "training", "validation", "1 point not drawn: not finite."} {
		if !one.has(want) {
			t.Errorf("one run: the SVG lacks %q; it has %q", want, one.texts)
		}
	}
	two := drawSVG(t, LossCurves{LogY: true, Runs: []LossRun{{Name: "a", Train: []float64{3, 0}}, {Train: []float64{2, 1}}}})
	for _, want := range []string{"a", "run 2", "training", "loss", "1 point not drawn: not finite or not above zero."} {
		if !two.has(want) {
			t.Errorf("two runs: the SVG lacks %q; it has %q", want, two.texts)
		}
	}
	if two.has("validation") {
		t.Error("two runs without validation have it in the legend")
	}
}

func TestRateDistortionSortsAndNames(t *testing.T) {
	c := &chart{}
	parts, dropped := c.sorted(RateCurve{Rate: []float64{3, nan, 1, 2}, Quality: []float64{30, 1, 10, 20}})
	if want := [][]point{{{1, 10}, {2, 20}, {3, 30}}}; !reflect.DeepEqual(parts, want) || dropped != 1 {
		t.Errorf("parts %v without %d", parts, dropped)
	}
	svg := drawSVG(t, RateDistortion{XLabel: "bytes an image", Curves: []RateCurve{{"ours", []float64{1, 2}, []float64{3, 4}}, {"", []float64{1}, []float64{2}}}})
	for _, want := range []string{"bytes an image", "PSNR (dB)", "ours", "curve 2"} {
		if !svg.has(want) {
			t.Errorf("the SVG lacks %q; it has %q", want, svg.texts)
		}
	}
}

func TestStylesDiffer(t *testing.T) {
	seen := map[string]int{}
	for i := range 14 {
		s := nthStyle(i)
		grey := fmt.Sprint(s.line.dashes, s.marker, s.hollow) // what is left in black and white
		if other, ok := seen[grey]; ok {
			t.Errorf("curves %d and %d look alike in black and white", other, i)
		}
		seen[grey] = i
	}
}

func TestSize(t *testing.T) {
	f := RateDistortion{Curves: []RateCurve{{"a", []float64{1, 2}, []float64{3, 4}}}}
	if got := drawPNG(t, f).Bounds().Dx(); got != pageWidth*dotsPerPoint {
		t.Errorf("a chart is %d dots wide, want %v", got, pageWidth*dotsPerPoint)
	}
	if got := drawSVG(t, f).width; got != "468pt" {
		t.Errorf("a chart is %s wide, want 468pt", got)
	}
}

// TestLegendIsOutside looks for a legend entry's colour below the axes only.
func TestLegendIsOutside(t *testing.T) {
	f := RateDistortion{}
	for i := range 8 {
		f.Curves = append(f.Curves, RateCurve{fmt.Sprintf("codec number %d", i), []float64{1, 2}, []float64{float64(i), 20}})
	}
	s, err := f.layout()
	if err != nil {
		t.Fatal(err)
	}
	if plain := chartHeight + 2*legendRow; s.height < plain {
		t.Errorf("a chart with eight entries is %g points high, want more than %g", s.height, plain)
	}
	rows := legendRows([]key{{label: strings.Repeat("w", 300)}, {label: "b"}, {label: "c"}}, 200)
	if len(rows) != 2 || len(rows[0]) != 1 || rows[0][0].width() > 200 || len(rows[1]) != 2 {
		t.Errorf("legend rows %v", rows)
	}
}

func TestWrap(t *testing.T) {
	s := captionStyle
	for _, text := range []string{"one two three four five six seven", "Donaudampfschifffahrtsgesellschaft", "", "é", "a b c d e f g h i j k l m n o p"} {
		for _, width := range []float64{1, 20, 50, 1000} {
			lines := s.wrap(text, width, 3)
			if len(lines) > 3 || (len(lines) == 0) != (text == "") {
				t.Errorf("%q in %g points: %q", text, width, lines)
			}
			for _, l := range lines {
				if width >= 20 && s.width(l) > width {
					t.Errorf("%q in %g points: %q is %g wide", text, width, l, s.width(l))
				}
			}
		}
	}
	if got := s.wrap("one two", 1000, 3); !reflect.DeepEqual(got, []string{"one two"}) {
		t.Errorf("a short text became %q", got)
	}
	if got := clean("a\x00b\r\nc\xff\u2028d"); got != "a b c\ufffd d" {
		t.Errorf("cleaned to %q", got)
	}
	balanced := wrapTitle("dense-2 on Fashion-MNIST: test images and their reconstructions", 320)
	if len(balanced) != 2 || titleStyle.width(balanced[1]) < 0.6*titleStyle.width(balanced[0]) {
		t.Errorf("title lines %q", balanced)
	}
}

func TestEnlarge(t *testing.T) {
	m := &image.Gray{Pix: []uint8{1, 2, 3, 4}, Stride: 2, Rect: image.Rect(0, 0, 2, 2)}
	got := enlarge(m, 2).(*image.Gray)
	if want := []uint8{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}; !reflect.DeepEqual(got.Pix, want) {
		t.Errorf("enlarged to %v, want %v", got.Pix, want)
	}
}
