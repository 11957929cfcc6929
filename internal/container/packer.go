package container

import (
	"fmt"
	"slices"
)

// A Packer encodes images and writes them to an archive in blocks. It is not
// safe for concurrent use; to encode several blocks at once, hand payloads to
// a [Writer] in order.
type Packer struct {
	w     *Writer
	codec BlockCodec
	pix   []byte // (N, H, W, C), the block to come
	infos []Info // N of them
	buf   []byte
	err   error
}

// NewPacker returns a Packer on top of w. The error is of kind
// [ErrUnknownModel] if c works by another model than the archive.
func NewPacker(w *Writer, c BlockCodec) (*Packer, error) {
	if err := w.h.checkModel(c); err != nil {
		return nil, err
	}
	return &Packer{w: w, codec: c}, nil
}

func (h *Header) checkModel(c BlockCodec) error {
	if id := c.Model(); id != h.Model {
		return errorAt(ErrUnknownModel, 0, "the archive is by model %v, the codec by %v", h.Model, id)
	}
	return nil
}

// Add adds an image, (H, W, C), and what the archive says about it. The image
// is in the file when its block is full, or after Flush or Close.
func (p *Packer) Add(pix []byte, info Info) error {
	if len(pix) != p.w.h.Shape.Bytes() {
		panic(fmt.Sprintf("container: %d bytes for an image of %v", len(pix), p.w.h.Shape))
	}
	if p.err != nil {
		return p.err
	}
	if err := p.w.h.checkInfo(info); err != nil {
		return err
	}
	p.pix, p.infos = append(p.pix, pix...), append(p.infos, info)
	if len(p.infos) < p.w.h.BlockSize {
		return nil
	}
	return p.Flush()
}

// Flush writes the images added so far, if need be as a small block. After an
// error all calls fail with it.
func (p *Packer) Flush() error {
	if p.err == nil && len(p.infos) > 0 {
		p.err = p.flush(len(p.infos))
	}
	return p.err
}

func (p *Packer) flush(n int) error {
	payload, err := p.codec.EncodeBlock(p.buf[:0], p.w.h.Shape, p.w.h.Quality, p.pix)
	if err != nil {
		return fmt.Errorf("container: images %d to %d: %w", p.w.Len(), p.w.Len()+n-1, err)
	}
	p.buf = payload
	if err := p.w.WriteBlock(payload, n, p.infos); err != nil {
		return err
	}
	p.pix, p.infos = p.pix[:0], slices.Delete(p.infos, 0, n)
	return nil
}

// Close writes what is left and closes the Writer.
func (p *Packer) Close() error {
	if err := p.Flush(); err != nil {
		return err
	}
	return p.w.Close()
}
