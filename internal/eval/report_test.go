package eval

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/plot"
)

// sample is a report of two curves and one that is missing.
func sample() *Report {
	r := &Report{Set: "glyphs", Images: 1000, Height: 28, Width: 28, Channels: 1, Low: 25, High: 38, Curves: []Curve{
		curveOf("Hourglass", Ours, [2]float64{22, 24}, [2]float64{30, 27}, [2]float64{45, 31}, [2]float64{60, 34}, [2]float64{90, 39}),
		curveOf("AVIF, mosaics", Classical, [2]float64{46, 25}, [2]float64{78, 30}, [2]float64{108, 34}, [2]float64{142, 38}),
		{Info: Info{Name: "JPEG 2000, mosaics", Group: Classical}, Missing: "not measured: opj_compress is missing"},
	}}
	r.compare()
	return r
}

func TestWriteTable(t *testing.T) {
	var w bytes.Buffer
	if err := sample().WriteTable(&w); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"glyphs: 1000 images, 28x28 grey\n",
		"bytes an image at   25 dB  27 dB  29 dB  31 dB  33 dB  35 dB  37 dB\n",
		"Hourglass            24.4   30.0",
		"JPEG 2000, mosaics: not measured: opj_compress is missing\n",
		"Hourglass against best classical: -4",
		"AVIF, mosaics",
	} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("table lacks %q:\n%s", want, w.String())
		}
	}
}

func TestWriteCSV(t *testing.T) {
	var w bytes.Buffer
	if err := sample().WriteCSV(&w); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&w).ReadAll()
	if err != nil || len(rows) != 1+5+4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	first := []string{"glyphs", "Hourglass", "ours", "0", "", "1000", "22000", "0", "22"}
	if !slices.Equal(rows[1][:len(first)], first) {
		t.Errorf("first row %q, want %q", rows[1], first)
	}
}

func TestWriteJSON(t *testing.T) {
	var w bytes.Buffer
	r := sample()
	if err := r.WriteJSON(&w); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(w.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(back.Curves[0].Points, r.Curves[0].Points) || !slices.Equal(back.Comparisons, r.Comparisons) {
		t.Errorf("read back %+v", back)
	}
}

func TestWriteFigure(t *testing.T) {
	var w bytes.Buffer
	if err := sample().WriteFigure(&w, plot.PNG); err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(&w); err != nil {
		t.Error(err)
	}
	if n := len(sample().Figure().Curves); n != 2 {
		t.Errorf("%d curves, want 2: one has no points", n)
	}
}

func TestFigureOfManyCurves(t *testing.T) {
	r := sample()
	for i := range 14 {
		bytes := float64(200 + i)
		r.Curves = append(r.Curves, curveOf(fmt.Sprint("dear ", i), Classical, [2]float64{bytes, 25}, [2]float64{2 * bytes, 38}))
	}
	curves := r.Figure().Curves
	if len(curves) != maxDrawn || curves[0].Name != "Hourglass" || curves[maxDrawn-1].Name != "dear 11" {
		t.Errorf("%d curves, the last %q", len(curves), curves[len(curves)-1].Name)
	}
}
