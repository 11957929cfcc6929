//go:build nodynamic

package classical

import (
	"testing"

	avifenc "github.com/gen2brain/avif"
	"github.com/gen2brain/jpegxl"
	webpenc "github.com/gen2brain/webp"

	"github.com/hourglass-codec/hourglass/internal/eval"
)

// TestNoSharedLibraries checks that the codecs are those in the binary.
func TestNoSharedLibraries(t *testing.T) {
	for name, err := range map[string]error{"avif": avifenc.Dynamic(), "jpegxl": jpegxl.Dynamic(), "webp": webpenc.Dynamic()} {
		if err == nil {
			t.Errorf("%s uses a shared library of this machine", name)
		}
	}
}

// TestLibraries measures every library on characters, as TestFormats does the
// formats.
func TestLibraries(t *testing.T) {
	images := glyphs(t, 64)
	for _, name := range []string{"AVIF", "WebP", "JPEG XL"} {
		f, ok := library(name, false)
		if !ok {
			t.Fatalf("no library for %s", name)
		}
		r, err := eval.Run(t.Context(), images, []eval.Codec{Mosaics(ends(f))}, eval.Options{})
		if err != nil {
			t.Fatal(err)
		}
		points := r.Curves[0].Frontier()
		if len(points) != 2 || points[0].PSNR() < 10 || points[1].PSNR() < 34 {
			t.Errorf("%s: %+v", name, points)
		}
	}
}
