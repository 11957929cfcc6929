// Package ours measures the project's own codec as package eval measures
// others: whole archives and single files, counted in real bytes.
package ours

import (
	"bytes"
	"context"
	"fmt"

	hourglass "github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/eval"
)

// Qualities are the settings that are measured if none are chosen.
var Qualities = []float64{1, 8, 15, 22, 29, 36, 43, 50, 57, 64, 72, 79, 86, 93, 100}

// A Codec packs sets with a model.
type Codec struct {
	Model     *hourglass.Model
	Effort    int
	Qualities []float64 // nil means those of the package
	// Files stores each image in a file of its own, and not all in an archive.
	Files bool
}

var _ eval.Codec = Codec{}

// Info implements eval.Codec. Points are never cached: the program may change.
func (c Codec) Info() eval.Info {
	name := "Hourglass, archive"
	if c.Files {
		name = "Hourglass, files"
	}
	if c.Effort > 0 {
		name += fmt.Sprintf(", effort %d", c.Effort)
	}
	return eval.Info{Name: name, Group: eval.Ours}
}

// Settings implements eval.Codec.
func (c Codec) Settings() []eval.Setting {
	if c.Qualities != nil {
		return eval.Settings(c.Qualities)
	}
	return eval.Settings(Qualities)
}

// Pack implements eval.Codec.
func (c Codec) Pack(ctx context.Context, images *dataset.Set, s eval.Setting) (eval.Packed, error) {
	p := packed{model: c.Model, size: images.Size()}
	if c.Files {
		return p.packFiles(ctx, images, int(s.Quality), c.Effort)
	}
	var b bytes.Buffer
	w, err := hourglass.NewArchiveWriter(&b, &hourglass.ArchiveOptions{Model: c.Model, Quality: int(s.Quality), Effort: c.Effort})
	if err != nil {
		return nil, err
	}
	for i := range images.N {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := w.AddPix(images.Pix(i), hourglass.Info{}); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	p.archive = b.Bytes()
	return p, nil
}

// packFiles makes a file of each image.
func (p packed) packFiles(ctx context.Context, images *dataset.Set, quality, effort int) (eval.Packed, error) {
	p.files = make([][]byte, images.N)
	err := eval.Parallel(ctx, images.N, func(i int) error {
		var b bytes.Buffer
		err := hourglass.Encode(&b, images.Image(i), &hourglass.Options{Model: p.model, Quality: quality, Effort: effort})
		p.files[i] = b.Bytes()
		return err
	})
	return p, err
}

// packed is a set as an archive or as files.
type packed struct {
	model   *hourglass.Model
	size    int // of an image in bytes
	archive []byte
	files   [][]byte
}

// Archive returns the archive, nil if the set is packed as files.
func (p packed) Archive() []byte { return p.archive }

// Bytes implements eval.Packed.
func (p packed) Bytes() int64 {
	n := int64(len(p.archive))
	for _, f := range p.files {
		n += int64(len(f))
	}
	return n
}

// Shared implements eval.Packed: the model.
func (p packed) Shared() int64 { return int64(len(p.model.File())) }

// Unpack implements eval.Packed.
func (p packed) Unpack(ctx context.Context, pixels []uint8) error {
	o := &hourglass.DecodeOptions{Models: []*hourglass.Model{p.model}}
	if p.files != nil {
		return eval.Parallel(ctx, len(p.files), func(i int) error {
			m, err := hourglass.DecodeWith(bytes.NewReader(p.files[i]), o)
			if err != nil {
				return err
			}
			return copyPixels(pixels[i*p.size:(i+1)*p.size], m)
		})
	}
	a, err := hourglass.OpenArchive(bytes.NewReader(p.archive), int64(len(p.archive)), o)
	if err != nil {
		return err
	}
	for item, err := range a.All() {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		copy(pixels[item.Number*p.size:], item.Pix)
	}
	return nil
}
