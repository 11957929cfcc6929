package codec

import (
	"errors"
	"fmt"

	"github.com/hourglass-codec/hourglass/entropy"
)

// decode decodes n images.
func (k *coder) decode(pix, payload []byte, n int) error {
	k.start(n)
	k.decoder.Reset(payload)
	k.getKinds()
	if err := k.code(n, k.getGlobal, k.get); err != nil {
		return err
	}
	if err := k.synthesise(pix, n); err != nil {
		return err
	}
	k.getLossless(pix, n)
	used, err := k.decoder.Finish()
	if err == nil && used != len(payload) {
		return fmt.Errorf("%w: %d bytes after its end", ErrCorrupt, len(payload)-used)
	}
	return payloadError(err)
}

// payloadError returns an error of the entropy decoder as one of this package.
func payloadError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, entropy.ErrTruncated):
		return ErrTruncated
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// synthesise computes the images of the latents.
func (k *coder) synthesise(pix []byte, n int) error {
	latents, sites, _ := k.sizes()
	width := k.codec.model.config.planes()
	size := len(pix) / n
	return k.chunks(n, func(e *engine, i, m int) error {
		return e.synthesise(pix[i*size:(i+m)*size], k.steps[i*latents:(i+m)*latents], k.planes[i*sites*width:(i+m)*sites*width])
	})
}

// get decodes latents.
func (k *coder) get(tables []uint16, symbols []symbol) error {
	k.values = resize(k.values, len(symbols))
	k.decoder.GetEach(k.codec.tables, tables, k.values)
	if err := k.decoder.Err(); err != nil { // or else a few bytes cost the time of a whole block
		return payloadError(err)
	}
	return inRange(k.values)
}

// inRange returns an error if a residual is larger than any encoder makes it.
func inRange(values []int32) error {
	for _, v := range values {
		if v > 4*maxSteps || v < -4*maxSteps {
			return fmt.Errorf("%w: a latent %d steps from what was expected", ErrCorrupt, v)
		}
	}
	return nil
}

// getGlobal decodes the global latents of an image.
func (k *coder) getGlobal(e *engine, image int) error {
	for i, g := range e.global {
		at := image*len(e.global) + i
		k.global[at] = g.mean
		if g.table != certain {
			v := k.decoder.Get(k.codec.tables.Table(int(g.table)))
			if err := inRange([]int32{v}); err != nil {
				return err
			}
			k.global[at] += v * fraction
		}
	}
	return payloadError(k.decoder.Err())
}
