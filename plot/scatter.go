package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Scatter shows two-dimensional codes, coloured by class, with a colour bar.
//
// The axes leave out the outermost half per cent at each end of both
// coordinates if the rest would otherwise be crowded together; a note says how
// many points lie outside. Points are drawn in a fixed shuffled order, so that
// no class hides the others for being last.
type Scatter struct {
	Title          string
	XLabel, YLabel string // "" means "code 1" and "code 2"
	Points         [][2]float64
	Labels         []int    // of each point, 0 to 255; nil for no classes and no colour bar
	ClassNames     []string // of labels 0, 1, 2 and so on; may be nil or short
}

// The measures of Scatter in points.
const (
	scatterSide   = 340.0
	barWidth      = 13.0
	barGap        = 14.0
	barLabelRoom  = 110.0
	maxClass      = 255
	wideTailRatio = 1.6 // a range this much wider than the bulk's is cut
)

func (f Scatter) layout() (*sheet, error) {
	finite, err := f.finite()
	if err != nil {
		return nil, err
	}
	x, y := robustAxis(orDefault(f.XLabel, "code 1"), f.Points, finite, 0), robustAxis(orDefault(f.YLabel, "code 2"), f.Points, finite, 1)
	a := axes{x: x, y: y}
	bar := f.bar()
	leftEdge := snap(pageMargin + y.leftMargin())
	width := math.Ceil(leftEdge + scatterSide + max(bar.width(), x.labelWidth()/2) + pageMargin)
	title := wrapTitle(f.Title, width-2*pageMargin)
	top := pageMargin
	if len(title) > 0 {
		top += titleStyle.height(len(title)) + titleGap
	}
	a.area = box{leftEdge, snap(top), scatterSide, scatterSide}
	inside := slices.DeleteFunc(slices.Clone(finite), func(i int) bool { return !a.contains(f.Points[i]) })
	note := f.note(len(finite), len(inside))
	noteTop := a.area.y + scatterSide + x.bottomMargin() + 6
	height := noteTop + pageMargin + noteStyle.height(len(note))
	return &sheet{width, math.Ceil(height), func(p *page) {
		p.lines(titleStyle, width/2, pageMargin, centre, title)
		a.drawGrid(p)
		p.picture(a.area.x, a.area.y, f.cloud(a, inside, len(bar.classes)), 1)
		a.draw(p)
		bar.draw(p, box{a.area.x + scatterSide + barGap, a.area.y, barWidth, scatterSide})
		p.lines(noteStyle, a.area.x, noteTop, left, note)
	}}, nil
}

// finite checks the data and returns the indices of the points to draw.
func (f Scatter) finite() (indices []int, err error) {
	if f.Labels != nil && len(f.Labels) != len(f.Points) {
		return nil, fmt.Errorf("plot: %d labels for %d points", len(f.Labels), len(f.Points))
	}
	if len(f.ClassNames) > maxClass+1 {
		return nil, fmt.Errorf("plot: %d class names, more than %d", len(f.ClassNames), maxClass+1)
	}
	for i, l := range f.Labels {
		if l < 0 || l > maxClass {
			return nil, fmt.Errorf("plot: label %d of point %d is outside 0 to %d", l, i, maxClass)
		}
	}
	for i, q := range f.Points {
		if drawable(q[0]) && drawable(q[1]) {
			indices = append(indices, i)
		}
	}
	if len(indices) == 0 {
		return nil, fmt.Errorf("%w: none of %d points is finite", ErrNoData, len(f.Points))
	}
	return indices, nil
}

// robustAxis covers a coordinate of the points, without the tails if they are
// long.
func robustAxis(label string, points [][2]float64, indices []int, coordinate int) axis {
	values := make([]float64, len(indices))
	for i, k := range indices {
		values[i] = points[k][coordinate]
	}
	slices.Sort(values)
	last := len(values) - 1
	cut := len(values) / 200
	low, high := values[cut], values[last-cut]
	margin := 0.1 * (high - low)
	if values[last]-values[0] <= wideTailRatio*(high-low) || low == high && cut == 0 {
		low, high, margin = values[0], values[last], 0
	}
	low, high = max(values[0], low-margin), min(values[last], high+margin)
	return scale{label: label}.axis(low, high, 7)
}

// contains says whether a point lies within the axes.
func (a axes) contains(q [2]float64) bool {
	return q[0] >= a.x.low && q[0] <= a.x.high && q[1] >= a.y.low && q[1] <= a.y.high
}

// note says what is not drawn.
func (f Scatter) note(finite, inside int) (lines []string) {
	if n := finite - inside; n > 0 {
		verb := " lie"
		if n == 1 {
			verb = " lies"
		}
		lines = append(lines, count(n, "point")+" of "+strings.TrimSuffix(count(len(f.Points), "point"), " points")+verb+" outside the axes.")
	}
	if n := len(f.Points) - finite; n > 0 {
		lines = append(lines, count(n, "point")+" not drawn: not finite.")
	}
	return lines
}

// colourBar names the classes and their colours.
type colourBar struct {
	classes []string // from the bottom
}

func (f Scatter) bar() colourBar {
	if f.Labels == nil {
		return colourBar{}
	}
	names := make([]string, max(len(f.ClassNames), slices.Max(f.Labels)+1))
	for i := range names {
		names[i] = strconv.Itoa(i)
		if i < len(f.ClassNames) {
			names[i] = captionStyle.ellipsis(orDefault(clean(f.ClassNames[i]), names[i]), barLabelRoom)
		}
	}
	return colourBar{names}
}

// width is what the bar takes beside the axes.
func (b colourBar) width() float64 {
	if len(b.classes) == 0 {
		return 0
	}
	var widest float64
	for _, name := range b.classes {
		widest = max(widest, captionStyle.width(name))
	}
	return barGap + barWidth + tickLength + tickGap + widest
}

// draw draws the bar with a name at the middle of each class, or of as many as
// there is room for.
func (b colourBar) draw(p *page, at box) {
	n := len(b.classes)
	if n == 0 {
		return
	}
	cell := at.h / float64(n)
	every := int(math.Ceil(captionStyle.size * 1.1 / cell))
	for i, name := range b.classes {
		y := at.y + at.h - float64(i+1)*cell
		p.fill(classColour(i, n), box{at.x, y, at.w, cell}.corners()...)
		if i > 0 {
			p.stroke(line{colour: color.White, width: min(1, cell/4)}, point{at.x, y + cell}, point{at.x + at.w, y + cell})
		}
		if i%every == 0 {
			end := at.x + at.w
			p.stroke(axisLine, point{end, y + cell/2}, point{end + tickLength, y + cell/2})
			p.text(captionStyle, end+tickLength+tickGap, y+cell/2-captionStyle.size*capHeight/2, left, name)
		}
	}
	p.frame(axisLine, at)
}
