package classical

import (
	"context"
	"fmt"
	"image"
	"slices"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/eval"
)

// enoughFiles is the number of images on which files are measured of formats
// that are slow with them.
const enoughFiles = 1000

// Files stores each image as a file.
func Files(f Format) eval.Codec { return arrangement{f, files} }

// Headerless stores each image as a file, less the bytes that are the same in
// all files: these are stored once and not counted. Nor is what tells one
// image's bytes from the next's.
func Headerless(f Format) eval.Codec { return arrangement{f, headerless} }

// Mosaics stores all images as tiles of one image, or of a few if one would be
// larger than maxSide.
func Mosaics(f Format) eval.Codec { return arrangement{f, mosaics} }

// An arrangement is a way to make files of a set of images.
type arrangement struct {
	Format
	way way
}

// A way is the name of an arrangement.
type way string

const (
	files      way = "files"
	headerless way = "headerless"
	mosaics    way = "mosaics"
)

// grid returns how many of n images go into a file.
func (w way) grid(n, height, width int) grid {
	if w == mosaics {
		return mosaicGrid(n, height, width)
	}
	return grid{1, 1}
}

func (a arrangement) Info() eval.Info {
	info := eval.Info{Name: a.Name + ", " + string(a.way), Group: eval.Classical, Version: a.Version}
	switch {
	case a.way == mosaics && a.Version != "":
		info.Version += fmt.Sprintf(", mosaics of up to %d pixels a side", maxSide)
	case a.Slow && a.way != mosaics:
		info.Limit = enoughFiles
	}
	return info
}

func (a arrangement) Settings() []eval.Setting {
	if a.way == mosaics {
		return slices.Concat(a.Format.Settings, a.Mosaic)
	}
	return a.Format.Settings
}

func (a arrangement) Pack(ctx context.Context, images *dataset.Set, s eval.Setting) (eval.Packed, error) {
	p := &packed{format: a.Format, shape: *images, grid: a.way.grid(images.N, images.H, images.W)}
	p.shape.Pixels = nil
	var err error
	if a.way == headerless && a.EncodeAll != nil {
		p.data, err = a.EncodeAll(ctx, pictures(images), s)
	} else {
		p.data = make([][]byte, p.grid.count(images.N))
		err = eval.Parallel(ctx, len(p.data), func(i int) (err error) {
			p.data[i], err = a.Encode(ctx, p.grid.mosaic(images, i), s)
			return err
		})
	}
	if err != nil || a.way != headerless {
		return p, err
	}
	p.common, err = strip(p.data)
	return p, err
}

func pictures(images *dataset.Set) []image.Image {
	list := make([]image.Image, images.N)
	for i := range list {
		list[i] = images.Image(i)
	}
	return list
}

// packed is a set as files.
type packed struct {
	format Format
	shape  dataset.Set // of the images, without pixels
	grid   grid
	data   [][]byte
	common *common // what was taken off data; nil if nothing was
}

func (p *packed) Bytes() (n int64) {
	for _, d := range p.data {
		n += int64(len(d))
	}
	return n
}

func (p *packed) Shared() int64 {
	if p.common == nil {
		return 0
	}
	return p.common.size()
}

func (p *packed) Unpack(ctx context.Context, pixels []uint8) error {
	images := p.shape
	images.Pixels = pixels
	return eval.Parallel(ctx, len(p.data), func(i int) error {
		data := p.data[i]
		if p.common != nil {
			data = p.common.restore(data)
		}
		m, err := p.format.Decode(ctx, data)
		if err != nil {
			return fmt.Errorf("file %d of %d: %w", i+1, len(p.data), err)
		}
		return p.grid.split(&images, i, m)
	})
}
