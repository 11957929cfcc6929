package hourglass

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// checkSize fails unless img is of the size that m is for.
func (m *Model) checkSize(img image.Image) error {
	if size := img.Bounds().Size(); size != image.Pt(m.shape.Width, m.shape.Height) {
		return &SizeError{Size: size, Model: m}
	}
	return nil
}

// appendPix appends the pixels of img, (H, W, C), to dst.
func appendPix(dst []byte, img image.Image, channels int) []byte {
	b := img.Bounds()
	if g, ok := img.(*image.Gray); ok && channels == 1 {
		for y := b.Min.Y; y < b.Max.Y; y++ {
			i := g.PixOffset(b.Min.X, y)
			dst = append(dst, g.Pix[i:i+b.Dx()]...)
		}
		return dst
	}
	for pix := onWhite(img); len(pix) > 0; pix = pix[4:] {
		if channels == 3 {
			dst = append(dst, pix[:3]...)
			continue
		}
		luma := color.GrayModel.Convert(color.RGBA{pix[0], pix[1], pix[2], 0xff})
		dst = append(dst, luma.(color.Gray).Y)
	}
	return dst
}

// onWhite returns img on a white ground, (H, W, 4).
func onWhite(img image.Image) []byte {
	b := img.Bounds()
	if m, ok := img.(*image.RGBA); ok && m.Stride == 4*b.Dx() && m.Opaque() {
		return m.Pix[:m.Stride*b.Dy()]
	}
	m := image.NewRGBA(image.Rectangle{Max: b.Size()})
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(m, m.Rect, img, b.Min, draw.Over)
	return m.Pix
}

// imageOf returns pix, (H, W, C), as an image, which shares the memory if it is
// grey.
func imageOf(pix []byte, s container.Shape) image.Image {
	r := image.Rect(0, 0, s.Width, s.Height)
	if s.Channels == 1 {
		return &image.Gray{Pix: pix, Stride: s.Width, Rect: r}
	}
	m := image.NewRGBA(r)
	for i := range s.Width * s.Height {
		copy(m.Pix[4*i:], pix[3*i:3*i+3])
		m.Pix[4*i+3] = 0xff
	}
	return m
}
