package plot

import (
	"image/color"
	"math"
)

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

// okabeIto are the colours of curves: Okabe and Ito's without yellow, which
// is too light for a line on white.
var okabeIto = [...]color.NRGBA{
	rgb(0x0072B2), rgb(0xD55E00), rgb(0x009E73), rgb(0xCC79A7), rgb(0xE69F00), rgb(0x56B4E9), rgb(0x000000),
}

// dashPatterns are the dashes of curves that must differ without colour.
var dashPatterns = [...][]float64{nil, {6, 2.5}, {1.5, 2}, {7, 2, 1.5, 2}, {3.5, 2}}

// petroff are the colours of up to ten classes.
var petroff = [...]color.NRGBA{
	rgb(0x3f90da), rgb(0xffa90e), rgb(0xbd1f01), rgb(0x94a4a2), rgb(0x832db6),
	rgb(0xa96b59), rgb(0xe76300), rgb(0xb9ac70), rgb(0x717581), rgb(0x92dadd),
}

// classColour returns the colour of class i of n.
func classColour(i, n int) color.NRGBA {
	if n <= len(petroff) {
		return petroff[i]
	}
	// Many classes: hues around the circle by the golden angle, at three levels
	// of brightness, so that neighbours differ in both.
	hue := math.Mod(float64(i)*137.508, 360)
	return hsv(hue, []float64{0.85, 0.6, 0.9}[i%3], []float64{0.85, 0.95, 0.55}[i%3])
}

// hsv converts a hue in degrees, a saturation and a value to RGB.
func hsv(hue, saturation, value float64) color.NRGBA {
	channel := func(n float64) uint8 {
		k := math.Mod(n+hue/60, 6)
		v := value - value*saturation*max(0, min(k, 4-k, 1))
		return uint8(math.Round(255 * v))
	}
	return color.NRGBA{channel(5), channel(3), channel(1), 0xff}
}

// curveStyle is how a curve looks.
type curveStyle struct {
	line   line
	marker []point // a polygon around the origin, about 1 in radius
	hollow bool
}

// nthStyle returns the style of curve i: colour, dashes and marker all change
// from one to the next, with periods that have no common factor.
func nthStyle(i int) curveStyle {
	return curveStyle{
		line:   line{okabeIto[i%len(okabeIto)], 1.4, dashPatterns[i%len(dashPatterns)]},
		marker: nthMarker(i),
		hollow: i/len(okabeIto)%2 == 1,
	}
}

// nthMarker returns the outline of a marker.
func nthMarker(i int) []point {
	switch i % 6 {
	case 0:
		return regularPolygon(24, 0, 0.95)
	case 1:
		return regularPolygon(4, math.Pi/4, 1.2)
	case 2:
		return regularPolygon(3, math.Pi/2, 1.3)
	case 3:
		return regularPolygon(4, 0, 1.3)
	case 4:
		return regularPolygon(3, -math.Pi/2, 1.3)
	default:
		return plusSign()
	}
}

// regularPolygon has n corners at the given radius, one of them at the angle
// start from the right, turning left.
func regularPolygon(n int, start, radius float64) []point {
	out := make([]point, n)
	for i := range out {
		sin, cos := math.Sincos(start + 2*math.Pi*float64(i)/float64(n))
		out[i] = point{radius * cos, -radius * sin}
	}
	return out
}

func plusSign() []point {
	const a, b = 0.4, 1.25
	return []point{{-a, -b}, {a, -b}, {a, -a}, {b, -a}, {b, a}, {a, a}, {a, b}, {-a, b}, {-a, a}, {-b, a}, {-b, -a}, {-a, -a}}
}

// markerRadius is the size of a marker in points.
const markerRadius = 2.7

// mark draws the style's marker at q.
func (p *page) mark(s curveStyle, q point) {
	corners := make([]point, len(s.marker))
	for i, c := range s.marker {
		corners[i] = point{q.x + markerRadius*c.x, q.y + markerRadius*c.y}
	}
	if s.hollow {
		p.fill(color.White, corners...)
		p.outline(line{colour: s.line.colour, width: 1}, corners...)
		return
	}
	p.fill(s.line.colour, corners...)
	p.outline(line{colour: color.White, width: 0.5}, corners...)
}
