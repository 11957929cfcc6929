package plot

import (
	"image/color"
	"math"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// typeface parses a font that is part of this program.
func typeface(ttf []byte, weight xfont.Weight) func() font.Face {
	return sync.OnceValue(func() font.Face {
		f, err := opentype.Parse(ttf)
		if err != nil {
			panic("plot: built-in font: " + err.Error())
		}
		return font.Face{Font: font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight}, Face: f}
	})
}

var (
	regular = typeface(liberationsansregular.TTF, xfont.WeightNormal)
	bold    = typeface(liberationsansbold.TTF, xfont.WeightBold)
)

// textStyle is how text looks.
type textStyle struct {
	face   func() font.Face
	size   float64 // in points
	colour color.Color
}

// The styles of all figures.
var (
	titleStyle   = textStyle{bold, 12, color.Black}
	labelStyle   = textStyle{regular, 10, color.Black}
	tickStyle    = textStyle{regular, 9, color.Gray{0x30}}
	captionStyle = textStyle{regular, 9, color.Black}
	noteStyle    = textStyle{regular, 8, color.Gray{0x58}}
)

// Fractions of a font's size: the height of digits and capitals, and the
// distance from one line to the next.
const (
	capHeight = 0.72
	lineGap   = 1.22
)

func (s textStyle) sized() font.Face {
	f := s.face()
	f.Font.Size = vg.Length(s.size)
	return f
}

// width is the length of a line of text in points.
func (s textStyle) width(text string) float64 {
	f := s.sized()
	return float64(f.Width(text))
}

// height is what lines of text take, from the top of the first line's capitals
// to below the last line's descenders.
func (s textStyle) height(lines int) float64 {
	if lines == 0 {
		return 0
	}
	return s.size * (capHeight + 0.22 + float64(lines-1)*lineGap)
}

// Alignments along a line of text.
const (
	left   = 0.0
	centre = 0.5
	right  = 1.0
)

// text draws one line with the aligned part of it at x; the capitals' tops are
// at y.
func (p *page) text(s textStyle, x, y, align float64, text string) {
	if text == "" {
		return
	}
	p.canvas.SetColor(s.colour)
	p.write(s, p.at(point{x, y + capHeight*s.size}), align, text)
}

// write puts text on the canvas with the aligned part of its baseline at q.
func (p *page) write(s textStyle, q vg.Point, align float64, text string) {
	width := s.width(text)
	if p.raster != nil {
		q.X -= vg.Length(align * width)
	}
	p.canvas.FillString(s.sized(), q, text)
	p.texts = append(p.texts, svgText{align, width})
}

// lines draws lines of text below each other, the first as text does.
func (p *page) lines(s textStyle, x, y, align float64, lines []string) {
	for i, text := range lines {
		p.text(s, x, y+float64(i)*s.size*lineGap, align, text)
	}
}

// upwards draws a line of text turned left by a quarter, its middle at (x, y).
func (p *page) upwards(s textStyle, x, y float64, text string) {
	if text == "" {
		return
	}
	p.canvas.SetColor(s.colour)
	p.canvas.Push()
	p.canvas.Translate(p.at(point{x + capHeight*s.size/2, y}))
	p.canvas.Rotate(math.Pi / 2)
	p.write(s, vg.Point{}, centre, text)
	p.canvas.Pop()
}

// clean makes text fit for one line of any file: control characters and line
// breaks become spaces, and what is not UTF-8 a replacement character.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufffe' || r == '\uffff' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.Join(strings.Fields(text), " ")
}

// ellipsis shortens text to the given width.
func (s textStyle) ellipsis(text string, width float64) string {
	if s.width(text) <= width {
		return text
	}
	n := s.prefix(text, width-s.width("…"))
	return strings.TrimRight(text[:n], " ") + "…"
}

// prefix returns how many bytes of text fit into the width, in whole letters.
func (s textStyle) prefix(text string, width float64) int {
	ends := []int{0} // of each letter
	for i, r := range text {
		ends = append(ends, i+utf8.RuneLen(r))
	}
	tooLong := sort.Search(len(ends), func(k int) bool { return s.width(text[:ends[k]]) > width })
	return ends[max(tooLong-1, 0)]
}

// wrap breaks clean text into lines of the given width, the last of which ends
// in an ellipsis if there are more than limit.
func (s textStyle) wrap(text string, width float64, limit int) (lines []string) {
	rest := clean(text)
	for rest != "" {
		if len(lines) == limit-1 {
			return append(lines, s.ellipsis(rest, width))
		}
		n := s.fit(rest, width)
		lines = append(lines, strings.TrimSpace(rest[:n]))
		rest = strings.TrimSpace(rest[n:])
	}
	return lines
}

// wrapTitle breaks a title into up to three lines of about the same length.
func wrapTitle(text string, width float64) []string {
	const limit = 3
	lines := titleStyle.wrap(text, width, limit)
	if len(lines) < 2 || len(lines) == limit {
		return lines
	}
	for w := width; ; w *= 0.97 {
		narrower := titleStyle.wrap(text, w, limit)
		if len(narrower) != len(lines) {
			return lines
		}
		lines = narrower
	}
}

// fit returns how many bytes of text go on one line: whole words if one fits,
// else as many letters as do, and at least one.
func (s textStyle) fit(text string, width float64) int {
	if s.width(text) <= width {
		return len(text)
	}
	n := s.prefix(text, width)
	if word := strings.LastIndexByte(text[:n+1], ' '); word > 0 {
		return word
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(text)
	}
	return n
}
