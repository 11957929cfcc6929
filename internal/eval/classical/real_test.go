package classical

import (
	"math"
	"os"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/eval"
)

// fashionTest returns the first n test images of Fashion-MNIST, or skips.
func fashionTest(t *testing.T, n int) *dataset.Set {
	t.Helper()
	if os.Getenv(dataset.EnvDir) == "" {
		t.Skipf("%s is not set: it names a folder with fashion-mnist", dataset.EnvDir)
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	split, err := dataset.Open(t.Context(), dataset.NameFashionMNIST, dataset.Options{Dirs: dataset.DataDirs(""), Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	return split.Test.Take(n)
}

// TestFashionMNIST compares with figures that were measured independently with
// other programs (libaom at speed 0, libwebp, libjxl, mozjpeg tuned for PSNR) on
// the first 1,000 test images: bytes an image at a PSNR. Ours may be better.
func TestFashionMNIST(t *testing.T) {
	images := fashionTest(t, 1000)
	for _, test := range []struct {
		codec    eval.Codec
		settings []eval.Setting // two on either side of the PSNR
		psnr     float64
		bytes    float64
		margin   float64 // by how much ours may be worse, relatively
	}{
		{Mosaics(avif(false)), eval.Settings([]float64{42, 46}), 30, 78, 0.03},
		{Mosaics(webpTool().format()), eval.Settings([]float64{12, 25}), 30, 107, 0.03},
		{Mosaics(jpegXLTool().format()), eval.Settings([]float64{3, 4}), 30, 140, 0.03},
		{Mosaics(jpeg(false)), eval.Settings([]float64{33, 36}), 30, 161, 0},
		{Mosaics(jpeg(false)), eval.Settings([]float64{18, 22}), 34, 219, 0},
		{Files(jpeg(false)), eval.Settings([]float64{33, 36}), 30.1, 347, 0},
	} {
		c := test.codec.(arrangement)
		c.Format.Settings, c.Mosaic = test.settings, nil
		r, err := eval.Run(t.Context(), images, []eval.Codec{c}, eval.Options{})
		if err != nil {
			t.Fatal(err)
		}
		curve := r.Curves[0]
		if curve.Missing != "" {
			t.Logf("%s: %s", curve.Name, curve.Missing)
			continue
		}
		got, ok := curve.BytesAt(test.psnr)
		t.Logf("%s: %.1f bytes at %g dB, elsewhere %g", curve.Name, got, test.psnr, test.bytes)
		if !ok || got > test.bytes*(1+test.margin) || math.Abs(got/test.bytes-1) > 0.2 {
			t.Errorf("%s: %.1f bytes at %g dB, want %g", curve.Name, got, test.psnr, test.bytes)
		}
	}
}
