package eval

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/hourglass-codec/hourglass/metrics"
)

// Curve is what a codec reached.
type Curve struct {
	Info
	Points  []Point `json:"points"`
	Missing string  `json:"missing,omitempty"` // why there are none
}

// Frontier returns the points that nothing else of the curve beats in both
// bytes and error, by size: no other point, and no line between two points of
// another variant. Quality rises strictly from one to the next.
func (c Curve) Frontier() []Point {
	lines := c.lines()
	return slices.DeleteFunc(undominated(c.Points), func(p Point) bool {
		return fewest(lines, p.PSNR()) < p.BytesPerImage()*(1-1e-9)
	})
}

// undominated returns the points that no other one beats, by size.
func undominated(points []Point) []Point {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.BytesPerImage(), b.BytesPerImage()), cmp.Compare(a.MSE, b.MSE))
	})
	var best []Point
	for _, p := range points {
		if len(best) == 0 || p.MSE < best[len(best)-1].MSE {
			best = append(best, p)
		}
	}
	return best
}

// lines returns the undominated points of each variant in bytes an image over
// dB. Variants are kept apart because the way from a point of one to a point
// of another is no setting. A lossless point, whose PSNR is infinite, is a line
// of its own.
func (c Curve) lines() (lines [][]metrics.RatePoint) {
	variants := map[string][]Point{}
	for _, p := range c.Points {
		variants[p.Setting.Variant] = append(variants[p.Setting.Variant], p)
	}
	for _, points := range variants {
		var line []metrics.RatePoint
		for _, p := range undominated(points) {
			q := metrics.RatePoint{Rate: p.BytesPerImage(), Quality: p.PSNR()}
			if p.MSE > 0 {
				line = append(line, q)
			} else {
				lines = append(lines, []metrics.RatePoint{q})
			}
		}
		if len(line) > 0 {
			lines = append(lines, line)
		}
	}
	return lines
}

// best returns the curve as one line: its points, or the envelope of its
// variants if there are several.
func (c Curve) best() []metrics.RatePoint {
	switch lines := c.lines(); len(lines) {
	case 0:
		return nil
	case 1:
		return lines[0]
	}
	return Envelope(c)
}

// envelopeStep is the distance in dB of the points of an envelope.
const envelopeStep = 0.05

// Envelope returns, at steps in quality, the fewest bytes an image with which
// any of the curves reaches that quality or a higher one, in ascending order
// of quality.
//
// Between the points of one variant the logarithm of the rate is taken to be
// linear in dB. Measured curves bend upwards from that chord, so it lies a
// little below what the codec would take: the error is in favour of the
// curves that form the envelope.
func Envelope(curves ...Curve) []metrics.RatePoint {
	var lines [][]metrics.RatePoint
	for _, c := range curves {
		lines = append(lines, c.lines()...)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, line := range lines {
		if last := line[len(line)-1].Quality; !math.IsInf(last, 1) {
			low, high = min(low, line[0].Quality), max(high, last)
		}
	}
	if low > high {
		return nil
	}
	var envelope []metrics.RatePoint
	for i := int(math.Ceil((high - low) / envelopeStep)); i >= 0; i-- {
		quality := min(low+float64(i)*envelopeStep, high)
		rate := fewest(lines, quality)
		if n := len(envelope); n > 0 {
			rate = min(rate, envelope[n-1].Rate) // what reaches more reaches this
		}
		envelope = append(envelope, metrics.RatePoint{Rate: rate, Quality: quality})
	}
	slices.Reverse(envelope)
	return envelope
}

// fewest returns the lowest rate of the lines at a quality.
func fewest(lines [][]metrics.RatePoint, quality float64) float64 {
	rate := math.Inf(1)
	for _, line := range lines {
		rate = min(rate, rateAt(line, quality))
	}
	return rate
}

// rateAt returns the rate with which the line reaches the quality: that of its
// first point if it starts above, +Inf if it ends below.
func rateAt(line []metrics.RatePoint, quality float64) float64 {
	i, _ := slices.BinarySearchFunc(line, quality, func(p metrics.RatePoint, q float64) int {
		return cmp.Compare(p.Quality, q)
	})
	switch i {
	case 0:
		return line[0].Rate
	case len(line):
		return math.Inf(1)
	}
	a, b := line[i-1], line[i]
	t := (quality - a.Quality) / (b.Quality - a.Quality)
	return math.Exp((1-t)*math.Log(a.Rate) + t*math.Log(b.Rate))
}

// Comparison is a BD-rate and the range that it is over.
type Comparison struct {
	Test   string     `json:"test"`
	Anchor string     `json:"anchor"`
	BDRate float64    `json:"bd_rate_percent"` // negative: test takes fewer bytes
	Low    float64    `json:"low_db"`          // of the range asked for that both curves reach
	High   float64    `json:"high_db"`
	Wanted [2]float64 `json:"wanted_db"` // the range asked for
}

// Partial reports whether the range is smaller than the one asked for, by
// more than a tenth of a dB at either end.
func (c Comparison) Partial() bool {
	return c.Low > c.Wanted[0]+0.1 || c.High < c.Wanted[1]-0.1
}

// String gives the rate with its range, as in "-31.2 % over 25-38 dB" or
// "-31.2 % over 25-36.4 of 25-38 dB".
func (c Comparison) String() string {
	whole := fmt.Sprintf("%g-%g dB", c.Wanted[0], c.Wanted[1])
	if !c.Partial() {
		return fmt.Sprintf("%+.1f %% over %s", c.BDRate, whole)
	}
	return fmt.Sprintf("%+.1f %% over %.1f-%.1f of %s", c.BDRate, c.Low, c.High, whole)
}

// ErrNoComparison says that two curves have no range of quality in common, or
// too few points.
var ErrNoComparison = errors.New("eval: curves cannot be compared")

// Compare returns the BD-rate of test against anchor over the part of low to
// high dB that both reach. Neither is extrapolated.
func Compare(anchor, test []metrics.RatePoint, low, high float64) (Comparison, error) {
	c := Comparison{Wanted: [2]float64{low, high}}
	rate, err := metrics.BDRateOver(anchor, test, low, high)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrNoComparison, err)
	}
	c.BDRate = rate
	c.Low = max(low, lowest(anchor), lowest(test))
	c.High = min(high, highest(anchor), highest(test))
	return c, nil
}

func lowest(points []metrics.RatePoint) float64 {
	return slices.MinFunc(points, byQuality).Quality
}

func highest(points []metrics.RatePoint) float64 {
	return slices.MaxFunc(points, byQuality).Quality
}

func byQuality(a, b metrics.RatePoint) int { return cmp.Compare(a.Quality, b.Quality) }
