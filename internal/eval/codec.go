package eval

import (
	"context"
	"errors"
	"strconv"

	"github.com/hourglass-codec/hourglass/dataset"
)

// ErrUnavailable says that a codec cannot run on this machine or in this
// build: a tool is missing, or a library is not linked. The error that wraps
// it says what to do.
var ErrUnavailable = errors.New("not measured")

// Codec packs sets of images of one size and unpacks them again. A Codec is
// used by one goroutine at a time.
type Codec interface {
	Info() Info

	// Settings lists what to measure, in any order. It is where one codec
	// offers more than one way of coding: only the best points count.
	Settings() []Setting

	// Pack codes all images. Its error wraps ErrUnavailable if the codec
	// cannot run here.
	Pack(ctx context.Context, images *dataset.Set, s Setting) (Packed, error)
}

// Packed is a set of images as a codec stores it.
type Packed interface {
	// Bytes counts what is stored for these images: whole files with their
	// headers, and the index.
	Bytes() int64

	// Shared counts what is stored once for any number of images and is not
	// in Bytes: a model, or headers taken off.
	Shared() int64

	// Unpack decodes all images to pixels (N, H, W, C).
	Unpack(ctx context.Context, pixels []uint8) error
}

// Info describes a codec.
type Info struct {
	Name  string `json:"name"` // codec and arrangement, as in "AVIF, mosaics"
	Group Group  `json:"group"`

	// Version names all that decides the bytes beside the setting: libraries
	// and their versions, fixed options, the layout of a mosaic. Points are
	// cached by it; "" means that they never are.
	Version string `json:"version,omitempty"`

	// Limit, if it is not 0, is the number of images that are enough to
	// measure: a codec that is slow and takes as long and as many bytes for an
	// image whatever the others are is run on the first of a larger set.
	Limit int `json:"limit,omitempty"`
}

// Group divides codecs for comparisons.
type Group string

// The groups.
const (
	Ours      Group = "ours"
	Classical Group = "classical" // general codecs, nothing learned
	Learned   Group = "learned"   // other codecs fitted on training images
)

// Setting is one way to run a codec.
type Setting struct {
	Quality float64 `json:"quality"`           // in the codec's own unit
	Variant string  `json:"variant,omitempty"` // of the options, if the codec has a choice
}

// String returns the quality and the variant, as in "38 screen".
func (s Setting) String() string {
	q := strconv.FormatFloat(s.Quality, 'g', 6, 64)
	if s.Variant == "" {
		return q
	}
	return q + " " + s.Variant
}

// Settings returns the settings of the given qualities in each of the variants,
// or in the only one if none is named.
func Settings(qualities []float64, variants ...string) []Setting {
	if len(variants) == 0 {
		variants = []string{""}
	}
	var list []Setting
	for _, v := range variants {
		for _, q := range qualities {
			list = append(list, Setting{q, v})
		}
	}
	return list
}
