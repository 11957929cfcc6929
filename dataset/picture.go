package dataset

import (
	"fmt"
	"image"
	"io"
	"io/fs"
	"math"

	// The formats that ReadFolder decodes.
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"golang.org/x/image/draw"
)

// Fit says how a picture is brought to the size of a set's images.
type Fit int

const (
	// Cover takes the largest part around the centre that has the wanted
	// proportions and resizes it (Catmull-Rom, widened when shrinking).
	Cover Fit = iota
	// Crop takes the wanted size from the centre, pixel for pixel. A picture
	// that is too small is an error.
	Crop
	// Stretch resizes the whole picture, whatever its proportions.
	Stretch
)

// String returns the lower-case name of f.
func (f Fit) String() string {
	switch f {
	case Cover:
		return "cover"
	case Crop:
		return "crop"
	case Stretch:
		return "stretch"
	}
	return fmt.Sprintf("Fit(%d)", int(f))
}

// SizeError reports a picture with too many pixels or rows, or, with [Crop], too
// few rows or columns.
type SizeError struct {
	H, W int    // of the picture
	Want string // what was asked for
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("dataset: a picture of %dx%d pixels, %s", e.W, e.H, e.Want)
}

// pictureReader reads pictures from a folder.
type pictureReader struct {
	fsys      fs.FS
	fit       Fit
	maxPixels int64
}

// size returns the rows and columns that the named picture's header announces.
func (r *pictureReader) size(name string) (h, w int, err error) {
	f, err := r.fsys.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	if h, w, err = headerSize(f, r.maxPixels); err != nil {
		return 0, 0, decodeError(name, err)
	}
	return h, w, nil
}

// read decodes the named picture to pixels of shape (h, w, c) in dst.
func (r *pictureReader) read(name string, h, w, c int, dst []uint8) error {
	if _, _, err := r.size(name); err != nil {
		return err
	}
	f, err := r.fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	m, _, err := image.Decode(f)
	if err != nil {
		return decodeError(name, err)
	}
	part, err := r.fit.part(m.Bounds(), h, w)
	if err != nil {
		return decodeError(name, err)
	}
	if int64(part.Dy())*int64(w) > maxResize {
		return decodeError(name, &SizeError{part.Dy(), part.Dx(), fmt.Sprintf("too tall to be resized to %dx%d", w, h)})
	}
	samples(dst, resize(m, part, h, w), c)
	return nil
}

// maxResize limits what a resize allocates: 32 bytes for every row of the
// picture and column of the image, which is much for a picture like a thread.
const maxResize = 1 << 24

func decodeError(name string, err error) error {
	return &fs.PathError{Op: "decode", Path: name, Err: err}
}

// headerSize returns the size of the picture in f and checks it against the
// limit before anything of that size is allocated.
func headerSize(f io.Reader, maxPixels int64) (h, w int, err error) {
	c, _, err := image.DecodeConfig(f)
	if err != nil {
		return 0, 0, err
	}
	if c.Width <= 0 || c.Height <= 0 {
		return 0, 0, &SizeError{c.Height, c.Width, "which is empty"}
	}
	if c.Width > math.MaxInt32 || c.Height > math.MaxInt32 || int64(c.Width)*int64(c.Height) > maxPixels {
		return 0, 0, &SizeError{c.Height, c.Width, fmt.Sprintf("over the limit of %d pixels in one", maxPixels)}
	}
	return c.Height, c.Width, nil
}

// part returns which part of a picture with bounds b becomes the image of h
// rows and w columns.
func (f Fit) part(b image.Rectangle, h, w int) (image.Rectangle, error) {
	ph, pw := b.Dy(), b.Dx()
	switch f {
	case Cover:
		// The larger of w/h and pw/ph decides which side is cut.
		if int64(pw)*int64(h) > int64(ph)*int64(w) {
			pw = int(max(1, int64(ph)*int64(w)/int64(h)))
		} else {
			ph = int(max(1, int64(pw)*int64(h)/int64(w)))
		}
	case Crop:
		if ph < h || pw < w {
			return b, &SizeError{ph, pw, fmt.Sprintf("too small for a crop of %dx%d", w, h)}
		}
		ph, pw = h, w
	}
	y, x := b.Min.Y+(b.Dy()-ph)/2, b.Min.X+(b.Dx()-pw)/2
	return image.Rect(x, y, x+pw, y+ph), nil
}

// resize returns the given part of m, on white, as h rows and w columns.
func resize(m image.Image, part image.Rectangle, h, w int) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Rect, image.White, image.Point{}, draw.Src)
	if part.Dx() == w && part.Dy() == h {
		draw.Draw(dst, dst.Rect, m, part.Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(dst, dst.Rect, m, part, draw.Over, nil)
	}
	return dst
}

// samples writes the pixels of m to dst, (H, W, c).
func samples(dst []uint8, m *image.RGBA, c int) {
	for p := 0; p < len(m.Pix)/4; p++ {
		rgba := m.Pix[4*p : 4*p+4]
		if c == 3 {
			copy(dst[3*p:3*p+3], rgba)
			continue
		}
		dst[p] = luma(rgba[0], rgba[1], rgba[2])
	}
}

// luma is what image/color's GrayModel makes of an opaque colour.
func luma(r, g, b uint8) uint8 {
	const widen = 0x101 // from 8 bits to 16
	sum := 19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b)
	return uint8((sum*widen + 1<<15) >> 24)
}
