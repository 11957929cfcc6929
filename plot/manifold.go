package plot

import (
	"fmt"
	"image"
	"image/draw"
	"math"
	"slices"
)

// Manifold shows what a decoder makes of a grid of two-dimensional codes, on
// axes that give the codes.
type Manifold struct {
	Title          string
	XLabel, YLabel string // "" means "code 1" and "code 2"
	// X and Y are the codes' values along the axes, ascending or not.
	X, Y []float64
	// Images are what the codes decode to, all of one shape: Images[r*len(X)+c]
	// belongs to the code (X[c], Y[r]). Row 0 is drawn at the bottom.
	Images []Image
}

// manifoldTarget is about how many dots wide the grid becomes.
const manifoldTarget = 1260

func (f Manifold) layout() (*sheet, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	first := f.Images[0]
	scale := max(1, manifoldTarget/max(len(f.X)*first.Width, len(f.Y)*first.Height))
	cellW, cellH := points(first.Width, scale), points(first.Height, scale)
	w, h := cellW*float64(len(f.X)), cellH*float64(len(f.Y))
	a := axes{
		x: cellAxis(orDefault(f.XLabel, "code 1"), f.X, cellW, true),
		y: cellAxis(orDefault(f.YLabel, "code 2"), f.Y, cellH, false),
	}
	leftEdge := snap(pageMargin + a.y.leftMargin())
	width := math.Ceil(max(leftEdge+w+pageMargin+a.x.labelWidth()/2, leastWidth))
	title := wrapTitle(f.Title, width-2*pageMargin)
	top := pageMargin
	if len(title) > 0 {
		top += titleStyle.height(len(title)) + titleGap
	}
	a.area = box{leftEdge, snap(top), w, h}
	return &sheet{width, math.Ceil(a.area.y + h + a.x.bottomMargin() + pageMargin), func(p *page) {
		p.lines(titleStyle, width/2, pageMargin, centre, title)
		edge := axisLine.width / 2
		frame := a
		frame.area = box{a.area.x - edge, a.area.y - edge, w + 2*edge, h + 2*edge}
		frame.draw(p)
		p.picture(a.area.x, a.area.y, f.mosaic(), scale)
	}}, nil
}

// mosaic joins the images to one, so that no viewer shows seams.
func (f Manifold) mosaic() image.Image {
	w, h := f.Images[0].Width, f.Images[0].Height
	out := image.NewNRGBA(image.Rect(0, 0, w*len(f.X), h*len(f.Y)))
	for i, m := range f.Images {
		column, row := i%len(f.X), len(f.Y)-1-i/len(f.X)
		cell := image.Rect(column*w, row*h, (column+1)*w, (row+1)*h)
		draw.Draw(out, cell, m.std(), image.Point{}, draw.Src)
	}
	return out
}

func (f Manifold) check() error {
	if len(f.X) == 0 || len(f.Y) == 0 {
		return fmt.Errorf("%w: a grid of %d by %d codes", ErrNoData, len(f.X), len(f.Y))
	}
	if len(f.Images) != len(f.X)*len(f.Y) {
		return fmt.Errorf("plot: %d images for a grid of %d by %d codes", len(f.Images), len(f.X), len(f.Y))
	}
	first := f.Images[0]
	for i, m := range f.Images {
		if err := m.check(fmt.Sprintf("image %d", i)); err != nil {
			return err
		}
		if m.Width != first.Width || m.Height != first.Height {
			return fmt.Errorf("plot: image %d has %dx%d pixels, the first %dx%d", i, m.Width, m.Height, first.Width, first.Height)
		}
	}
	for _, values := range [][]float64{f.X, f.Y} {
		for i, v := range values {
			if !drawable(v) {
				return fmt.Errorf("plot: code value %d is %g", i, v)
			}
		}
	}
	return nil
}

// cellAxis marks the middles of cells with their values, leaving out as many
// as it takes for the labels not to touch.
func cellAxis(label string, values []float64, cell float64, across bool) axis {
	a := axis{label: clean(label), low: 0, high: float64(len(values))}
	step, widest := resolution(values)
	for i, v := range values {
		a.ticks = append(a.ticks, tick{float64(i) + 0.5, number(v, step, widest)})
	}
	need := tickStyle.size * lineGap
	if across {
		need = a.labelWidth() + 6
	}
	a.ticks = thin(a.ticks, int(math.Ceil(need/cell)))
	return a
}

// resolution returns the power of ten to which the values are to be rounded in
// print, and their greatest magnitude. Rounding moves no value by more than a
// twentieth of the mean gap between them.
func resolution(values []float64) (step, widest float64) {
	for _, v := range values {
		widest = max(widest, math.Abs(v))
	}
	gap := (slices.Max(values) - slices.Min(values)) / float64(max(1, len(values)-1))
	gap = max(gap, widest/100, 1/largest)
	step = math.Pow(10, math.Floor(math.Log10(gap)))
	for range 2 {
		rough := func(v float64) bool { return math.Abs(v-math.Round(v/step)*step) > gap/20 }
		if !slices.ContainsFunc(values, rough) {
			break
		}
		step /= 10
	}
	return step, widest
}

// thin keeps every so manieth tick, centred.
func thin(ticks []tick, every int) (kept []tick) {
	if len(ticks) == 0 || every <= 1 {
		return ticks
	}
	for i := (len(ticks) - 1) % every / 2; i < len(ticks); i += every {
		kept = append(kept, ticks[i])
	}
	return kept
}
