package plot

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// picture makes a test image whose pixels differ from those of other seeds.
func picture(w, h, channels, seed int) Image {
	m := Image{Pix: make([]uint8, w*h*channels), Width: w, Height: h, Channels: channels}
	for i := range m.Pix {
		m.Pix[i] = uint8(i*i*7 + i*seed*31 + seed*101)
	}
	return m
}

// drawPNG draws a figure as PNG.
func drawPNG(t *testing.T, f Figure) *image.NRGBA {
	t.Helper()
	var buf bytes.Buffer
	if err := Write(&buf, PNG, f); err != nil {
		t.Fatal(err)
	}
	return decodePNG(t, &buf)
}

func decodePNG(t *testing.T, r io.Reader) *image.NRGBA {
	t.Helper()
	m, err := png.Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(m.Bounds())
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out
}

// svgFigure is what tests look at in an SVG.
type svgFigure struct {
	text   string // of the file
	texts  []string
	images []*image.NRGBA
	width  string
}

var dataURL = regexp.MustCompile(`^data:image/png;base64,(.*)$`)

// drawSVG draws a figure as SVG and reads it with an XML parser.
func drawSVG(t *testing.T, f Figure) (s svgFigure) {
	t.Helper()
	var buf bytes.Buffer
	if err := Write(&buf, SVG, f); err != nil {
		t.Fatal(err)
	}
	s.text = buf.String()
	d := xml.NewDecoder(&buf)
	inText := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return s
		}
		if err != nil {
			t.Fatalf("SVG is not XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inText = e.Name.Local == "text"
			s.start(t, e)
		case xml.CharData:
			if inText {
				s.texts = append(s.texts, string(e))
			}
		case xml.EndElement:
			inText = false
		}
	}
}

func (s *svgFigure) start(t *testing.T, e xml.StartElement) {
	for _, a := range e.Attr {
		if e.Name.Local == "svg" && a.Name.Local == "width" {
			s.width = a.Value
		}
		if e.Name.Local != "image" || a.Name.Local != "href" {
			continue
		}
		data, err := base64.StdEncoding.DecodeString(dataURL.ReplaceAllString(a.Value, "$1"))
		if err != nil {
			t.Fatal(err)
		}
		s.images = append(s.images, decodePNG(t, bytes.NewReader(data)))
	}
}

func (s svgFigure) has(text string) bool {
	for _, other := range s.texts {
		if other == text {
			return true
		}
	}
	return false
}

// shows says whether canvas shows m with each pixel scale dots wide and its
// corner at (x, y).
func shows(canvas *image.NRGBA, m Image, x, y, scale int) bool {
	if !image.Rect(x, y, x+m.Width*scale, y+m.Height*scale).In(canvas.Bounds()) {
		return false
	}
	for dy := range m.Height * scale {
		for dx := range m.Width * scale {
			got := canvas.NRGBAAt(x+dx, y+dy)
			at := (dy/scale*m.Width + dx/scale) * m.Channels
			r, g, b := m.Pix[at], m.Pix[at+(m.Channels-1)/2], m.Pix[at+m.Channels-1]
			if got != (color.NRGBA{r, g, b, 0xff}) {
				return false
			}
		}
	}
	return true
}

// find returns every place where canvas shows m.
func find(canvas *image.NRGBA, m Image, scale int) (places []image.Point) {
	b := canvas.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if shows(canvas, m, x, y, scale) {
				places = append(places, image.Pt(x, y))
			}
		}
	}
	return places
}

// findOne is find for an image that is there once.
func findOne(t *testing.T, canvas *image.NRGBA, m Image, scale int) image.Point {
	t.Helper()
	places := find(canvas, m, scale)
	if len(places) != 1 {
		t.Fatalf("a %dx%dx%d image is shown at %v, want one place", m.Width, m.Height, m.Channels, places)
	}
	return places[0]
}

// borderIsWhite says whether nothing is cut off: no ink touches the edges.
func borderIsWhite(m *image.NRGBA) bool {
	b := m.Bounds()
	white := func(x, y int) bool {
		return m.NRGBAAt(x, y) == color.NRGBA{0xff, 0xff, 0xff, 0xff}
	}
	for x := b.Min.X; x < b.Max.X; x++ {
		if !white(x, b.Min.Y) || !white(x, b.Max.Y-1) {
			return false
		}
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		if !white(b.Min.X, y) || !white(b.Max.X-1, y) {
			return false
		}
	}
	return true
}

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

