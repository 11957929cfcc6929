//go:build nodynamic

package classical

import (
	"bytes"
	"context"
	"image"
	"slices"

	avifenc "github.com/gen2brain/avif"
	"github.com/gen2brain/jpegxl"
	webpenc "github.com/gen2brain/webp"

	"github.com/hourglass-codec/hourglass/internal/eval"
)

// library returns a format by the library that is linked for it, if there is
// one for such images.
func library(name string, colour bool) (Format, bool) {
	switch {
	case name == "AVIF":
		return avifLibrary(colour), true
	case name == "JPEG XL":
		return jpegXLLibrary(), true
	case name == "WebP" && !colour:
		return webpLibrary(), true
	}
	return Format{}, false
}

// avifLibrary codes grey images with constant chroma, tuned as libavif does by
// default: both cost it bytes, so it stands in only where avifenc is missing.
func avifLibrary(colour bool) Format {
	qualities := []float64{10, 18, 26, 34, 42, 50, 58, 66, 74, 82}
	settings := eval.Settings(qualities)
	if colour {
		settings = eval.Settings(qualities, "4:4:4", "4:2:0")
	}
	return Format{
		Name: "AVIF", Version: "gen2brain/avif v0.6.0, speed 4", Settings: settings, Slow: true,
		Encode: func(_ context.Context, m image.Image, s eval.Setting) ([]byte, error) {
			var w bytes.Buffer
			o := avifenc.Options{Quality: int(s.Quality), Speed: 4, ChromaSubsampling: image.YCbCrSubsampleRatio420}
			if s.Variant == "4:4:4" {
				o.ChromaSubsampling = image.YCbCrSubsampleRatio444
			}
			err := avifenc.Encode(&w, m, o)
			return w.Bytes(), err
		},
		Decode: func(_ context.Context, data []byte) (image.Image, error) {
			return avifenc.Decode(bytes.NewReader(data))
		},
	}
}

// webpLibrary codes grey images as luma in its full range.
func webpLibrary() Format {
	return Format{
		Name: "WebP", Version: "gen2brain/webp v0.6.4, method 6, full-range luma",
		Settings: eval.Settings([]float64{1, 3, 6, 10, 16, 25, 35, 45, 55, 65, 75, 80, 85, 90}),
		Encode: func(_ context.Context, m image.Image, s eval.Setting) ([]byte, error) {
			var w bytes.Buffer
			err := webpenc.Encode(&w, asLuma(m.(*image.Gray)), webpenc.Options{Quality: int(s.Quality), Method: 6})
			return w.Bytes(), err
		},
		Decode: func(_ context.Context, data []byte) (image.Image, error) {
			return webpenc.Decode(bytes.NewReader(data))
		},
	}
}

// asLuma returns an opaque image with the grey levels as luma and no chroma.
func asLuma(m *image.Gray) *image.NYCbCrA {
	luma := image.NewNYCbCrA(m.Rect, image.YCbCrSubsampleRatio420)
	for y := range m.Rect.Dy() {
		copy(luma.Y[y*luma.YStride:][:m.Rect.Dx()], m.Pix[y*m.Stride:])
	}
	for _, plane := range [][]uint8{luma.Cb, luma.Cr} {
		copy(plane, slices.Repeat([]uint8{128}, len(plane)))
	}
	copy(luma.A, slices.Repeat([]uint8{255}, len(luma.A)))
	return luma
}

// jpegXLLibrary codes all images as RGB with alpha.
func jpegXLLibrary() Format {
	return Format{
		Name: "JPEG XL", Version: "gen2brain/jpegxl v0.6.0, effort 7", Slow: true,
		Settings: eval.Settings([]float64{10, 20, 30, 40, 50, 60, 70, 78, 85, 90}),
		Encode: func(_ context.Context, m image.Image, s eval.Setting) ([]byte, error) {
			var w bytes.Buffer
			err := jpegxl.Encode(&w, m, jpegxl.Options{Quality: int(s.Quality), Effort: 7})
			return w.Bytes(), err
		},
		Decode: func(_ context.Context, data []byte) (image.Image, error) {
			return jpegxl.Decode(bytes.NewReader(data))
		},
	}
}
