package eval

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/metrics"
	"github.com/hourglass-codec/hourglass/plot"
)

// shifter is a codec that adds the quality to every pixel of the even images
// and takes cost(quality) bytes an image.
type shifter struct {
	info      Info
	qualities []float64
	cost      func(quality float64) int64
	packs     *int // counts the calls of Pack
}

func (s shifter) Info() Info          { return s.info }
func (s shifter) Settings() []Setting { return Settings(s.qualities) }

func (s shifter) Pack(_ context.Context, images *dataset.Set, at Setting) (Packed, error) {
	if s.packs != nil {
		*s.packs++
	}
	return shifted{images, uint8(at.Quality), s.cost(at.Quality)}, nil
}

type shifted struct {
	images *dataset.Set
	by     uint8
	each   int64
}

func (s shifted) Bytes() int64  { return int64(s.images.N) * s.each }
func (s shifted) Shared() int64 { return 7 }

func (s shifted) Unpack(_ context.Context, pixels []uint8) error {
	copy(pixels, s.images.Pixels)
	for i := range pixels {
		if i/s.images.Size()%2 == 0 {
			pixels[i] += s.by
		}
	}
	return nil
}

// absent is a codec that is not available.
type absent struct{}

func (absent) Info() Info          { return Info{Name: "absent", Group: Classical} }
func (absent) Settings() []Setting { return Settings([]float64{1, 2}) }

func (absent) Pack(context.Context, *dataset.Set, Setting) (Packed, error) {
	return nil, fmt.Errorf("%w: its tool is missing", ErrUnavailable)
}

// ramps is a set of n images of 12x12 pixels, 0 to 155.
func ramps(n int) *dataset.Set {
	s := &dataset.Set{Name: "ramps", N: n, H: 12, W: 12, C: 1, Pixels: make([]uint8, n*144)}
	for i := range s.Pixels {
		s.Pixels[i] = uint8(i%144 + i/144%12)
	}
	return s
}

func tenBytes(float64) int64 { return 10 }

func TestMeasure(t *testing.T) {
	p, err := Measure(t.Context(), shifter{cost: tenBytes}, ramps(4), Setting{Quality: 3})
	if err != nil {
		t.Fatal(err)
	}
	// Two of four images are off by 3 everywhere.
	if p.MSE != 4.5 || p.Bytes != 40 || p.Shared != 7 {
		t.Errorf("MSE %g, %d bytes, %d shared, want 4.5, 40, 7", p.MSE, p.Bytes, p.Shared)
	}
	if want := 10 * math.Log10(255*255/4.5); math.Abs(p.PSNR()-want) > 1e-9 {
		t.Errorf("PSNR %g, want %g", p.PSNR(), want)
	}
	if p.BytesPerImage() != 10 || p.BitsPerPixel() != 80.0/144 {
		t.Errorf("%g bytes an image, %g bits a pixel", p.BytesPerImage(), p.BitsPerPixel())
	}
	if p.SSIM <= 0.9 || p.SSIM >= 1 {
		t.Errorf("SSIM %g of a small shift", p.SSIM)
	}
	if p.PackRate() <= 0 || p.UnpackRate() <= 0 {
		t.Errorf("%g packed and %g unpacked a second", p.PackRate(), p.UnpackRate())
	}
}

