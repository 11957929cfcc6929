package eval

import (
	"encoding/json"
	"io"
	"math"
	"slices"

	"github.com/hourglass-codec/hourglass/metrics"
	"github.com/hourglass-codec/hourglass/plot"
)

// Report is what a Run found.
type Report struct {
	Set      string `json:"set"`
	SHA256   string `json:"sha256"` // see Fingerprint
	Images   int    `json:"images"`
	Height   int    `json:"height"`
	Width    int    `json:"width"`
	Channels int    `json:"channels"`

	Curves      []Curve      `json:"curves"`
	Low         float64      `json:"low_db"` // range of the comparisons
	High        float64      `json:"high_db"`
	Comparisons []Comparison `json:"comparisons"`
}

// BestClassical is the anchor's name in comparisons with the envelope of all
// classical curves.
const BestClassical = "best classical"

// Envelope returns the envelope of the group's curves.
func (r *Report) Envelope(g Group) []metrics.RatePoint {
	var curves []Curve
	for _, c := range r.Curves {
		if c.Group == g {
			curves = append(curves, c)
		}
	}
	return Envelope(curves...)
}

// compare fills in Comparisons: every curve against the best classical one,
// and ours against every other.
func (r *Report) compare() {
	best := r.Envelope(Classical)
	for _, test := range r.Curves {
		r.addComparison(test, BestClassical, best)
		if test.Group != Ours {
			continue
		}
		for _, anchor := range r.Curves {
			if anchor.Name != test.Name {
				r.addComparison(test, anchor.Name, anchor.best())
			}
		}
	}
}

// addComparison leaves out curves that share no range.
func (r *Report) addComparison(test Curve, name string, anchor []metrics.RatePoint) {
	c, err := Compare(anchor, test.best(), r.Low, r.High)
	if err != nil {
		return
	}
	c.Test, c.Anchor = test.Name, name
	r.Comparisons = append(r.Comparisons, c)
}

// BytesAt returns the bytes an image with which the curve reaches the given
// PSNR, between its points as in an Envelope; false if it does not go so far
// up or down.
func (c Curve) BytesAt(psnr float64) (float64, bool) {
	lines := c.lines()
	rate := fewest(lines, psnr)
	below := !slices.ContainsFunc(lines, func(l []metrics.RatePoint) bool { return l[0].Quality <= psnr })
	if below || math.IsInf(rate, 1) {
		return 0, false
	}
	return rate, true
}

// WriteJSON writes all that the report holds.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteFigure draws PSNR over bytes an image.
func (r *Report) WriteFigure(w io.Writer, f plot.Format) error {
	return plot.Write(w, f, r.Figure())
}

// maxDrawn is the number of curves that a figure can tell apart.
const maxDrawn = 14

// Figure returns the frontiers of the curves as a figure: the part within the
// range of the comparisons and a little around it. Of more than fourteen
// curves it leaves out those that take the most bytes in the middle.
func (r *Report) Figure() plot.RateDistortion {
	const margin = 3 // dB
	figure := plot.RateDistortion{Title: r.title(), XLabel: "bytes an image", LogX: true}
	most := r.mostDrawn()
	for _, c := range r.Curves {
		line := plot.RateCurve{Name: c.Name}
		for _, p := range c.Frontier() {
			if q := p.PSNR(); q > r.Low-margin && q < r.High+margin {
				line.Rate = append(line.Rate, p.BytesPerImage())
				line.Quality = append(line.Quality, q)
			}
		}
		if len(line.Rate) > 0 && r.middle(c) <= most {
			figure.Curves = append(figure.Curves, line)
		}
	}
	return figure
}

// middle is the bytes an image of a curve in the middle of the range, +Inf if
// it is not there.
func (r *Report) middle(c Curve) float64 {
	if rate, ok := c.BytesAt((r.Low + r.High) / 2); ok {
		return rate
	}
	return math.Inf(1)
}

// mostDrawn is the bytes in the middle up to which a curve is drawn.
func (r *Report) mostDrawn() float64 {
	var rates []float64
	for _, c := range r.Curves {
		rates = append(rates, r.middle(c))
	}
	if len(rates) <= maxDrawn {
		return math.Inf(1)
	}
	slices.Sort(rates)
	return rates[maxDrawn-1]
}
