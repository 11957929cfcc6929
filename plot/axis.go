package plot

import (
	"math"
	"strconv"
	"strings"
)

// axis maps values to fractions of its length.
type axis struct {
	label     string
	low, high float64
	log       bool
	ticks     []tick
}

// tick is a mark on an axis; a minor one has no label.
type tick struct {
	value float64
	label string
}

// largest is the greatest magnitude that is drawn; what is beyond counts as
// not finite, so that no range overflows.
const largest = 1e100

func drawable(v float64) bool { return math.Abs(v) <= largest }

// drawable says whether v has a place on an axis of this scale.
func (s scale) drawable(v float64) bool { return drawable(v) && (!s.log || v >= 1/largest) }

// scale says how an axis is made from the range of its data.
type scale struct {
	label   string
	log     bool
	integer bool // ticks at whole numbers only
}

// axis makes an axis that shows low to high with a margin on both sides and
// at most about the given number of labels.
func (s scale) axis(low, high float64, labels int) axis {
	a := axis{label: clean(s.label), log: s.log}
	if s.log {
		low, high = math.Log10(low), math.Log10(high)
	}
	margin := s.margin(low, high)
	low, high = low-margin, high+margin
	if s.log {
		a.low, a.high = math.Pow(10, low), math.Pow(10, high)
		a.ticks = logTicks(a.low, a.high, labels)
	} else {
		a.low, a.high = low, high
		a.ticks = linearTicks(low, high, labels, s.integer)
	}
	return a
}

// margin is what an axis shows beyond its data, low to high, on either side
// (in decades if the scale is logarithmic).
func (s scale) margin(low, high float64) float64 {
	widest := max(math.Abs(low), math.Abs(high))
	if high-low > 1e-9*widest && high-low > 1/largest {
		return 0.04 * (high - low)
	}
	switch { // one value: it goes to the middle
	case s.log:
		return 0.5
	case widest < 1/largest:
		return 1
	}
	return 0.1 * widest
}

// at is where v lies: 0 at the low end, 1 at the high end.
func (a axis) at(v float64) float64 {
	if a.log {
		return math.Log(v/a.low) / math.Log(a.high/a.low)
	}
	return (v - a.low) / (a.high - a.low)
}

// linearTicks marks multiples of 1, 2 or 5 times a power of ten.
func linearTicks(low, high float64, labels int, integer bool) (ticks []tick) {
	step := niceStep((high - low) / float64(labels))
	if integer {
		step = max(step, 1)
	}
	for i := math.Ceil(low / step); i*step <= high; i++ {
		ticks = append(ticks, tick{value: i * step})
	}
	widest := max(math.Abs(low), math.Abs(high))
	for i, t := range ticks {
		ticks[i].label = number(t.value, step, widest)
	}
	return ticks
}

// niceStep is the least of 1, 2 and 5 times a power of ten that is not below
// step.
func niceStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= step*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// logTicks marks powers of ten, and fewer or more where those would be too
// many or too few.
func logTicks(low, high float64, labels int) (ticks []tick) {
	if high/low < 4 {
		return linearTicks(low, high, labels, false)
	}
	first, last := int(math.Floor(math.Log10(low))), int(math.Ceil(math.Log10(high)))
	every := int(math.Ceil(math.Log10(high/low) / float64(labels)))
	widest := 1.0
	if high >= 1e6 || low < 1e-4 {
		widest = largest // exponents for all labels
	}
	between := 3*math.Log10(high/low) < float64(labels)+1.5 // room for 2 and 5
	for e := first; e <= last; e++ {
		for m := 1; m < 10; m++ {
			t := tick{value: float64(m) * math.Pow(10, float64(e))}
			if t.value < low || t.value > high {
				continue
			}
			if m == 1 && e%every == 0 || between && (m == 2 || m == 5) {
				t.label = number(t.value, t.value/float64(m), widest)
			}
			if t.label != "" || every == 1 || m == 1 {
				ticks = append(ticks, t)
			}
		}
	}
	return ticks
}

