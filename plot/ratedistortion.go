package plot

import (
	"cmp"
	"fmt"
	"slices"
)

// RateDistortion compares codecs: quality over rate.
type RateDistortion struct {
	Title  string
	XLabel string // "" means "bits per pixel"
	YLabel string // "" means "PSNR (dB)"
	LogX   bool
	Curves []RateCurve
}

// RateCurve is the points of one codec, in any order; they are joined in order
// of rate. A point that is not finite (a lossless one, say) is left out, and a
// note says how many were. Up to fourteen curves can be told apart well.
type RateCurve struct {
	Name    string
	Rate    []float64 // bits per pixel, or bytes an image: see XLabel
	Quality []float64 // dB, or another measure: see YLabel
}

func (f RateDistortion) layout() (*sheet, error) {
	c := &chart{
		title: f.Title,
		x:     scale{label: orDefault(f.XLabel, "bits per pixel"), log: f.LogX},
		y:     scale{label: orDefault(f.YLabel, "PSNR (dB)")},
	}
	dropped := 0
	for i, r := range f.Curves {
		if len(r.Rate) != len(r.Quality) {
			return nil, fmt.Errorf("plot: curve %d %q has %d rates and %d qualities", i, r.Name, len(r.Rate), len(r.Quality))
		}
		points, n := c.sorted(r)
		dropped += n
		style := nthStyle(i)
		c.curves = append(c.curves, curve{points, style, markEvery(len(r.Rate), true)})
		c.keys = append(c.keys, key{orDefault(r.Name, fmt.Sprintf("curve %d", i+1)), style, true})
	}
	c.setNote(dropped)
	return c.layout()
}

// sorted returns the points that can be drawn, by rate, as one part.
func (c *chart) sorted(r RateCurve) (parts [][]point, dropped int) {
	parts, dropped = c.split(r.Rate, r.Quality)
	points := slices.Concat(parts...)
	if len(points) == 0 {
		return nil, dropped
	}
	slices.SortFunc(points, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y))
	})
	return [][]point{points}, dropped
}
