package plot

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// codes makes n points in ten classes with long tails.
func codes(n int) (points [][2]float64, labels []int) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		label := r.IntN(10)
		sin, cos := math.Sincos(float64(label))
		d := 5 + r.NormFloat64()
		points = append(points, [2]float64{d*cos + r.NormFloat64(), d*sin + r.NormFloat64()})
		labels = append(labels, label)
	}
	return points, labels
}

func TestScatterOf60000(t *testing.T) {
	points, labels := codes(60000)
	f := Scatter{Title: "codes", Points: points, Labels: labels}
	svg := drawSVG(t, f)
	if len(svg.text) > 2<<20 {
		t.Errorf("the SVG has %d bytes, more than 2 MiB", len(svg.text))
	}
	side := int(scatterSide * dotsPerPoint)
	if len(svg.images) != 1 || svg.images[0].Bounds() != image.Rect(0, 0, side, side) {
		t.Fatalf("%d images in the SVG, want one of %d dots a side", len(svg.images), side)
	}
	for _, want := range []string{"0", "9", "code 1", "code 2", "codes"} {
		if !svg.has(want) {
			t.Errorf("the SVG lacks %q", want)
		}
	}
}

func TestScatterColours(t *testing.T) {
	f := Scatter{Points: [][2]float64{{0, 0}, {1, 1}}, Labels: []int{0, 1}, ClassNames: []string{"cat", "dog"}}
	m := drawPNG(t, f)
	count := map[color.NRGBA]int{}
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[m.NRGBAAt(x, y)]++
		}
	}
	for i := range 2 {
		// Half the bar: 39 by 510 dots without the lines around.
		if n := count[classColour(i, 2)]; n < 34*500 || n > 39*510 {
			t.Errorf("colour of class %d on %d dots, want half of the bar", i, n)
		}
	}
	svg := drawSVG(t, f)
	if !svg.has("cat") || !svg.has("dog") {
		t.Errorf("class names are missing from %q", svg.texts)
	}
}

func TestScatterCutsTailsAndSaysSo(t *testing.T) {
	points, _ := codes(1000)
	points[10] = [2]float64{1e6, 0}
	points[20] = [2]float64{0, -1e6}
	points[30] = [2]float64{math.NaN(), 0}
	svg := drawSVG(t, Scatter{Points: points})
	for _, want := range []string{"2 points of 1,000 lie outside the axes.", "1 point not drawn: not finite."} {
		if !svg.has(want) {
			t.Errorf("the SVG lacks %q; it has %q", want, svg.texts)
		}
	}
	all := make([]int, len(points))
	for i := range all {
		all[i] = i
	}
	all = slices.DeleteFunc(all, func(i int) bool { return i == 30 })
	if a := robustAxis("", points, all, 0); a.high > 100 || a.low < -100 {
		t.Errorf("axis from %g to %g: an outlier rules it", a.low, a.high)
	}
}

func TestScatterShowsAllOfShortTails(t *testing.T) {
	points := [][2]float64{{-1, 0}, {0, 5}, {2, 1}, {1, 1}}
	a := robustAxis("", points, []int{0, 1, 2, 3}, 0)
	if a.low > -1 || a.high < 2 || a.low < -1.5 || a.high > 2.5 {
		t.Errorf("axis from %g to %g for -1 to 2", a.low, a.high)
	}
}

func TestClassColoursDiffer(t *testing.T) {
	for _, n := range []int{1, 10, 47, 256} {
		seen := map[color.NRGBA]bool{}
		for i := range n {
			seen[classColour(i, n)] = true
		}
		if len(seen) != n {
			t.Errorf("%d classes have %d colours", n, len(seen))
		}
	}
}

func TestDotsBlend(t *testing.T) {
	c := newCanvas(9, 3, 0.5)
	c.dot(4.5, 4.5, color.NRGBA{0xff, 0, 0, 0xff})
	if got := c.image().NRGBAAt(4, 4); got != (color.NRGBA{0xff, 0, 0, 0x80}) {
		t.Errorf("one red dot of half opacity: %v", got)
	}
	c.dot(4.5, 4.5, color.NRGBA{0, 0, 0xff, 0xff})
	if got := c.image().NRGBAAt(4, 4); got != (color.NRGBA{0x55, 0, 0xaa, 0xbf}) {
		t.Errorf("a blue one over it: %v", got)
	}
	if got := c.image().NRGBAAt(0, 0); got.A != 0 {
		t.Errorf("beyond the radius: %v", got)
	}
	c.dot(-100, 1e9, color.NRGBA{}) // outside: nothing happens
}