// oddFigures are figures with awkward but valid data.
func oddFigures() map[string]Figure {
	long := strings.Repeat("a long title of many words ", 30)
	one := picture(28, 28, 1, 1)
	var pairs []Pair
	for i := range 20 {
		pairs = append(pairs, Pair{picture(28, 28, 1, i), picture(28, 28, 3, i), "Donaudampfschifffahrtsgesellschaftskapitän", long})
	}
	equal := make([][2]float64, 300)
	for i := range equal {
		equal[i] = [2]float64{-2.5e9, 1e-12}
	}
	manyNames := make([]string, 256)
	for i := range manyNames {
		manyNames[i] = long
	}
	return map[string]Figure{
		"one pair":           Reconstructions{Title: long, Pairs: pairs[:1]},
		"twenty pairs":       Reconstructions{Pairs: pairs},
		"one pixel":          Reconstructions{Pairs: []Pair{{picture(1, 1, 1, 1), picture(1, 1, 1, 2), "x", "y"}}},
		"two photographs":    Reconstructions{Pairs: []Pair{{picture(768, 512, 3, 1), picture(768, 512, 3, 2), "", ""}, {picture(500, 700, 1, 1), picture(500, 700, 1, 2), "", ""}}},
		"columns":            Reconstructions{Columns: 20, Pairs: pairs},
		"one point":          Scatter{Title: long, Points: [][2]float64{{3, 4}}, XLabel: long, YLabel: long},
		"point at origin":    Scatter{Points: [][2]float64{{0, 0}}, Labels: []int{255}},
		"equal points":       Scatter{Points: equal, Labels: make([]int, 300), ClassNames: manyNames},
		"tiny points":        Scatter{Points: [][2]float64{{5e-324, -5e-324}, {1e-310, 0}}},
		"huge points":        Scatter{Points: [][2]float64{{-1e100, 1e100}, {1e100, 0}, {1e101, 0}, {nan, inf}}},
		"one cell":           Manifold{Title: long, X: []float64{0}, Y: []float64{-1e-9}, Images: []Image{one}},
		"tall manifold":      Manifold{X: []float64{1}, Y: []float64{3, 2, 1.999}, Images: []Image{one, one, one}},
		"one loss":           LossCurves{Title: long, Runs: []LossRun{{Train: []float64{0.5}}}},
		"loss of zero":       LossCurves{Runs: []LossRun{{Name: long, Train: []float64{0, 0}}, {Validation: []float64{nan, 0, inf}}}},
		"loss on log axis":   LossCurves{LogY: true, Runs: []LossRun{{Train: []float64{1e-99, 0, -1, 1e99, 5e-324}}}},
		"equal losses":       LossCurves{LogY: true, Runs: []LossRun{{Train: []float64{1e-6, 1e-6}}}},
		"nearly equal":       LossCurves{Runs: []LossRun{{Train: []float64{1, 1 + 1e-15}}}},
		"many runs":          LossCurves{Runs: make([]LossRun, 40, 41)[:40:40], YLabel: long},
		"lossless":           RateDistortion{Curves: []RateCurve{{"ours", []float64{1, 2}, []float64{30, inf}}}},
		"log rate":           RateDistortion{LogX: true, XLabel: long, Curves: []RateCurve{{long, []float64{2, 0, 1}, []float64{30, 10, 20}}}},
		"unsorted":           RateDistortion{Curves: []RateCurve{{"", []float64{2, 1, 1}, []float64{30, 20, 25}}}},
		"control characters": LossCurves{Title: "a\x00b\nc\xff<&\"'>", Runs: []LossRun{{Train: []float64{1, 2}}}},
	}
}

func TestOddFigures(t *testing.T) {
	figures := oddFigures()
	runs := figures["many runs"].(LossCurves).Runs
	for i := range runs {
		runs[i].Train = []float64{float64(i), 1}
	}
	for name, f := range figures {
		t.Run(name, func(t *testing.T) {
			m := drawPNG(t, f)
			if !borderIsWhite(m) {
				t.Error("something touches the edge")
			}
			svg := drawSVG(t, f)
			if strings.Contains(svg.text, "NaN") || strings.Contains(svg.text, "Inf") {
				t.Error("a place in the SVG is not finite")
			}
			if strings.Count(svg.text, "text-anchor=") != strings.Count(svg.text, "<text ") {
				t.Error("some texts have no alignment")
			}
		})
	}
}

