package hourglass

import (
	"image"
	"io"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// DecodeOptions say how to decode images and archives. The zero value and nil
// are the default.
type DecodeOptions struct {
	// Models are known beside those that are registered.
	Models []*Model
	// IgnoreEmbedded leaves the models inside files alone. They may be from
	// whoever made the file; they cannot do more than make pixels, or fail.
	IgnoreEmbedded bool
	// Threads is how many blocks of an archive are decoded at once when all
	// are read; 0 means one for each processor. It makes no difference to the
	// pixels.
	Threads int
	// Limits bound what a file may ask for.
	Limits Limits
}

// Limits bound what a reader accepts and a writer writes; beyond them they fail
// with [ErrTooLarge]. A field that is zero has its default.
type Limits struct {
	MaxPixels  int // pixels of a payload: images × width × height; default 2^26
	MaxPayload int // bytes of a payload; default 2^26
	MaxImages  int // images of an archive; default 2^26
	MaxModel   int // bytes of a model inside a file; default 2^24
	MaxMeta    int // bytes of any other optional chunk; default 2^22
	MaxNames   int // bytes of the names of a block; default 2^18
}

// orDefault returns o, or the default for nil.
func (o *DecodeOptions) orDefault() *DecodeOptions {
	if o == nil {
		return new(DecodeOptions)
	}
	return o
}

func (o *DecodeOptions) limits() *container.Limits { return (*container.Limits)(&o.Limits) }

// Decode reads an .hgi file, which must be all that r has, with a registered
// model or the one inside the file.
func Decode(r io.Reader) (image.Image, error) { return DecodeWith(r, nil) }

// DecodeWith is [Decode] with options.
func DecodeWith(r io.Reader, o *DecodeOptions) (image.Image, error) {
	o = o.orDefault()
	m, err := container.ReadImage(r, o.limits())
	if err != nil {
		return nil, err
	}
	model, err := o.ofImage(m)
	if err != nil {
		return nil, err
	}
	if err := model.checkShape(m.Shape); err != nil {
		return nil, err
	}
	pix, err := m.Decode(blockCodec{model: model})
	if err != nil {
		return nil, err
	}
	return imageOf(pix, m.Shape), nil
}

// DecodeConfig returns the size and the color model of an .hgi file. It reads
// the first bytes only, needs no model, and does not notice damage.
func DecodeConfig(r io.Reader) (image.Config, error) {
	m, err := container.ReadConfig(r)
	if err != nil {
		return image.Config{}, err
	}
	return configOf(m.Shape), nil
}
