package plot

import (
	"fmt"
	"image/color"
	"math"
	"strings"
)

// The measures of figures in points: a figure is as wide as a page's text.
const (
	pageWidth   = 468.0
	pageMargin  = 9.0
	titleGap    = 9.0
	chartHeight = 252.0
)

// curve is a line through points, with breaks.
type curve struct {
	parts [][]point // each without a break, in the axes' units
	style curveStyle
	every int // a marker at each so manieth point; 0 for none
}

// key is an entry of a legend.
type key struct {
	label  string
	style  curveStyle
	marked bool
}

// chart is curves on axes with a legend below.
type chart struct {
	title  string
	x, y   scale
	curves []curve
	keys   []key
	note   string
}

// split cuts the line through (x[i], y[i]) where a value cannot be drawn and
// counts those.
func (c *chart) split(x, y []float64) (parts [][]point, dropped int) {
	var part []point
	for i := range x {
		if c.x.drawable(x[i]) && c.y.drawable(y[i]) {
			part = append(part, point{x[i], y[i]})
			continue
		}
		dropped++
		if part != nil {
			parts, part = append(parts, part), nil
		}
	}
	if part != nil {
		parts = append(parts, part)
	}
	return parts, dropped
}

// setNote says how many values were dropped, if any.
func (c *chart) setNote(dropped int) {
	if dropped == 0 {
		return
	}
	reason := "not finite"
	if c.x.log || c.y.log {
		reason = "not finite or not above zero"
	}
	c.note = fmt.Sprintf("%s not drawn: %s.", count(dropped, "point"), reason)
}

// count writes a number of things in words, with thousands separated.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + thing
}

// span is the range of all points.
func (c *chart) span() (low, high point) {
	low, high = point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, k := range c.curves {
		for _, part := range k.parts {
			for _, q := range part {
				low = point{min(low.x, q.x), min(low.y, q.y)}
				high = point{max(high.x, q.x), max(high.y, q.y)}
			}
		}
	}
	return low, high
}

func (c *chart) layout() (*sheet, error) {
	low, high := c.span()
	if low.x > high.x {
		return nil, fmt.Errorf("%w: no curve has a value that can be drawn", ErrNoData)
	}
	a := axes{x: c.x.axis(low.x, high.x, 9), y: c.y.axis(low.y, high.y, 7)}
	title := wrapTitle(c.title, pageWidth-2*pageMargin)
	top := pageMargin
	if len(title) > 0 {
		top += titleStyle.height(len(title)) + titleGap
	}
	leftEdge := pageMargin + a.y.leftMargin()
	rightEdge := pageWidth - pageMargin - a.x.labelWidth()/2
	a.area = box{leftEdge, top, rightEdge - leftEdge, chartHeight}
	legendTop := top + chartHeight + a.x.bottomMargin() + 8
	rows := legendRows(c.keys, pageWidth-2*pageMargin)
	noteTop := legendTop + float64(len(rows))*legendRow
	height := noteTop + pageMargin
	if c.note != "" {
		height += noteStyle.height(1)
	}
	return &sheet{pageWidth, math.Ceil(height), func(p *page) {
		p.lines(titleStyle, pageWidth/2, pageMargin, centre, title)
		a.drawGrid(p)
		a.draw(p)
		for _, k := range c.curves {
			k.draw(p, a)
		}
		drawLegend(p, rows, legendTop)
		p.text(noteStyle, a.area.x, noteTop, left, c.note)
	}}, nil
}

// draw draws the lines and then the markers.
func (c curve) draw(p *page, a axes) {
	n := 0
	for _, part := range c.parts {
		on := make([]point, len(part))
		for i, q := range part {
			on[i] = a.at(q)
		}
		if len(on) > 1 {
			p.stroke(c.style.line, on...)
		}
		for _, q := range on {
			// A lone point has no line, only its marker.
			if len(on) == 1 || c.every > 0 && n%c.every == 0 {
				p.mark(c.style, q)
			}
			n++
		}
	}
}

// The measures of a legend in points.
const (
	legendRow    = 15.0
	legendSample = 26.0
	legendGap    = 5.0
	legendSpace  = 16.0 // between entries
)

// legendRows breaks the entries into centred rows, shortening labels that are
// wider than a row.
func legendRows(keys []key, width float64) (rows [][]key) {
	used := math.Inf(1)
	for _, k := range keys {
		k.label = captionStyle.ellipsis(clean(k.label), width-legendSample-legendGap)
		if used+legendSpace+k.width() > width {
			rows = append(rows, nil)
			used = -legendSpace
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], k)
		used += legendSpace + k.width()
	}
	return rows
}

func (k key) width() float64 { return legendSample + legendGap + captionStyle.width(k.label) }

func drawLegend(p *page, rows [][]key, top float64) {
	for i, row := range rows {
		total := -legendSpace
		for _, k := range row {
			total += legendSpace + k.width()
		}
		x, y := (pageWidth-total)/2, top+float64(i)*legendRow
		for _, k := range row {
			middle := y + captionStyle.size*capHeight/2
			p.stroke(k.style.line, point{x, middle}, point{x + legendSample, middle})
			if k.marked {
				p.mark(k.style, point{x + legendSample/2, middle})
			}
			p.text(captionStyle, x+legendSample+legendGap, y, left, k.label)
			x += legendSpace + k.width()
		}
	}
}

// orDefault returns text, or other if text is blank.
func orDefault(text, other string) string {
	if strings.TrimSpace(text) == "" {
		return other
	}
	return text
}

// ink is a style without a colour of its own, for what holds of all curves.
func ink(dashes []float64) curveStyle {
	return curveStyle{line: line{color.Gray{0x40}, 1.4, dashes}}
}
