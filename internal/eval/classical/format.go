package classical

import (
	"context"
	"fmt"
	"image"
	"image/color"

	"github.com/hourglass-codec/hourglass/internal/eval"
)

// Format is a still-image format with an encoder and a decoder.
type Format struct {
	Name     string
	Version  string // of what encodes, with its fixed options
	Settings []eval.Setting
	Mosaic   []eval.Setting // more of them, which pay in mosaics only
	Slow     bool           // with many small images

	Encode func(ctx context.Context, m image.Image, s eval.Setting) ([]byte, error)
	Decode func(ctx context.Context, data []byte) (image.Image, error)

	// EncodeAll, if there is one, encodes images of one size so that as much
	// as possible of the files is the same in all.
	EncodeAll func(ctx context.Context, images []image.Image, s eval.Setting) ([][]byte, error)
}

// unavailable is a format that cannot be measured, for the reason given.
func unavailable(name, reason string) Format {
	return Format{
		Name:     name,
		Settings: []eval.Setting{{}},
		Encode: func(context.Context, image.Image, eval.Setting) ([]byte, error) {
			return nil, fmt.Errorf("%w: %s", eval.ErrUnavailable, reason)
		},
	}
}

// toImage returns samples, width*height pixels of one or three channels, as an
// image; a grey one shares their memory.
func toImage(samples []uint8, width, height, channels int) image.Image {
	bounds := image.Rect(0, 0, width, height)
	if channels == 1 {
		return &image.Gray{Pix: samples, Stride: width, Rect: bounds}
	}
	m := image.NewNRGBA(bounds)
	for i := range width * height {
		copy(m.Pix[4*i:], samples[3*i:3*i+3])
		m.Pix[4*i+3] = 255
	}
	return m
}

// fromImage writes an image's samples, one or three channels.
func fromImage(samples []uint8, m image.Image, channels int) {
	bounds := m.Bounds()
	width := bounds.Dx() * channels
	for y := range bounds.Dy() {
		row := samples[y*width : (y+1)*width]
		switch {
		case channels == 1:
			greyRow(row, m, y)
		default:
			for x := range bounds.Dx() {
				c := color.NRGBAModel.Convert(m.At(bounds.Min.X+x, bounds.Min.Y+y)).(color.NRGBA)
				row[3*x], row[3*x+1], row[3*x+2] = c.R, c.G, c.B
			}
		}
	}
}

// greyRow writes row y of m. Of luma and chroma, only luma is looked at.
func greyRow(row []uint8, m image.Image, y int) {
	switch m := m.(type) {
	case *image.Gray:
		copy(row, m.Pix[y*m.Stride:])
	case *image.YCbCr:
		copy(row, m.Y[y*m.YStride:])
	case *image.NYCbCrA:
		copy(row, m.Y[y*m.YStride:])
	default:
		corner := m.Bounds().Min
		for x := range row {
			row[x] = color.GrayModel.Convert(m.At(corner.X+x, corner.Y+y)).(color.Gray).Y
		}
	}
}
