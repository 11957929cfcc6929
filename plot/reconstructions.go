package plot

import (
	"fmt"
	"math"
)

// Reconstructions shows originals and, below each, what a model made of it.
// Pixels are enlarged to squares, never smoothed.
type Reconstructions struct {
	Title   string
	Pairs   []Pair
	Columns int // pairs side by side; 0 means as many as the page is wide
}

// Pair is an image before and after.
type Pair struct {
	Original       Image
	Reconstruction Image  // of the original's width and height
	Label          string // above the original, as in "9: ankle boot"; may be empty
	Detail         string // below the reconstruction, as in "MSE 0.0123"; may be empty
}

// The measures of Reconstructions in points, and how many dots wide an image
// becomes about.
const (
	pairTarget    = 168
	pairGap       = 9.0
	pairInnerGap  = 4.0
	pairRowGap    = 12.0
	captionGap    = 3.0
	captionLines  = 2
	leastPairRoom = 48.0 // for captions, however narrow the images
	leastWidth    = 200.0
)

func (f Reconstructions) layout() (*sheet, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	g := f.grid()
	title := wrapTitle(f.Title, g.width-2*pageMargin)
	top := pageMargin
	if len(title) > 0 {
		top += titleStyle.height(len(title)) + titleGap
	}
	height := top - pairRowGap + pageMargin
	for _, r := range g.rows {
		height += r.height() + pairRowGap
	}
	return &sheet{g.width, math.Ceil(height), func(p *page) {
		p.lines(titleStyle, g.width/2, pageMargin, centre, title)
		y := top
		for _, r := range g.rows {
			r.draw(p, g, y)
			y += r.height() + pairRowGap
		}
	}}, nil
}

func (f Reconstructions) check() error {
	if len(f.Pairs) == 0 {
		return fmt.Errorf("%w: no pairs of images", ErrNoData)
	}
	for i, p := range f.Pairs {
		if err := p.Original.check(fmt.Sprintf("original %d", i)); err != nil {
			return err
		}
		if err := p.Reconstruction.check(fmt.Sprintf("reconstruction %d", i)); err != nil {
			return err
		}
		if p.Original.Width != p.Reconstruction.Width || p.Original.Height != p.Reconstruction.Height {
			return fmt.Errorf("plot: original %d has %dx%d pixels, its reconstruction %dx%d",
				i, p.Original.Width, p.Original.Height, p.Reconstruction.Width, p.Reconstruction.Height)
		}
	}
	return nil
}

// pairGrid is where pairs go.
type pairGrid struct {
	width float64 // of the page
	start float64 // of the first column
	scale int     // dots a pixel
	pitch float64 // from a column to the next
	rows  []pairRow
}

// pairRow is the pairs side by side, with their captions broken into lines.
type pairRow struct {
	pairs           []Pair
	cellH           float64 // room for an image
	labels, details [][]string
}

func (f Reconstructions) grid() pairGrid {
	var w, h int
	for _, p := range f.Pairs {
		w, h = max(w, p.Original.Width), max(h, p.Original.Height)
	}
	g := pairGrid{scale: max(1, pairTarget/max(w, h))}
	g.pitch = max(points(w, g.scale), leastPairRoom) + pairGap
	g.start = pageMargin + captionStyle.size*lineGap + 4
	columns := f.Columns
	if columns < 1 {
		columns = max(1, int((pageWidth-pageMargin-g.start+pairGap)/g.pitch))
	}
	columns = min(columns, len(f.Pairs))
	content := g.start + float64(columns)*g.pitch - pairGap + pageMargin
	g.width = math.Ceil(max(content, leastWidth))
	g.start += (g.width - content) / 2
	for first := 0; first < len(f.Pairs); first += columns {
		g.rows = append(g.rows, g.row(f.Pairs[first:min(first+columns, len(f.Pairs))]))
	}
	return g
}

func (g pairGrid) row(pairs []Pair) pairRow {
	r := pairRow{pairs: pairs}
	room := g.pitch - pairGap/2
	for _, p := range pairs {
		r.cellH = max(r.cellH, points(p.Original.Height, g.scale))
		r.labels = append(r.labels, captionStyle.wrap(p.Label, room, captionLines))
		r.details = append(r.details, captionStyle.wrap(p.Detail, room, captionLines))
	}
	return r
}

// captionHeight is the room that the longest caption takes.
func captionHeight(captions [][]string) (h float64) {
	for _, lines := range captions {
		if len(lines) > 0 {
			h = max(h, captionStyle.height(len(lines))+captionGap)
		}
	}
	return h
}

func (r pairRow) height() float64 {
	return captionHeight(r.labels) + 2*r.cellH + pairInnerGap + captionHeight(r.details)
}

// draw draws a row whose top is at y.
func (r pairRow) draw(p *page, g pairGrid, y float64) {
	above := captionHeight(r.labels)
	first := y + above
	second := first + r.cellH + pairInnerGap
	side := g.start - 4 - captionStyle.size/2
	p.upwards(captionStyle, side, first+r.cellH/2, rowName("original", "orig.", r.cellH+pairInnerGap))
	p.upwards(captionStyle, side, second+r.cellH/2, rowName("reconstruction", "decoded", r.cellH+pairInnerGap))
	for i, pair := range r.pairs {
		middle := g.start + float64(i)*g.pitch + (g.pitch-pairGap)/2
		// Short labels stand right above their image, long ones reach higher.
		label := r.labels[i]
		p.lines(captionStyle, middle, first-captionGap-captionStyle.height(len(label)), centre, label)
		p.framed(middle, first+r.cellH/2, pair.Original, g.scale)
		p.framed(middle, second+r.cellH/2, pair.Reconstruction, g.scale)
		p.lines(captionStyle, middle, second+r.cellH+captionGap+1, centre, r.details[i])
	}
}

// rowName returns the long name, or the short one where the long does not fit.
func rowName(long, short string, room float64) string {
	if captionStyle.width(long) <= room {
		return long
	}
	return captionStyle.ellipsis(short, room)
}

// framed draws an image with a hairline around, its middle at about (x, y).
func (p *page) framed(x, y float64, m Image, scale int) {
	w, h := points(m.Width, scale), points(m.Height, scale)
	b := box{snap(x - w/2), snap(y - h/2), w, h}
	// The line lies outside the image: none of its pixels is covered.
	edge := hairline.width/2 + 0.1
	p.frame(hairline, box{b.x - edge, b.y - edge, b.w + 2*edge, b.h + 2*edge})
	p.picture(b.x, b.y, m.std(), scale)
}

// points is the length in points of a row of pixels of scale dots each.
func points(pixels, scale int) float64 { return float64(pixels*scale) / dotsPerPoint }

// snap rounds a length to whole dots.
func snap(v float64) float64 { return math.Round(v*dotsPerPoint) / dotsPerPoint }
