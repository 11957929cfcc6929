package hourglass

import (
	"encoding/hex"
	"fmt"
	"image"
	"image/color"

	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/internal/container"
)

// A Model encodes and decodes images of one shape. It is safe for concurrent
// use.
type Model struct {
	codec *codec.Codec
	id    container.ModelID
	shape container.Shape
}

// ParseModel returns the model of a model file, given its bytes, which must not
// be changed afterwards. The error is that of [codec.Read].
func ParseModel(file []byte) (*Model, error) {
	c, err := codec.Read(file)
	if err != nil {
		return nil, err
	}
	config := c.Config()
	return &Model{
		codec: c,
		id:    c.ID(),
		shape: container.Shape{Width: config.Width, Height: config.Height, Channels: config.Channels},
	}, nil
}

// A ModelID names a model by the content of its file.
type ModelID [32]byte // SHA-256 of the file

// String returns the hexadecimal digits.
func (id ModelID) String() string { return hex.EncodeToString(id[:]) }

// ID returns the model's name.
func (m *Model) ID() ModelID { return ModelID(m.id) }

// File returns the bytes of the model file, which must not be changed.
func (m *Model) File() []byte { return m.codec.File() }

// Config returns what decoded images are: their size, and [color.GrayModel] or
// [color.RGBAModel].
func (m *Model) Config() image.Config { return configOf(m.shape) }

func configOf(s container.Shape) image.Config {
	c := image.Config{ColorModel: color.RGBAModel, Width: s.Width, Height: s.Height}
	if s.Channels == 1 {
		c.ColorModel = color.GrayModel
	}
	return c
}

// Channels returns 1 for grey images, 3 for red, green and blue.
func (m *Model) Channels() int { return m.shape.Channels }

// ExpectedBytes returns how many bytes an image of the kind that the model was
// trained on takes in an archive, on average. Images that take several times
// as much are of another kind: they are coded all the same, but another model,
// or a general codec, would do better.
func (m *Model) ExpectedBytes(quality int) float64 { return m.codec.ExpectedBits(quality) / 8 }

// String returns the shape and the beginning of the ID.
func (m *Model) String() string { return fmt.Sprintf("%v %v", m.shape, m.id.Short()) }

// blockCodec has a model code the payloads of a file. Errors in decoding are of
// kind [ErrCorrupt], which package container sees to.
type blockCodec struct {
	model  *Model
	encode codec.EncodeOptions // but the quality, which files have
}

var _ container.BlockCodec = blockCodec{}

// Model implements [container.BlockCodec].
func (c blockCodec) Model() container.ModelID { return c.model.id }

// EncodeBlock implements [container.BlockCodec].
func (c blockCodec) EncodeBlock(dst []byte, s container.Shape, quality uint8, pix []byte) ([]byte, error) {
	c.encode.Quality = int(quality)
	return c.model.codec.Encode(dst, pix, c.encode)
}

// DecodeBlock implements [container.BlockCodec].
func (c blockCodec) DecodeBlock(pix []byte, s container.Shape, quality uint8, payload []byte) error {
	return c.model.codec.Decode(pix, payload, int(quality))
}

// checkShape tells whether a file that names the model may hold images of shape
// s. It must be asked before anything is decoded.
func (m *Model) checkShape(s container.Shape) error {
	if s != m.shape {
		return fmt.Errorf("hourglass: %w: images of %v by a model for images of %v", ErrCorrupt, s, m.shape)
	}
	return nil
}
