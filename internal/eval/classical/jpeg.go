package classical

import (
	"bytes"
	"context"
	"image"
	stdjpeg "image/jpeg"

	"github.com/hourglass-codec/hourglass/internal/eval"
	"github.com/hourglass-codec/hourglass/internal/eval/classical/rdjpeg"
)

// jpeg is rdjpeg; the quality is the quantiser step.
func jpeg(colour bool) Format {
	steps := []float64{6, 8, 10, 12, 15, 18, 22, 27, 33, 40, 48, 58, 70, 85, 103, 125, 150}
	settings := eval.Settings(steps)
	if colour {
		settings = eval.Settings(steps, "4:4:4", "4:2:0")
	}
	return Format{
		Name:     "JPEG",
		Version:  "rdjpeg 1",
		Settings: settings,
		Encode: func(_ context.Context, m image.Image, s eval.Setting) ([]byte, error) {
			return rdjpeg.Encode(m, jpegOptions(s))
		},
		EncodeAll: func(_ context.Context, images []image.Image, s eval.Setting) ([][]byte, error) {
			return rdjpeg.EncodeAll(images, jpegOptions(s))
		},
		Decode: func(_ context.Context, data []byte) (image.Image, error) {
			return stdjpeg.Decode(bytes.NewReader(data))
		},
	}
}

func jpegOptions(s eval.Setting) rdjpeg.Options {
	return rdjpeg.Options{Step: int(s.Quality), Subsample: s.Variant == "4:2:0"}
}
