// Package rdjpeg encodes JPEG for the highest PSNR at a given size: the
// strongest JPEG that an evaluation can set against other codecs.
//
// It has what image/jpeg and the tables of Annex K lack: the same quantiser
// step for all frequencies (which is best for the mean squared error),
// coefficients chosen by rate and distortion with a trellis (as in Crouse and
// Ramchandran, "Joint thresholding and quantizer selection for transform
// image coding", IEEE Transactions on Image Processing 6(2), 1997), Huffman
// tables fitted to the image or to a whole set of images, and scans of single
// bands where they come out smaller. Any decoder of baseline and progressive
// JPEG reads the files; image/jpeg does.
package rdjpeg

import (
	"bytes"
	"errors"
	"fmt"
	"image"
)

// Options say how to encode.
type Options struct {
	Step int // quantiser step for all frequencies, 1 to 255

	// Subsample halves the chroma of colour images in both directions. The
	// step of halved chroma is halved too, since an error in it counts in four
	// pixels.
	Subsample bool
}

// ErrOptions says that the options, or the image's size, are out of range.
var ErrOptions = errors.New("rdjpeg: out of range")

// passes is how often coefficients and Huffman tables are fitted to each
// other.
const passes = 4

// Encode codes one image with tables of its own, in whichever sequence of
// scans is the shortest. An *image.Gray becomes a grey JPEG, all else YCbCr.
func Encode(m image.Image, o Options) ([]byte, error) {
	pictures, err := newPictures([]image.Image{m}, o)
	if err != nil {
		return nil, err
	}
	optimise(pictures)
	var best []byte
	for _, script := range scripts {
		data := script.encode(pictures)[0]
		if best == nil || len(data) < len(best) {
			best = data
		}
	}
	return best, nil
}

// EncodeAll codes images of one size, each as a file that can be decoded by
// itself, with Huffman tables fitted to all of them: all files begin with the
// same bytes up to the first block.
func EncodeAll(images []image.Image, o Options) ([][]byte, error) {
	pictures, err := newPictures(images, o)
	if err != nil {
		return nil, err
	}
	optimise(pictures)
	return sequential.encode(pictures), nil
}

func newPictures(images []image.Image, o Options) ([]*picture, error) {
	if o.Step < 1 || o.Step > 255 {
		return nil, fmt.Errorf("%w: step %d, not 1 to 255", ErrOptions, o.Step)
	}
	pictures := make([]*picture, len(images))
	for i, m := range images {
		if size := m.Bounds().Size(); size.X < 1 || size.Y < 1 || size.X > 65535 || size.Y > 65535 {
			return nil, fmt.Errorf("%w: image of %dx%d, not 1 to 65535", ErrOptions, size.X, size.Y)
		}
		pictures[i] = newPicture(m, o)
	}
	return pictures, nil
}

// optimise chooses the coefficients of all pictures: rounded at first, then
// again and again by what they cost with the Huffman tables fitted to the
// choice before.
func optimise(pictures []*picture) {
	for _, p := range pictures {
		for i := range p.components {
			p.components[i].round()
		}
	}
	for range passes {
		tables := sequential.tables(pictures)
		for _, p := range pictures {
			for i := range p.components {
				c := &p.components[i]
				t := tables[0][c.class()]
				c.chooseAC(&t[acTable])
				c.chooseDC(&t[dcTable])
			}
		}
	}
}

// A script is a sequence of bands of coefficients, each coded for all blocks
// before the next.
type script struct {
	progressive bool
	bands       []band
}

// A band is the coefficients from to last, in zigzag order.
type band struct{ first, last int }

var sequential = script{false, []band{{0, 63}}}

// scripts are tried in turn. A split at low frequencies pays where most blocks
// have only a few.
var scripts = []script{
	sequential,
	{true, []band{{0, 0}, {1, 63}}},
	{true, []band{{0, 0}, {1, 5}, {6, 63}}},
	{true, []band{{0, 0}, {1, 2}, {3, 9}, {10, 63}}},
}

// tables returns the Huffman tables fitted to the pictures, by band, luma or
// chroma, and DC or AC.
func (s script) tables(pictures []*picture) [][2][2]table {
	tables := make([][2][2]table, len(s.bands))
	for i, b := range s.bands {
		var counts [2]histogram
		for _, p := range pictures {
			for j := range p.components {
				c := &p.components[j]
				c.scan(b, s.progressive, &counts[c.class()])
			}
		}
		for class := range counts {
			for kind := range counts[class] {
				tables[i][class][kind] = newTable(&counts[class][kind])
			}
		}
	}
	return tables
}

// encode writes each picture as a file, all with the same tables.
func (s script) encode(pictures []*picture) [][]byte {
	tables := s.tables(pictures)
	files := make([][]byte, len(pictures))
	for i, p := range pictures {
		w := &writer{Buffer: new(bytes.Buffer)}
		w.header(p, s.progressive)
		for j, b := range s.bands {
			w.tables(b, tables[j], len(p.components) > 1)
			for k := range p.components {
				c := &p.components[k]
				w.beginScan(k, c.class(), b)
				w.coding = &tables[j][c.class()]
				c.scan(b, s.progressive, w)
				w.flush()
			}
		}
		w.marker(eoi)
		files[i] = w.Bytes()
	}
	return files
}