// number writes a multiple of step, as decimals or, where numbers of size
// widest would take too many of them, with an exponent.
func number(v, step, widest float64) string {
	var s string
	digits := int(math.Floor(math.Log10(step) + 1e-9))
	switch {
	case v == 0 || math.Abs(v) < step/2:
		s = "0"
	case widest >= 1e6 || widest < 1e-3:
		precision := int(math.Floor(math.Log10(math.Abs(v))+1e-9)) - digits
		s = strconv.FormatFloat(v, 'e', max(precision, 0), 64)
		s = strings.NewReplacer("e-0", "e-", "e+0", "e", "e+", "e").Replace(s)
	default:
		s = strconv.FormatFloat(v, 'f', max(-digits, 0), 64)
	}
	return strings.ReplaceAll(s, "-", "−")
}

// The looks of axes, and the gaps between their parts in points.
var (
	axisLine = line{colour: rgb(0x303030), width: 0.8}
	gridLine = line{colour: rgb(0xe4e4e4), width: 0.6}
)

const (
	tickLength = 3.5
	tickGap    = 3.0
	labelGap   = 6.0
)

// axes are an x and a y axis around an area of a page.
type axes struct {
	area box
	x, y axis
}

// at is where a value lies on the page.
func (a axes) at(q point) point {
	return point{a.area.x + a.x.at(q.x)*a.area.w, a.area.y + (1-a.y.at(q.y))*a.area.h}
}

// leftMargin is the room that the y axis takes beside the area.
func (a axis) leftMargin() float64 {
	m := tickLength + tickGap + a.labelWidth()
	if a.label != "" {
		m += labelGap + labelStyle.height(1)
	}
	return m
}

// bottomMargin is the room that the x axis takes below the area.
func (a axis) bottomMargin() float64 {
	m := tickLength + tickGap + tickStyle.height(1)
	if a.label != "" {
		m += labelGap + labelStyle.height(1)
	}
	return m
}

// labelWidth is the width of the widest tick label.
func (a axis) labelWidth() (w float64) {
	for _, t := range a.ticks {
		w = max(w, tickStyle.width(t.label))
	}
	return w
}

// drawGrid draws a line across the area at each labelled tick.
func (a axes) drawGrid(p *page) {
	bottom, end := a.area.y+a.area.h, a.area.x+a.area.w
	for _, t := range a.x.ticks {
		if x := a.at(point{t.value, a.y.low}).x; t.label != "" {
			p.stroke(gridLine, point{x, a.area.y}, point{x, bottom})
		}
	}
	for _, t := range a.y.ticks {
		if y := a.at(point{a.x.low, t.value}).y; t.label != "" {
			p.stroke(gridLine, point{a.area.x, y}, point{end, y})
		}
	}
}

// draw draws the frame of the area, ticks and labels.
func (a axes) draw(p *page) {
	p.frame(axisLine, a.area)
	a.drawX(p)
	a.drawY(p)
}

func (a axes) drawX(p *page) {
	bottom := a.area.y + a.area.h
	for _, t := range a.x.ticks {
		x := a.at(point{t.value, a.y.low}).x
		p.stroke(axisLine, point{x, bottom}, point{x, bottom + t.length()})
		p.text(tickStyle, x, bottom+tickLength+tickGap, centre, t.label)
	}
	label := labelStyle.ellipsis(a.x.label, a.area.w)
	p.text(labelStyle, a.area.x+a.area.w/2, bottom+a.x.bottomMargin()-labelStyle.height(1), centre, label)
}

func (a axes) drawY(p *page) {
	for _, t := range a.y.ticks {
		y := a.at(point{a.x.low, t.value}).y
		p.stroke(axisLine, point{a.area.x - t.length(), y}, point{a.area.x, y})
		p.text(tickStyle, a.area.x-tickLength-tickGap, y-tickStyle.size*capHeight/2, right, t.label)
	}
	label := labelStyle.ellipsis(a.y.label, a.area.h)
	p.upwards(labelStyle, a.area.x-a.y.leftMargin()+labelStyle.size/2, a.area.y+a.area.h/2, label)
}

func (t tick) length() float64 {
	if t.label == "" {
		return tickLength / 2
	}
	return tickLength
}
