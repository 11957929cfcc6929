package plot

import (
	"image"
	"strings"
	"testing"
)

func TestReconstructionsShowEveryPixel(t *testing.T) {
	for _, channels := range []int{1, 3} {
		f := Reconstructions{Title: "a title", Columns: 2}
		for i := range 3 {
			f.Pairs = append(f.Pairs, Pair{picture(28, 28, channels, i), picture(28, 28, channels, 10+i), "a label", "MSE 0.0123"})
		}
		const scale = 6 // 28 pixels become 168 dots
		m := drawPNG(t, f)
		var originals []image.Point
		for _, p := range f.Pairs {
			above, below := findOne(t, m, p.Original, scale), findOne(t, m, p.Reconstruction, scale)
			if want := above.Add(image.Pt(0, 28*scale+pairInnerGap*dotsPerPoint)); below != want {
				t.Errorf("original at %v, its reconstruction at %v, want %v", above, below, want)
			}
			originals = append(originals, above)
		}
		if a, b, c := originals[0], originals[1], originals[2]; a.Y != b.Y || a.X >= b.X || c.X != a.X || c.Y < a.Y+2*28*scale {
			t.Errorf("three pairs in two columns at %v", originals)
		}
		if images := drawSVG(t, f).images; len(images) != 6 || !shows(images[0], f.Pairs[0].Original, 0, 0, scale) {
			t.Errorf("%d images in the SVG, want the 6, enlarged", len(images))
		}
	}
}

func TestReconstructionsOfPhotographs(t *testing.T) {
	photo, decoded := picture(300, 200, 3, 1), picture(300, 200, 3, 2)
	m := drawPNG(t, Reconstructions{Pairs: []Pair{{photo, decoded, "", ""}}})
	if a, b := findOne(t, m, photo, 1), findOne(t, m, decoded, 1); a.X != b.X || a.Y >= b.Y {
		t.Errorf("photograph at %v, decoded at %v", a, b)
	}
}

func TestReconstructionsTexts(t *testing.T) {
	svg := drawSVG(t, Reconstructions{
		Title: "Five of <many> & \"more\"",
		Pairs: []Pair{{picture(28, 28, 1, 1), picture(28, 28, 1, 2), "Ankle boot", "MSE 0.0123"}},
	})
	for _, want := range []string{`Five of <many> & "more"`, "Ankle boot", "MSE 0.0123", "original", "reconstruction"} {
		if !svg.has(want) {
			t.Errorf("the SVG lacks %q; it has %q", want, svg.texts)
		}
	}
	if !strings.Contains(svg.text, "'Liberation Sans',Arimo,Arial,Helvetica,sans-serif") {
		t.Error("the SVG has no fallback typefaces")
	}
}

func TestManifoldPutsRowZeroAtTheBottom(t *testing.T) {
	f := Manifold{X: []float64{-1.5, 0, 1.5}, Y: []float64{10, 20}}
	for i := range 6 {
		f.Images = append(f.Images, picture(28, 28, 1, i))
	}
	const scale = manifoldTarget / (3 * 28)
	m := drawPNG(t, f)
	corner := findOne(t, m, f.Images[3], scale) // column 0 of the upper row
	for i, image := range f.Images {
		x, y := corner.X+i%3*28*scale, corner.Y+(1-i/3)*28*scale
		if !shows(m, image, x, y, scale) {
			t.Errorf("image %d is not at (%d, %d)", i, x, y)
		}
	}
	svg := drawSVG(t, f)
	for _, want := range []string{"−1.5", "0", "1.5", "10", "20", "code 1", "code 2"} {
		if !svg.has(want) {
			t.Errorf("the SVG lacks %q; it has %q", want, svg.texts)
		}
	}
}

func TestManifoldTicksDoNotTouch(t *testing.T) {
	values := make([]float64, 40)
	for i := range values {
		values[i] = -3 + 6*float64(i)/39
	}
	const cell = 9.0
	a := cellAxis("", values, cell, true)
	for i := 1; i < len(a.ticks); i++ {
		gap := (a.ticks[i].value - a.ticks[i-1].value) * cell
		if room := (tickStyle.width(a.ticks[i].label) + tickStyle.width(a.ticks[i-1].label)) / 2; gap < room+2 {
			t.Errorf("labels %q and %q are %.1f points apart and %.1f wide", a.ticks[i-1].label, a.ticks[i].label, gap, room)
		}
	}
	if len(a.ticks) < 5 {
		t.Errorf("only %d labels", len(a.ticks))
	}
}

func TestManifoldLabelsTellValues(t *testing.T) {
	tests := []struct {
		values []float64
		want   string
	}{
		{[]float64{0, 1.5, 3, 4.5}, "0 1.5 3.0 4.5"},
		{[]float64{1, 2, 3}, "1 2 3"},
		{[]float64{-0.25, 0, 0.25}, "−0.25 0 0.25"},
		{[]float64{7}, "7.00"},
		{[]float64{100, 300, 500}, "100 300 500"},
	}
	for _, tt := range tests {
		var labels []string
		for _, k := range cellAxis("", tt.values, 1000, true).ticks {
			labels = append(labels, k.label)
		}
		if got := strings.Join(labels, " "); got != tt.want {
			t.Errorf("%v: labels %q, want %q", tt.values, got, tt.want)
		}
	}
}
