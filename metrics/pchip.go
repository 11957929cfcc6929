package metrics

import (
	"math"
	"sort"
)

// pchip is the monotone piecewise cubic Hermite interpolant of Fritsch and
// Carlson (SIAM J. Numer. Anal. 17(2), 1980) with Fritsch and Butland's
// weighted harmonic slopes (SIAM J. Sci. Stat. Comput. 5(2), 1984), as the
// pchip of SciPy and MATLAB compute them.
type pchip struct {
	x, y, slope []float64 // knots, x ascending
}

// newPCHIP interpolates (x[i], y[i]); x ascends strictly and has two values
// or more.
func newPCHIP(x, y []float64) *pchip {
	n := len(x)
	h, secant := make([]float64, n-1), make([]float64, n-1)
	for i := range h {
		h[i] = x[i+1] - x[i]
		secant[i] = (y[i+1] - y[i]) / h[i]
	}
	slope := make([]float64, n)
	if n == 2 {
		slope[0], slope[1] = secant[0], secant[0]
		return &pchip{x, y, slope}
	}
	for i := 1; i < n-1; i++ {
		slope[i] = interiorSlope(h[i-1], h[i], secant[i-1], secant[i])
	}
	slope[0] = endSlope(h[0], h[1], secant[0], secant[1])
	slope[n-1] = endSlope(h[n-2], h[n-3], secant[n-2], secant[n-3])
	return &pchip{x, y, slope}
}

// interiorSlope is the weighted harmonic mean of the secants d0 and d1 on
// either side, over widths h0 and h1; 0 at a local extremum.
func interiorSlope(h0, h1, d0, d1 float64) float64 {
	if d0*d1 <= 0 {
		return 0
	}
	w0, w1 := 2*h1+h0, h1+2*h0
	return (w0 + w1) / (w0/d0 + w1/d1)
}

// endSlope is the three-point estimate at an end, limited so that the end
// piece keeps the shape of the data; h0 and d0 belong to the end's own piece.
func endSlope(h0, h1, d0, d1 float64) float64 {
	s := ((2*h0+h1)*d0 - h0*d1) / (h0 + h1)
	switch {
	case s*d0 <= 0:
		return 0
	case d0*d1 <= 0 && math.Abs(s) > 3*math.Abs(d0):
		return 3 * d0
	}
	return s
}

func (p *pchip) first() float64 { return p.x[0] }
func (p *pchip) last() float64  { return p.x[len(p.x)-1] }

// at evaluates the interpolant at v, which lies between the outer knots.
func (p *pchip) at(v float64) float64 {
	i := min(max(sort.SearchFloat64s(p.x, v)-1, 0), len(p.x)-2)
	h := p.x[i+1] - p.x[i]
	t := (v - p.x[i]) / h
	u := 1 - t
	return u*u*((1+2*t)*p.y[i]+t*h*p.slope[i]) + t*t*((1+2*u)*p.y[i+1]-u*h*p.slope[i+1])
}

// integral integrates from lo to hi, both between the outer knots. Two-point
// Gauss quadrature is exact for each cubic piece.
func (p *pchip) integral(lo, hi float64) (sum float64) {
	node := 1 / math.Sqrt(3)
	for i := range len(p.x) - 1 {
		a, b := max(lo, p.x[i]), min(hi, p.x[i+1])
		if a >= b {
			continue
		}
		middle, half := (a+b)/2, (b-a)/2
		sum += half * (p.at(middle-half*node) + p.at(middle+half*node))
	}
	return sum
}
