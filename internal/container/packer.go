package container

import "fmt"

// A Packer encodes images and writes them to an archive in blocks, in the order
// in which they come. It is not safe for concurrent use.
type Packer struct {
	// Threads is how many blocks are encoded at once; 0 means 1. It may be set
	// before the first call of Add.
	Threads int

	w     *Writer
	codec BlockCodec
	next  *batch   // that Add adds to, or nil
	queue []*batch // being encoded, in order
	spare []*batch // to be used again
	err   error
}

// batch is a block to come.
type batch struct {
	pix     []byte // (N, H, W, C)
	infos   []Info // N of them
	payload []byte
	err     error
	done    chan struct{}
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
// is in the file when its block is full and has been encoded, or after Flush or
// Close.
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
	if p.next == nil {
		p.next = p.batch()
	}
	b := p.next
	b.pix, b.infos = append(b.pix, pix...), append(b.infos, info)
	if len(b.infos) == p.w.h.BlockSize {
		p.encodeNext()
	}
	return p.err
}

// batch returns an empty batch.
func (p *Packer) batch() *batch {
	if n := len(p.spare); n > 0 {
		b := p.spare[n-1]
		p.spare = p.spare[:n-1]
		b.pix, b.infos, b.payload = b.pix[:0], b.infos[:0], b.payload[:0]
		return b
	}
	return new(batch)
}

// encodeNext begins to encode the next batch, and if as many as there are
// threads are being encoded, waits for the first and writes it.
func (p *Packer) encodeNext() {
	b := p.next
	p.next = nil
	b.done = make(chan struct{})
	p.queue = append(p.queue, b)
	go func() {
		defer close(b.done)
		b.payload, b.err = p.codec.EncodeBlock(b.payload, p.w.h.Shape, p.w.h.Quality, b.pix)
	}()
	if len(p.queue) >= max(p.Threads, 1) {
		p.writeFirst()
	}
}

// writeFirst writes the first batch of the queue, unless there has been an
// error.
func (p *Packer) writeFirst() {
	b := p.queue[0]
	p.queue = p.queue[1:]
	<-b.done
	switch n := len(b.infos); {
	case p.err != nil:
	case b.err != nil:
		p.err = fmt.Errorf("container: images %d to %d: %w", p.w.Len(), p.w.Len()+n-1, b.err)
	default:
		p.err = p.w.WriteBlock(b.payload, n, b.infos)
	}
	p.spare = append(p.spare, b)
}

// Flush writes the images added so far, if need be as a small block. After an
// error all calls fail with it.
func (p *Packer) Flush() error {
	if p.next != nil {
		p.encodeNext()
	}
	for len(p.queue) > 0 {
		p.writeFirst()
	}
	return p.err
}

// Close writes what is left and closes the Writer.
func (p *Packer) Close() error {
	if err := p.Flush(); err != nil {
		return err
	}
	return p.w.Close()
}
