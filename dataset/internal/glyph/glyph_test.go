package glyph

import (
	"testing"
)

func TestFill(t *testing.T) {
	square := func(x0, y0, x1, y1 int64) []point {
		return []point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}
	}
	reversed := func(p []point) []point { return []point{p[3], p[2], p[1], p[0]} }
	tests := []struct {
		name     string
		polygons [][]point
		want     map[[2]int]uint8 // by row and column
	}{
		{"whole pixels", [][]point{square(2*one, 3*one, 4*one, 5*one)},
			map[[2]int]uint8{{2, 2}: 0, {3, 1}: 0, {3, 2}: 255, {4, 3}: 255, {4, 4}: 0, {5, 3}: 0}},
		{"parts of pixels", [][]point{square(2*one+one/2, 3*one, 4*one+one/4, 3*one+one/2)},
			map[[2]int]uint8{{3, 2}: 63, {3, 3}: 127, {3, 4}: 31}},
		{"a hole", [][]point{square(0, 0, 9*one, 9*one), reversed(square(3*one, 3*one, 6*one, 6*one))},
			map[[2]int]uint8{{2, 2}: 255, {4, 4}: 0, {8, 8}: 255}},
		{"overlap", [][]point{square(0, 0, 4*one, 4*one), square(2*one, 2*one, 6*one, 6*one)},
			map[[2]int]uint8{{1, 1}: 255, {3, 3}: 255, {5, 5}: 255, {1, 5}: 0}},
		{"beyond the canvas", [][]point{square(-9*one, -9*one, 99*one, 2*one)},
			map[[2]int]uint8{{0, 0}: 255, {1, 27}: 255, {2, 0}: 0, {27, 27}: 0}},
		{"a triangle", [][]point{{{0, 0}, {8 * one, 8 * one}, {0, 8 * one}}},
			map[[2]int]uint8{{0, 0}: 127, {3, 3}: 127, {5, 2}: 255, {2, 5}: 0}},
	}
	var r raster // the same for all: nothing may be left over
	for _, tt := range tests {
		var m [Side * Side]uint8
		r.fill(&m, tt.polygons)
		for at, want := range tt.want {
			if got := m[at[0]*Side+at[1]]; got != want {
				t.Errorf("%s: row %d, column %d: %d, want %d", tt.name, at[0], at[1], got, want)
			}
		}
	}
}

func TestSoften(t *testing.T) {
	var m [Side * Side]uint8
	m[5*Side+5] = 160
	m[0] = 160
	soften(&m)
	for at, want := range map[[2]int]uint8{
		{5, 5}: 40, {4, 5}: 20, {5, 6}: 20, {4, 4}: 10, {6, 6}: 10, {3, 5}: 0,
		{0, 0}: 40, {0, 1}: 20, {1, 1}: 10, {0, 27}: 0,
	} {
		if got := m[at[0]*Side+at[1]]; got != want {
			t.Errorf("row %d, column %d: %d, want %d", at[0], at[1], got, want)
		}
	}
}

func TestLoadMissingCharacter(t *testing.T) {
	if _, err := Load([]rune("A\U0001F600")); err == nil {
		t.Error("no error for a character that the fonts lack")
	}
	if _, err := Load([]rune(" ")); err == nil {
		t.Error("no error for a character without a picture")
	}
}

// Every picture shows something, and nothing is cut off.
func TestDrawIsVisibleAndInside(t *testing.T) {
	a, err := Load([]rune("0IMWQ"))
	if err != nil {
		t.Fatal(err)
	}
	pen := NewPen(a)
	for i := range uint64(2000) {
		var m [Side * Side]uint8
		label := pen.Draw(&m, 7, i)
		ink, edge := 0, 0
		for p, v := range m {
			if v > 128 {
				ink++
			}
			if row, col := p/Side, p%Side; (row%(Side-1) == 0 || col%(Side-1) == 0) && v > 64 {
				edge++
			}
		}
		if ink < 15 || edge > 0 {
			t.Errorf("picture %d of character %d: %d bright pixels, %d at the edge", i, label, ink, edge)
		}
	}
}
