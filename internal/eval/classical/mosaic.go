package classical

import (
	"fmt"
	"image"
	"math"

	"github.com/hourglass-codec/hourglass/dataset"
)

// maxSide is the longest side of a mosaic in pixels. From 2160 on, libaom saves
// time in ways that cost 3 % more bytes; smaller mosaics cost bytes too.
const maxSide = 2048

// A grid is the number of images that one file holds below and beside each
// other. The last file may have fewer rows, and blanks in the last of them.
type grid struct{ rows, cols int }

// mosaicGrid lays out n images of the given size: in one mosaic without blanks
// that is at most thrice as wide as high, if there is one, or else in one that
// is nearly square.
func mosaicGrid(n, height, width int) grid {
	most := grid{max(1, maxSide/height), max(1, maxSide/width)}
	if n >= most.rows*most.cols {
		return most
	}
	square := int(math.Ceil(math.Sqrt(float64(n))))
	for cols := square; cols <= min(2*square, n); cols++ {
		if n%cols == 0 && cols <= most.cols && n/cols <= most.rows {
			return grid{n / cols, cols}
		}
	}
	cols := min(square, most.cols)
	return grid{min((n+cols-1)/cols, most.rows), cols}
}

// count returns how many files n images need.
func (g grid) count(n int) int { return (n + g.rows*g.cols - 1) / (g.rows * g.cols) }

// size returns the size in pixels of file f of a set.
func (g grid) size(images *dataset.Set, f int) (width, height int) {
	n := min(g.rows*g.cols, images.N-f*g.rows*g.cols)
	return g.cols * images.W, (n + g.cols - 1) / g.cols * images.H
}

// mosaic lays the images of file f out; blanks are black.
func (g grid) mosaic(images *dataset.Set, f int) image.Image {
	width, height := g.size(images, f)
	samples := make([]uint8, width*height*images.C)
	g.copyRows(images, f, func(offset int, row []uint8) { copy(samples[offset:], row) })
	return toImage(samples, width, height, images.C)
}

// split is the inverse of mosaic: it fills in the images of file f.
func (g grid) split(images *dataset.Set, f int, m image.Image) error {
	width, height := g.size(images, f)
	if size := m.Bounds().Size(); size != image.Pt(width, height) {
		return fmt.Errorf("decoded to %dx%d pixels, not %dx%d", size.X, size.Y, width, height)
	}
	samples := make([]uint8, width*height*images.C)
	fromImage(samples, m, images.C)
	g.copyRows(images, f, func(offset int, row []uint8) { copy(row, samples[offset:]) })
	return nil
}

// copyRows calls f with every row of the file's images and its place in the
// mosaic's samples.
func (g grid) copyRows(images *dataset.Set, file int, f func(offset int, row []uint8)) {
	first := file * g.rows * g.cols
	length := images.W * images.C
	for i := first; i < min(first+g.rows*g.cols, images.N); i++ {
		r, c := (i-first)/g.cols, (i-first)%g.cols
		pix := images.Pix(i)
		for y := range images.H {
			f(((r*images.H+y)*g.cols+c)*length, pix[y*length:(y+1)*length])
		}
	}
}
