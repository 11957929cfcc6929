package metrics

import (
	"errors"
	"fmt"
)

// Errors that the image metrics wrap.
var (
	// ErrShape says that an image is not well formed, or that two images
	// differ in size or channels.
	ErrShape = errors.New("metrics: images do not fit")
	// ErrTooSmall says that an image is smaller than the metric's windows.
	ErrTooSmall = errors.New("metrics: image too small")
)

// Image is a view of 8-bit samples: channel c of the pixel at column x, row y
// is Pix[y*Stride+x*Step+c].
//
// A grey plane has Channels 1, interleaved RGB has Channels 3. Step lets RGB
// be read from RGBA (Channels 3, Step 4), whose alpha is then ignored.
type Image struct {
	Pix           []uint8
	Width, Height int
	Channels      int // samples of a pixel that count, at least 1
	Step          int // bytes from a pixel to the next; 0 means Channels
	Stride        int // bytes from a row to the next; 0 means Width*Step
}

// withDefaults fills in Step and Stride and checks that every sample is there.
func (m Image) withDefaults() (Image, error) {
	if m.Step == 0 {
		m.Step = m.Channels
	}
	if m.Stride == 0 {
		m.Stride = m.Width * m.Step
	}
	if m.Width < 1 || m.Height < 1 || m.Channels < 1 || m.Step < m.Channels || m.Stride < (m.Width-1)*m.Step+m.Channels {
		return m, fmt.Errorf("%w: %v", ErrShape, m)
	}
	if need := (m.Height-1)*m.Stride + (m.Width-1)*m.Step + m.Channels; len(m.Pix) < need {
		return m, fmt.Errorf("%w: %v needs %d bytes, has %d", ErrShape, m, need, len(m.Pix))
	}
	return m, nil
}

// String describes the image's shape, as in "768x512x3 (step 4, stride 3072)".
func (m Image) String() string {
	return fmt.Sprintf("%dx%dx%d (step %d, stride %d)", m.Width, m.Height, m.Channels, m.Step, m.Stride)
}

// row returns the bytes from the first sample of row y to its last.
func (m Image) row(y int) []uint8 {
	start := y * m.Stride
	return m.Pix[start : start+(m.Width-1)*m.Step+m.Channels]
}

// pair checks two images that are to be compared.
func pair(a, b Image) (Image, Image, error) {
	a, err := a.withDefaults()
	if err != nil {
		return a, b, err
	}
	b, err = b.withDefaults()
	if err != nil {
		return a, b, err
	}
	if a.Width != b.Width || a.Height != b.Height || a.Channels != b.Channels {
		return a, b, fmt.Errorf("%w: %v against %v", ErrShape, a, b)
	}
	return a, b, nil
}

// BitsPerPixel is the rate of an image of width by height pixels that was
// coded in the given number of bytes. It panics if the image has no pixels.
func BitsPerPixel(bytes int64, width, height int) float64 {
	if width < 1 || height < 1 {
		panic(fmt.Sprintf("metrics: bits per pixel of a %dx%d image", width, height))
	}
	return 8 * float64(bytes) / (float64(width) * float64(height))
}
