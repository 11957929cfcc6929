package plot

import (
	"fmt"
	"image"
	"image/color"
)

// Image is a small picture: Channels interleaved 8-bit samples a pixel, rows
// from the top without gaps.
type Image struct {
	Pix           []uint8 // Height·Width·Channels
	Width, Height int
	Channels      int // 1 for grey, 3 for RGB
}

// check says what is wrong with the image, if anything; what names it.
func (m Image) check(what string) error {
	if m.Channels != 1 && m.Channels != 3 {
		return fmt.Errorf("plot: %s has %d channels, neither 1 nor 3", what, m.Channels)
	}
	const most = 1 << 15
	if m.Width < 1 || m.Height < 1 || m.Width > most || m.Height > most {
		return fmt.Errorf("plot: %s is %dx%d pixels, which is not within 1x1 to %dx%d", what, m.Width, m.Height, most, most)
	}
	if need := m.Width * m.Height * m.Channels; len(m.Pix) != need {
		return fmt.Errorf("plot: %s of %dx%dx%d has %d samples, not %d", what, m.Width, m.Height, m.Channels, len(m.Pix), need)
	}
	return nil
}

// std returns the image as the standard library has it.
func (m Image) std() image.Image {
	r := image.Rect(0, 0, m.Width, m.Height)
	if m.Channels == 1 {
		return &image.Gray{Pix: m.Pix, Stride: m.Width, Rect: r}
	}
	out := image.NewNRGBA(r)
	for i := range m.Width * m.Height {
		copy(out.Pix[4*i:], m.Pix[3*i:3*i+3])
		out.Pix[4*i+3] = 0xff
	}
	return out
}

// enlarge makes each pixel a square of scale by scale.
func enlarge(m image.Image, scale int) image.Image {
	if scale == 1 {
		return m
	}
	size := m.Bounds().Size()
	r := image.Rect(0, 0, size.X*scale, size.Y*scale)
	switch m := m.(type) {
	case *image.Gray:
		out := image.NewGray(r)
		repeat(out.Pix, out.Stride, m.Pix, m.Stride, size, 1, scale)
		return out
	case *image.NRGBA:
		out := image.NewNRGBA(r)
		repeat(out.Pix, out.Stride, m.Pix, m.Stride, size, 4, scale)
		return out
	}
	panic(fmt.Sprintf("plot: enlarging a %T", m))
}

// repeat writes each pixel of src, n bytes, scale times along both axes.
func repeat(dst []uint8, dstStride int, src []uint8, srcStride int, size image.Point, n, scale int) {
	for y := range size.Y {
		row := dst[y*scale*dstStride:][:size.X*scale*n]
		for x := range size.X * scale {
			copy(row[x*n:(x+1)*n], src[y*srcStride+x/scale*n:])
		}
		for i := 1; i < scale; i++ {
			copy(dst[(y*scale+i)*dstStride:], row)
		}
	}
}

// hairline is the edge around pictures, so that white ones have one.
var hairline = line{colour: color.Gray{0xa0}, width: 0.5}
