package glyph

import (
	"fmt"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomediumitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/gomonobolditalic"
	"golang.org/x/image/font/gofont/gomonoitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// fonts returns the Go fonts, each in a weight and a slant of its own.
func fonts() [][]byte {
	return [][]byte{
		goregular.TTF, goitalic.TTF, gomedium.TTF, gomediumitalic.TTF, gobold.TTF, gobolditalic.TTF,
		gomono.TTF, gomonoitalic.TTF, gomonobold.TTF, gomonobolditalic.TTF,
	}
}

// outline is a character's shape as closed polygons around the origin, in font
// units (y downwards).
type outline [][]point

// loadOutlines returns the outlines of the characters of alphabet, (fonts,
// characters).
func loadOutlines(alphabet []rune) ([][]outline, error) {
	var all [][]outline
	for _, ttf := range fonts() {
		f, err := sfnt.Parse(ttf)
		if err != nil {
			return nil, fmt.Errorf("glyph: %w", err)
		}
		var chars []outline
		for _, c := range alphabet {
			o, err := loadOutline(f, c)
			if err != nil {
				return nil, err
			}
			chars = append(chars, o)
		}
		all = append(all, chars)
	}
	return all, nil
}

func loadOutline(f *sfnt.Font, c rune) (outline, error) {
	var buf sfnt.Buffer
	index, err := f.GlyphIndex(&buf, c)
	if err != nil {
		return nil, fmt.Errorf("glyph: %q: %w", c, err)
	}
	// At this size a pixel is a font unit.
	segments, err := f.LoadGlyph(&buf, index, fixed.I(int(f.UnitsPerEm())), nil)
	if err != nil {
		return nil, fmt.Errorf("glyph: %q: %w", c, err)
	}
	if index == 0 || len(segments) == 0 {
		return nil, fmt.Errorf("glyph: the Go fonts have no picture of %q", c)
	}
	return flatten(segments).centred(), nil
}

// flatten turns curves into polygons. TrueType has quadratic curves only.
func flatten(segments sfnt.Segments) outline {
	var o outline
	var at point
	for _, s := range segments {
		a := unitPoint(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			o = append(o, []point{a})
			at = a
		case sfnt.SegmentOpLineTo:
			o[len(o)-1] = append(o[len(o)-1], a)
			at = a
		case sfnt.SegmentOpQuadTo:
			b := unitPoint(s.Args[1])
			o[len(o)-1] = appendCurve(o[len(o)-1], at, a, b)
			at = b
		}
	}
	return o
}

// appendCurve appends points of the quadratic Bézier curve from p to r with
// the control point q, without p.
func appendCurve(dst []point, p, q, r point) []point {
	const n = 6
	for t := int64(1); t <= n; t++ {
		u := n - t
		dst = append(dst, point{
			(u*u*p.x + 2*u*t*q.x + t*t*r.x) / (n * n),
			(u*u*p.y + 2*u*t*q.y + t*t*r.y) / (n * n),
		})
	}
	return dst
}

func unitPoint(p fixed.Point26_6) point {
	return point{int64(p.X.Round()), int64(p.Y.Round())}
}

// bounds returns the corners of the smallest box around o.
func (o outline) bounds() (lo, hi point) {
	lo, hi = o[0][0], o[0][0]
	for _, p := range o {
		for _, v := range p {
			lo = point{min(lo.x, v.x), min(lo.y, v.y)}
			hi = point{max(hi.x, v.x), max(hi.y, v.y)}
		}
	}
	return lo, hi
}

// centred moves the middle of o's box to the origin.
func (o outline) centred() outline {
	lo, hi := o.bounds()
	cx, cy := (lo.x+hi.x)/2, (lo.y+hi.y)/2
	for _, p := range o {
		for i := range p {
			p[i] = point{p[i].x - cx, p[i].y - cy}
		}
	}
	return o
}