func TestErrors(t *testing.T) {
	good := picture(28, 28, 1, 1)
	short := good
	short.Pix = short.Pix[1:]
	rgba := picture(4, 4, 4, 1)
	tests := []struct {
		name string
		f    Figure
		want string
	}{
		{"no pairs", Reconstructions{}, "nothing to draw"},
		{"sizes", Reconstructions{Pairs: []Pair{{Original: good, Reconstruction: picture(28, 27, 1, 1)}}}, "28x28 pixels, its reconstruction 28x27"},
		{"samples", Reconstructions{Pairs: []Pair{{Original: short, Reconstruction: good}}}, "783 samples, not 784"},
		{"channels", Reconstructions{Pairs: []Pair{{Original: rgba, Reconstruction: rgba}}}, "4 channels"},
		{"empty image", Reconstructions{Pairs: []Pair{{Original: Image{Channels: 1}}}}, "0x0 pixels"},
		{"giant", Reconstructions{Columns: 1, Pairs: slicesOf(200, Pair{Original: picture(800, 800, 1, 1), Reconstruction: picture(800, 800, 1, 1)})}, "million pixels"},
		{"no points", Scatter{}, "nothing to draw"},
		{"no finite point", Scatter{Points: [][2]float64{{nan, 1}, {1, inf}}, Labels: []int{1, 2}}, "none of 2 points"},
		{"labels", Scatter{Points: make([][2]float64, 3), Labels: []int{1}}, "1 labels for 3 points"},
		{"label", Scatter{Points: make([][2]float64, 2), Labels: []int{1, 256}}, "label 256 of point 1"},
		{"negative label", Scatter{Points: make([][2]float64, 1), Labels: []int{-1}}, "label -1 of point 0"},
		{"names", Scatter{Points: make([][2]float64, 1), ClassNames: make([]string, 257)}, "257 class names"},
		{"no codes", Manifold{}, "nothing to draw"},
		{"grid", Manifold{X: make([]float64, 2), Y: make([]float64, 2), Images: []Image{good}}, "1 images for a grid of 2 by 2"},
		{"mixed sizes", Manifold{X: make([]float64, 2), Y: make([]float64, 1), Images: []Image{good, picture(3, 3, 1, 1)}}, "image 1 has 3x3"},
		{"code", Manifold{X: []float64{nan}, Y: make([]float64, 1), Images: []Image{good}}, "code value 0 is NaN"},
		{"no runs", LossCurves{}, "nothing to draw"},
		{"empty run", LossCurves{Runs: []LossRun{{Name: "a"}}}, "nothing to draw"},
		{"all NaN", LossCurves{Runs: []LossRun{{Train: []float64{nan, inf}}}}, "nothing to draw"},
		{"none above zero", LossCurves{LogY: true, Runs: []LossRun{{Train: []float64{0, -1}}}}, "nothing to draw"},
		{"epochs", LossCurves{Runs: []LossRun{{Name: "a", Epochs: []float64{1}, Train: []float64{1, 2}}}}, `run 0 "a": 2 training losses for 1 epochs`},
		{"no curves", RateDistortion{}, "nothing to draw"},
		{"rates", RateDistortion{Curves: []RateCurve{{"a", []float64{1}, nil}}}, `curve 0 "a" has 1 rates and 0 qualities`},
	}
	for _, tt := range tests {
		err := Write(io.Discard, PNG, tt.f)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
		if tt.want == "nothing to draw" && !errors.Is(err, ErrNoData) {
			t.Errorf("%s: error %v is not ErrNoData", tt.name, err)
		}
	}
}

func slicesOf[T any](n int, v T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	f := LossCurves{Runs: []LossRun{{Train: []float64{2, 1}}}}
	for _, name := range []string{"a.png", "a.PNG", "b.svg"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Save(path, f); err != nil {
			t.Fatal(err)
		}
		format, _ := FormatOf(path)
		var want bytes.Buffer
		if err := Write(&want, format, f); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s has %d bytes, want the %d of Write", name, len(got), want.Len())
		}
	}
	if err := Save(filepath.Join(dir, "c.jpg"), f); err == nil || !strings.Contains(err.Error(), ".jpg") {
		t.Errorf("saving a .jpg: %v", err)
	}
	if err := Save(filepath.Join(dir, "d.png"), LossCurves{}); !errors.Is(err, ErrNoData) {
		t.Errorf("saving an empty figure: %v", err)
	}
	if err := Save(filepath.Join(dir, "no", "e.png"), f); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("saving to a missing folder: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.png"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Save(filepath.Join(dir, "folder.png"), f); err == nil {
		t.Error("a file took the place of a folder")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 4 {
		t.Errorf("the folder holds %v: temporary files are left", entries)
	}
}
