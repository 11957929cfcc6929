package plot

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// DPI is the resolution of PNG figures in dots per inch.
const DPI = 216

// dotsPerPoint is DPI in points. It is a whole number, so that layouts in
// points can put pictures on whole dots.
const dotsPerPoint = DPI / 72

// page is what figures are drawn on. Lengths are in points; x goes right and y
// goes down from the top left corner.
type page struct {
	canvas vg.Canvas
	height float64
	raster draw.Image // the dots of a PNG; nil for SVG
	texts  []svgText  // those drawn so far, for SVG
}

// svgText is what vgsvg cannot say about a text.
type svgText struct {
	align float64
	width float64 // in Liberation Sans
}

// point is a place on a page.
type point struct{ x, y float64 }

// box is an upright rectangle on a page.
type box struct{ x, y, w, h float64 }

// line is how a line looks.
type line struct {
	colour color.Color
	width  float64
	dashes []float64 // on and off lengths; none for a solid line
}

func paintPNG(s *sheet) image.Image {
	c := vgimg.NewWith(vgimg.UseWH(vg.Length(s.width), vg.Length(s.height)), vgimg.UseDPI(DPI))
	s.paint(&page{canvas: c, height: s.height, raster: c.Image()})
	return c.Image()
}

func paintSVG(w io.Writer, s *sheet) error {
	c := vgsvg.New(vg.Length(s.width), vg.Length(s.height))
	p := &page{canvas: c, height: s.height}
	p.fill(color.White, point{0, 0}, point{s.width, 0}, point{s.width, s.height}, point{0, s.height})
	s.paint(p)
	var buf bytes.Buffer
	if _, err := c.WriteTo(&buf); err != nil {
		return err
	}
	_, err := w.Write(mendSVG(buf.Bytes(), p.texts))
	return err
}

// mendSVG adds what vgsvg leaves out: each text's alignment and width, so that
// it keeps its place in any typeface; fallback typefaces with Liberation Sans's
// widths; the right media type of pictures. None of what it looks for can be
// part of a user's text, where quotation marks and brackets are escaped.
func mendSVG(svg []byte, texts []svgText) []byte {
	svg = bytes.ReplaceAll(svg, []byte(`style="font-family:Liberation Sans;`),
		[]byte(`style="font-family:'Liberation Sans',Arimo,Arial,Helvetica,sans-serif;`))
	svg = bytes.ReplaceAll(svg, []byte(`xlink:href="data:image/jpg;`), []byte(`xlink:href="data:image/png;`))
	parts := bytes.Split(svg, []byte("<text "))
	out := parts[0]
	for i, t := range texts {
		anchor := map[float64]string{left: "start", centre: "middle", right: "end"}[t.align]
		out = fmt.Appendf(out, `<text text-anchor="%s" textLength="%.2f" lengthAdjust="spacingAndGlyphs" `, anchor, t.width)
		out = append(out, parts[i+1]...)
	}
	return out
}

func (p *page) at(q point) vg.Point {
	return vg.Point{X: vg.Length(q.x), Y: vg.Length(p.height - q.y)}
}

func (p *page) path(points []point) (path vg.Path) {
	path.Move(p.at(points[0]))
	for _, q := range points[1:] {
		path.Line(p.at(q))
	}
	return path
}

// stroke draws a line through two points or more.
func (p *page) stroke(l line, points ...point) {
	p.setLine(l)
	p.canvas.Stroke(p.path(points))
}

func (p *page) setLine(l line) {
	dashes := make([]vg.Length, len(l.dashes))
	for i, d := range l.dashes {
		dashes[i] = vg.Length(d)
	}
	p.canvas.SetColor(l.colour)
	p.canvas.SetLineWidth(vg.Length(l.width))
	p.canvas.SetLineDash(dashes, 0)
}

// fill paints a polygon.
func (p *page) fill(c color.Color, points ...point) {
	path := p.path(points)
	path.Close()
	p.canvas.SetColor(c)
	p.canvas.Fill(path)
}

// outline draws a polygon's edge.
func (p *page) outline(l line, points ...point) {
	path := p.path(points)
	path.Close()
	p.setLine(l)
	p.canvas.Stroke(path)
}

// frame draws the edge of a box.
func (p *page) frame(l line, b box) { p.outline(l, b.corners()...) }

func (b box) corners() []point {
	return []point{{b.x, b.y}, {b.x + b.w, b.y}, {b.x + b.w, b.y + b.h}, {b.x, b.y + b.h}}
}

// picture draws an image with its top left corner at (x, y), which it rounds
// to whole dots; each pixel becomes scale by scale dots, without smoothing.
func (p *page) picture(x, y float64, m image.Image, scale int) {
	big := enlarge(m, scale)
	size := big.Bounds().Size()
	left, top := int(math.Round(x*dotsPerPoint)), int(math.Round(y*dotsPerPoint))
	if p.raster != nil {
		to := image.Rectangle{Max: size}.Add(image.Pt(left, top))
		draw.Draw(p.raster, to, big, image.Point{}, draw.Over)
		return
	}
	low := p.at(point{float64(left) / dotsPerPoint, float64(top+size.Y) / dotsPerPoint})
	high := low.Add(vg.Point{X: vg.Length(size.X) / dotsPerPoint, Y: vg.Length(size.Y) / dotsPerPoint})
	p.canvas.DrawImage(vg.Rectangle{Min: low, Max: high}, big)
}
