package hourglass

import (
	"errors"
	"fmt"
	"image"
	"io"

	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/internal/container"
)

// Qualities.
const (
	MinQuality     = 1
	DefaultQuality = 50
	MaxQuality     = 100
)

// Options say how to encode an image.
type Options struct {
	// Model is needed: there is no default, as a model is for images of one
	// kind.
	Model *Model
	// Quality is from MinQuality to MaxQuality; 0 means DefaultQuality. What
	// it costs in bytes and errors depends on the model.
	Quality int
	// Effort is how many times the codes are refined, for fewer bytes at the
	// same error; see [codec.EncodeOptions]. It makes no difference to
	// decoding.
	Effort int
	// LosslessFallback stores an image without loss if it is so unlike those
	// that the model was trained on that its code would be very long.
	LosslessFallback bool
	// EmbedModel puts the model file into the file, so that it can be decoded
	// where the model is not known.
	EmbedModel bool
}

// Encode writes img as an .hgi file. The error is a [*SizeError] if img is not
// of the size that the model is for.
func Encode(w io.Writer, img image.Image, o *Options) error {
	if o == nil {
		o = new(Options)
	}
	quality, err := checkOptions(o.Model, o.Quality)
	if err != nil {
		return err
	}
	if err := o.Model.checkSize(img); err != nil {
		return err
	}
	c := blockCodec{o.Model, codec.EncodeOptions{Effort: o.Effort, Fallback: o.LosslessFallback}}
	m, err := container.EncodeImage(c, c.model.shape, quality, appendPix(nil, img, c.model.shape.Channels))
	if err != nil {
		return err
	}
	m.Chunks = modelChunks(o.Model, o.EmbedModel)
	return container.WriteImage(w, m)
}

// checkOptions returns the quality as files have it.
func checkOptions(m *Model, quality int) (uint8, error) {
	switch {
	case m == nil:
		return 0, errors.New("hourglass: the options have no model: encoding needs one, see ParseModel")
	case quality == 0:
		return DefaultQuality, nil
	case quality < MinQuality || quality > MaxQuality:
		return 0, fmt.Errorf("hourglass: quality %d: it must be from %d to %d", quality, MinQuality, MaxQuality)
	}
	return uint8(quality), nil
}

// modelChunks returns the chunks of a file that has its model inside, or none.
func modelChunks(m *Model, embed bool) []container.Chunk {
	if !embed {
		return nil
	}
	return []container.Chunk{{Type: container.ChunkModel, Data: m.File()}}
}
