package container

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// A ModelID names a model by content: it is the SHA-256 of its file.
type ModelID [sha256.Size]byte

// IDOf returns the name of a model, given the bytes of its file.
func IDOf(model []byte) ModelID { return sha256.Sum256(model) }

// Short returns the name that .hgi files have room for.
func (id ModelID) Short() ShortID { return ShortID(id[:shortIDSize]) }

func (id ModelID) String() string { return hex.EncodeToString(id[:]) }

const shortIDSize = 5

// A ShortID is the start of a [ModelID], 40 bits of it: as many as the 16
// bytes of header and trailer leave. A reader that has a thousand models takes
// a file of yet another model for one of them once in 10^9; that two of a
// thousand models share it has a probability of 5·10^-7. It is no defence
// against someone who makes a model to have a certain ShortID: keep models by
// their ModelID.
type ShortID [shortIDSize]byte

func (id ShortID) String() string { return hex.EncodeToString(id[:]) }

// MaxSide is the most pixels that an image may have in width or height.
const MaxSide = 65535

// A Shape is the size of an image in pixels, with 1 channel (grey) or 3 (red,
// green, blue).
type Shape struct{ Width, Height, Channels int }

// Pixels returns width × height.
func (s Shape) Pixels() int64 { return int64(s.Width) * int64(s.Height) }

// Bytes returns the bytes of an image with a byte for each pixel and channel.
func (s Shape) Bytes() int { return s.Width * s.Height * s.Channels }

func (s Shape) String() string { return fmt.Sprintf("%dx%dx%d", s.Width, s.Height, s.Channels) }

func (s Shape) check() error {
	if s.Width < 1 || s.Height < 1 || s.Width > MaxSide || s.Height > MaxSide || s.Channels != 1 && s.Channels != 3 {
		return fmt.Errorf("container: cannot store images of shape %v: width and height must be 1 to %d, channels 1 or 3", s, MaxSide)
	}
	return nil
}

// A BlockCodec turns images into a payload and back. Its methods are called
// from several goroutines at once when those of [Images] are.
type BlockCodec interface {
	// Model names the model that the codec works by.
	Model() ModelID
	// EncodeBlock appends the payload of pix to dst and returns the extended
	// slice. pix is (N, H, W, C), N from 1 to 64, of shape s.
	EncodeBlock(dst []byte, s Shape, quality uint8, pix []byte) ([]byte, error)
	// DecodeBlock fills pix, (N, H, W, C), with the images of a payload. The
	// payload is what a writer wrote, unless the file was made to deceive: it
	// must give an error, not a panic, when it cannot be decoded.
	DecodeBlock(pix []byte, s Shape, quality uint8, payload []byte) error
}

// decodePayload decodes n images, (N, H, W, C), of a payload at off.
func decodePayload(c BlockCodec, off int64, n int, s Shape, quality uint8, payload []byte) ([]byte, error) {
	pix := make([]byte, n*s.Bytes())
	if err := c.DecodeBlock(pix, s, quality, payload); err != nil {
		return nil, &Error{Kind: ErrCorrupt, Offset: off, What: "the payload does not decode", Err: err}
	}
	return pix, nil
}