func TestMeasureLossless(t *testing.T) {
	p, err := Measure(t.Context(), shifter{cost: tenBytes}, ramps(2), Setting{})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(p.PSNR(), 1) || p.SSIM != 1 {
		t.Errorf("PSNR %g, SSIM %g of equal images", p.PSNR(), p.SSIM)
	}
	data, err := json.Marshal(p)
	if err != nil || !bytes.Contains(data, []byte(`"psnr":null`)) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestMeasureTooSmallForSSIM(t *testing.T) {
	images := &dataset.Set{N: 3, H: 8, W: 8, C: 1, Pixels: make([]uint8, 3*64)}
	p, err := Measure(t.Context(), shifter{cost: tenBytes}, images, Setting{Quality: 1})
	if err != nil || p.SSIM != 0 {
		t.Errorf("SSIM %g, %v, want 0 for none", p.SSIM, err)
	}
}

// curveOf returns a curve through bytes an image and dB.
func curveOf(name string, g Group, points ...[2]float64) Curve {
	c := Curve{Info: Info{Name: name, Group: g}}
	for _, p := range points {
		c.Points = append(c.Points, Point{
			Images: 1000, Pixels: 784000, Bytes: int64(1000 * p[0]),
			MSE: 255 * 255 / math.Pow(10, p[1]/10), PackSeconds: 1, UnpackSeconds: 1,
		})
	}
	return c
}

func TestFrontier(t *testing.T) {
	c := curveOf("c", Ours, [2]float64{50, 30}, [2]float64{20, 25}, [2]float64{60, 29}, [2]float64{20, 24}, [2]float64{70, 35})
	var got []float64
	for _, p := range c.Frontier() {
		got = append(got, p.BytesPerImage())
	}
	if want := []float64{20, 50, 70}; !slices.Equal(got, want) {
		t.Errorf("frontier at %v bytes, want %v", got, want)
	}
}

// TestVariants interleaves the points of two variants that are straight on a
// logarithmic scale and cross just above 30 dB.
func TestVariants(t *testing.T) {
	a := curveOf("a", Classical, [2]float64{10, 20}, [2]float64{20, 30}, [2]float64{40, 40})
	b := curveOf("b", Classical, [2]float64{15, 21.5}, [2]float64{26, 36.6})
	for i := range b.Points {
		b.Points[i].Setting.Variant = "b"
	}
	both := Curve{Info: a.Info, Points: slices.Concat(a.Points, b.Points)}
	var got []float64
	for _, p := range both.Frontier() {
		got = append(got, p.BytesPerImage())
	}
	// The point of b with 15 bytes is worse than the way from 10 to 20 of a.
	if want := []float64{10, 20, 26, 40}; !slices.Equal(got, want) {
		t.Errorf("frontier at %v bytes, want %v", got, want)
	}
	if rate, ok := both.BytesAt(25); !ok || math.Abs(rate-10*math.Sqrt2) > 1e-6 {
		t.Errorf("%g bytes at 25 dB, want those of a", rate)
	}
	c, err := Compare(a.best(), both.best(), 20, 30)
	if err != nil || math.Abs(c.BDRate) > 0.5 {
		t.Errorf("where a is better, the whole against it: %v, %v", c, err)
	}
}

func TestEnvelope(t *testing.T) {
	// On a logarithmic scale a and b are straight and cross between 20 and
	// 40 dB; c reaches 22 dB, and so all below, with 11 bytes.
	a := curveOf("a", Classical, [2]float64{10, 20}, [2]float64{40, 40})
	b := curveOf("b", Classical, [2]float64{15, 20}, [2]float64{30, 40})
	c := curveOf("c", Classical, [2]float64{11, 22})
	envelope := Envelope(a, b, c)
	if !slices.IsSortedFunc(envelope, byQuality) {
		t.Error("not in order of quality")
	}
	for _, test := range []struct{ quality, rate float64 }{
		{20, 10},
		{21, 10 * math.Pow(4, 1.0/20)}, // a, which is still below 11
		{22, 11},
		{26, 10 * math.Pow(4, 6.0/20)},
		{35, 15 * math.Pow(2, 15.0/20)},
		{40, 30},
	} {
		i := slices.IndexFunc(envelope, func(p metrics.RatePoint) bool { return math.Abs(p.Quality-test.quality) < 1e-6 })
		if i < 0 || math.Abs(envelope[i].Rate-test.rate) > 1e-6 {
			t.Errorf("at %g dB: point %d of the envelope, want rate %g", test.quality, i, test.rate)
		}
	}
	if Envelope() != nil || Envelope(Curve{}) != nil {
		t.Error("an envelope of nothing")
	}
}

// TestLossless checks that a lossless point serves every quality.
func TestLossless(t *testing.T) {
	c := curveOf("c", Classical, [2]float64{10, 20}, [2]float64{40, 40}, [2]float64{20, math.Inf(1)})
	if n := len(c.Frontier()); n != 2 {
		t.Errorf("%d points, want 2: the lossless one beats that at 40 dB", n)
	}
	for _, test := range []struct{ quality, rate float64 }{{20, 10}, {25, 20}, {50, 20}} {
		if rate, ok := c.BytesAt(test.quality); !ok || rate != test.rate {
			t.Errorf("%g bytes at %g dB, %v, want %g", rate, test.quality, ok, test.rate)
		}
	}
	dear := curveOf("dear", Classical, [2]float64{15, 20}, [2]float64{60, 40})
	envelope := Envelope(c, dear)
	if last := envelope[len(envelope)-1]; last.Rate != 20 || last.Quality != dear.Points[1].PSNR() {
		t.Errorf("the envelope ends at %+v, want 20 bytes at 40 dB", last)
	}
	if Envelope(Curve{Points: c.Points[2:]}) != nil {
		t.Error("an envelope of a lossless point alone")
	}
}

func TestCompare(t *testing.T) {
	a := curveOf("a", Classical, [2]float64{10, 20}, [2]float64{20, 30}, [2]float64{40, 40})
	half := curveOf("half", Ours, [2]float64{5, 20}, [2]float64{10, 30}, [2]float64{20, 40})
	c, err := Compare(Envelope(a), half.best(), 25, 38)
	if err != nil || math.Abs(c.BDRate+50) > 0.01 || c.Low != 25 || c.High != 38 || c.Partial() {
		t.Errorf("%+v, %v, want -50 %% over 25 to 38", c, err)
	}
	if got := c.String(); got != "-50.0 % over 25-38 dB" {
		t.Errorf("String gives %q", got)
	}
	c, err = Compare(Envelope(a), a.best(), 25, 38)
	if err != nil || math.Abs(c.BDRate) > 1e-3 {
		t.Errorf("a curve against itself: %+v, %v", c, err)
	}
}

func TestComparePartial(t *testing.T) {
	a := curveOf("a", Classical, [2]float64{10, 20}, [2]float64{40, 40})
	short := curveOf("short", Ours, [2]float64{20, 27}, [2]float64{30, 36})
	c, err := Compare(Envelope(a), short.best(), 25, 38)
	if err != nil || math.Abs(c.Low-27) > 1e-9 || math.Abs(c.High-36) > 1e-9 || !c.Partial() {
		t.Errorf("%+v, %v, want 27 to 36", c, err)
	}
	// Both are straight on a logarithmic scale, so that the mean is that of
	// the differences at both ends.
	ends := (math.Log(20/(10*math.Pow(4, 7.0/20))) + math.Log(30/(10*math.Pow(4, 16.0/20)))) / 2
	if want := 100 * math.Expm1(ends); math.Abs(c.BDRate-want) > 0.01 {
		t.Errorf("BD-rate %g, want %g", c.BDRate, want)
	}
	if !strings.HasSuffix(c.String(), "over 27.0-36.0 of 25-38 dB") {
		t.Errorf("String gives %q", c)
	}
	high := curveOf("high", Ours, [2]float64{50, 41}, [2]float64{60, 45})
	if _, err := Compare(Envelope(a), high.best(), 25, 38); !errors.Is(err, ErrNoComparison) {
		t.Errorf("no common range: %v", err)
	}
}

func TestBytesAt(t *testing.T) {
	c := curveOf("c", Ours, [2]float64{10, 20}, [2]float64{40, 40})
	if b, ok := c.BytesAt(30); !ok || math.Abs(b-20) > 1e-9 {
		t.Errorf("%g bytes at 30 dB, %v, want 20", b, ok)
	}
	for _, q := range []float64{19, 41} {
		if _, ok := c.BytesAt(q); ok {
			t.Errorf("%g dB lies outside the curve", q)
		}
	}
}

func TestRun(t *testing.T) {
	var steps []Progress
	cheap := shifter{Info{Name: "cheap", Group: Ours}, []float64{1, 4, 8, 16}, func(q float64) int64 { return int64(1600 / q) }, nil}
	dear := shifter{Info{Name: "dear", Group: Classical}, []float64{1, 4, 8, 16}, func(q float64) int64 { return int64(3200 / q) }, nil}
	r, err := Run(t.Context(), ramps(4), []Codec{cheap, absent{}, dear}, Options{
		Low: 28, High: 48, Progress: func(p Progress) { steps = append(steps, p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Curves[1].Missing; got != "not measured: its tool is missing" || len(r.Curves[1].Points) > 0 {
		t.Errorf("missing: %q", got)
	}
	if last := steps[len(steps)-1]; last.Done != 9 || last.Total != 10 || last.Codec != "dear" {
		t.Errorf("last progress %+v", last)
	}
	i := slices.IndexFunc(r.Comparisons, func(c Comparison) bool { return c.Test == "cheap" && c.Anchor == BestClassical })
	if i < 0 || math.Abs(r.Comparisons[i].BDRate+50) > 0.1 {
		t.Errorf("comparisons %+v, want cheap at -50 %%", r.Comparisons)
	}
}

func TestLimit(t *testing.T) {
	slow := shifter{Info{Name: "slow", Limit: 3}, []float64{1, 2}, tenBytes, nil}
	r, err := Run(t.Context(), ramps(8), []Codec{slow}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := r.Curves[0].Points[0]; p.Images != 3 || p.BytesPerImage() != 10 || r.Images != 8 {
		t.Errorf("%d of %d images, %g bytes each", p.Images, r.Images, p.BytesPerImage())
	}
}

func TestCache(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache.json")
	run := func(images *dataset.Set, version string) (packs int) {
		cache, err := OpenCache(path)
		if err != nil {
			t.Fatal(err)
		}
		codec := shifter{Info{Name: "codec", Version: version}, []float64{1, 2}, tenBytes, &packs}
		r, err := Run(t.Context(), images, []Codec{codec}, Options{Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(r.Curves[0].Points); n != 2 || r.Curves[0].Points[1].MSE != 2 {
			t.Errorf("%d points: %+v", n, r.Curves[0].Points)
		}
		return packs
	}
	for _, test := range []struct {
		name    string
		images  *dataset.Set
		version string
		packs   int
	}{
		{"first", ramps(2), "1", 2},
		{"again", ramps(2), "1", 0},
		{"other version", ramps(2), "2", 2},
		{"other images", ramps(4), "1", 2},
		{"no version", ramps(2), "", 2},
		{"no version again", ramps(2), "", 2},
	} {
		if got := run(test.images, test.version); got != test.packs {
			t.Errorf("%s: %d measurements, want %d", test.name, got, test.packs)
		}
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCache(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("damaged cache: %v", err)
	}
}

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

func TestParallel(t *testing.T) {
	var sum atomic.Int64
	if err := Parallel(t.Context(), 1000, func(i int) error { sum.Add(int64(i)); return nil }); err != nil || sum.Load() != 499500 {
		t.Errorf("sum %d, %v", sum.Load(), err)
	}
	broken := errors.New("broken")
	var calls atomic.Int64
	err := Parallel(t.Context(), 1_000_000, func(i int) error {
		if calls.Add(1) == 10 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || calls.Load() == 1_000_000 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Parallel(ctx, 3, func(int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
