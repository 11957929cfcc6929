// Package codec compresses small images of one kind with a trained network: an
// analysis transform makes latents of an image, an entropy model says how
// likely they are, and a synthesis transform makes an image of them (J. Ballé
// et al., "Nonlinear Transform Coding", 2020).
//
// A [Network] holds the weights in training. [WriteModel] writes them as they
// are used, and [Read] makes a [Codec] of that file. [Codec.Encode] turns up to
// 64 images into one payload and [Codec.Decode] turns it back.
//
// # Determinism
//
// Whatever decides a decoded symbol is integer arithmetic: the entropy model is
// a network of 8-bit weights and activations with exact sums, and its output
// chooses among tables that package entropy computes in fixed point. The
// transforms compute in float32, each operation in a fixed order. So a payload
// decodes to the same pixels on every machine, an image to the same pixels in
// any company.
package codec

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/hourglass-codec/hourglass/entropy"
	"github.com/hourglass-codec/hourglass/graph"
)

// MaxImages is the most images of a payload.
const MaxImages = 64

// Errors of [Codec.Decode].
var (
	ErrCorrupt   = errors.New("codec: corrupt payload")
	ErrTruncated = errors.New("codec: truncated payload")
)

// A Codec compresses images of one shape. It is safe for concurrent use.
type Codec struct {
	file    []byte
	id      [sha256.Size]byte
	model   *model
	tables  *entropy.Set
	network *Network

	mu   sync.Mutex
	idle []*coder // not in use, the latest to be so last
}

// Read returns the codec of a model file, which it keeps. Errors wrap
// [ErrModel].
func Read(file []byte) (*Codec, error) {
	m, err := readModel(file)
	if err != nil {
		return nil, err
	}
	tables, err := family.Set()
	if err != nil {
		return nil, err
	}
	c := &Codec{file: file, id: sha256.Sum256(file), model: m, tables: tables, network: newDeployed(m)}
	k := c.coder(1)
	// A model that cannot be computed with is refused now.
	if _, err := k.engine(1); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	c.release(k)
	return c, nil
}

// newDeployed returns a network that has m's transforms.
func newDeployed(m *model) *Network {
	n := NewNetwork(m.config, 0)
	values := map[string]*graph.Tensor{}
	for _, v := range m.transforms {
		values[v.Name()] = v.Value()
	}
	for _, v := range n.vars {
		if t := values[v.Name()]; t != nil {
			copy(v.Value().Data, t.Data)
		}
	}
	return n
}

// ID returns the SHA-256 of the model file.
func (c *Codec) ID() [sha256.Size]byte { return c.id }

// File returns the model file, which must not be changed.
func (c *Codec) File() []byte { return c.file }

// Config returns the architecture.
func (c *Codec) Config() Config { return c.model.config }

// ExpectedBits returns the bits that an image of the kind trained on takes at
// a quality setting from 1 to [MaxQuality].
func (c *Codec) ExpectedBits(q int) float64 {
	p := place(q, len(c.model.rates))
	part := float64(p.part) / (MaxQuality - 1)
	a, b := max(c.model.rates[p.at], 1), max(c.model.rates[p.at+1], 1)
	return a * math.Pow(b/a, part)
}

// Lambda returns the weight of distortion that a quality setting stands for:
// see [Config].
func (c *Codec) Lambda(q int) float64 {
	p := place(q, len(c.model.rates))
	a, b := c.model.config.Lambdas[p.at], c.model.config.Lambdas[p.at+1]
	return a * math.Pow(b/a, float64(p.part)/(MaxQuality-1))
}

// Encode appends the payload of images pix (N, H, W, C), N from 1 to
// [MaxImages], to dst and returns the extended slice.
func (c *Codec) Encode(dst, pix []byte, o EncodeOptions) ([]byte, error) {
	n, err := c.check(pix, o.Quality)
	if err != nil {
		return dst, err
	}
	k := c.coder(o.Quality)
	defer c.release(k)
	return k.encode(dst, pix, n, o)
}

// Decode decodes a payload of as many images as pix (N, H, W, C) has room for,
// encoded at the same quality setting. It returns an error that wraps
// [ErrCorrupt] or [ErrTruncated] if these are not the bytes that Encode wrote;
// then pix is spoilt.
func (c *Codec) Decode(pix, payload []byte, quality int) error {
	n, err := c.check(pix, quality)
	if err != nil {
		return err
	}
	k := c.coder(quality)
	defer c.release(k)
	return k.decode(pix, payload, n)
}

// check returns the number of images.
func (c *Codec) check(pix []byte, quality int) (int, error) {
	m := c.model.config
	size := m.Height * m.Width * m.Channels
	n := len(pix) / size
	switch {
	case len(pix)%size != 0 || n < 1 || n > MaxImages:
		return 0, fmt.Errorf("codec: %d bytes of pixels: images of %dx%dx%d take %d, and 1 to %d go together", len(pix), m.Width, m.Height, m.Channels, size, MaxImages)
	case quality < 1 || quality > MaxQuality:
		return 0, fmt.Errorf("codec: quality %d: it must be from 1 to %d", quality, MaxQuality)
	}
	return n, nil
}

// coder returns an idle coder, or a new one.
func (c *Codec) coder(quality int) *coder {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, k := range slices.Backward(c.idle) {
		if k.setting == quality {
			c.idle = slices.Delete(c.idle, i, i+1)
			return k
		}
	}
	return newCoder(c, quality)
}

// maxIdle is how many coders are kept for the next call: some megabytes each.
const maxIdle = 16

// release keeps a coder that is no longer in use.
func (c *Codec) release(k *coder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle) == maxIdle {
		c.idle = slices.Delete(c.idle, 0, 1)
	}
	c.idle = append(c.idle, k)
}
