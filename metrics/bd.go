package metrics

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Errors that [BDRate] and [BDPSNR] wrap.
var (
	// ErrCurve says that a curve has too few points, or points that no curve
	// goes through.
	ErrCurve = errors.New("metrics: not a rate-distortion curve")
	// ErrNoOverlap says that two curves have no range in common.
	ErrNoOverlap = errors.New("metrics: curves do not overlap")
)

// RatePoint is one point of a rate-distortion curve.
type RatePoint struct {
	Rate    float64 // in any unit, the same for both curves; above 0
	Quality float64 // PSNR in dB, or another finite measure
}

// BDRate is the Bjøntegaard delta rate in percent: how many more bits test
// takes than anchor for the same quality, averaged (over log-rate) across the
// range of quality that both reach; -20 means a fifth fewer bits.
//
// Points may come in any order. Bjøntegaard asks for four or more; two are
// enough for an answer. The error wraps [ErrCurve] if a curve has fewer than
// two points, a rate that is not positive, a value that is not finite, or two
// points of equal quality; it wraps [ErrNoOverlap] if there is no common range.
func BDRate(anchor, test []RatePoint) (float64, error) {
	return BDRateOver(anchor, test, math.Inf(-1), math.Inf(1))
}

// BDRateOver is [BDRate] over the part of the common range that lies between
// the qualities low and high.
func BDRateOver(anchor, test []RatePoint, low, high float64) (float64, error) {
	difference, err := meanDifference(anchor, test, rateOverQuality, low, high)
	if err != nil {
		return 0, err
	}
	return 100 * math.Expm1(difference*math.Ln10), nil
}

// BDPSNR is the Bjøntegaard delta PSNR in dB (or whatever unit Quality has):
// how much better test is than anchor at the same rate, averaged over
// log-rate across the range of rates that both reach.
//
// Its errors are those of [BDRate], with equal rates in place of equal
// qualities.
func BDPSNR(anchor, test []RatePoint) (float64, error) {
	return meanDifference(anchor, test, qualityOverRate, math.Inf(-1), math.Inf(1))
}

func rateOverQuality(p RatePoint) (x, y float64) { return p.Quality, math.Log10(p.Rate) }
func qualityOverRate(p RatePoint) (x, y float64) { return math.Log10(p.Rate), p.Quality }

// meanDifference is the mean of test minus anchor, both as functions of what
// axes makes x, over their common part of [low, high].
func meanDifference(anchor, test []RatePoint, axes func(RatePoint) (x, y float64), low, high float64) (float64, error) {
	a, err := newCurve(anchor, axes)
	if err != nil {
		return 0, fmt.Errorf("anchor: %w", err)
	}
	t, err := newCurve(test, axes)
	if err != nil {
		return 0, fmt.Errorf("test: %w", err)
	}
	lo := max(a.first(), t.first(), low)
	hi := min(a.last(), t.last(), high)
	if !(lo < hi) {
		return 0, fmt.Errorf("%w: %g to %g and %g to %g within %g to %g",
			ErrNoOverlap, a.first(), a.last(), t.first(), t.last(), low, high)
	}
	return (t.integral(lo, hi) - a.integral(lo, hi)) / (hi - lo), nil
}

// newCurve interpolates the points as a function of x.
func newCurve(points []RatePoint, axes func(RatePoint) (x, y float64)) (*pchip, error) {
	if len(points) < 2 {
		return nil, fmt.Errorf("%w: %d points, two are needed", ErrCurve, len(points))
	}
	type xy struct{ x, y float64 }
	sorted := make([]xy, len(points))
	for i, p := range points {
		if !(p.Rate > 0) || math.IsInf(p.Rate, 0) || math.IsNaN(p.Quality) || math.IsInf(p.Quality, 0) {
			return nil, fmt.Errorf("%w: point %d has rate %g and quality %g", ErrCurve, i, p.Rate, p.Quality)
		}
		sorted[i].x, sorted[i].y = axes(p)
	}
	slices.SortFunc(sorted, func(p, q xy) int { return cmp.Compare(p.x, q.x) })
	x, y := make([]float64, len(sorted)), make([]float64, len(sorted))
	for i, p := range sorted {
		x[i], y[i] = p.x, p.y
		if i > 0 && x[i] == x[i-1] {
			return nil, fmt.Errorf("%w: two points at %g", ErrCurve, x[i])
		}
	}
	return newPCHIP(x, y), nil
}
