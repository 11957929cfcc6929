package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset"
)

// shifter is a codec that adds the quality to every pixel of the even images
// and takes cost(quality) bytes an image.
type shifter struct {
	info      Info
	qualities []float64
	cost      func(quality float64) int64
	packs     *int // counts the calls of Pack
}

func (s shifter) Info() Info { return s.info }

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

func (s shifted) Bytes() int64 { return int64(s.images.N) * s.each }

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

func (absent) Info() Info { return Info{Name: "absent", Group: Classical} }

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
