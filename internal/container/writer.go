package container

import (
	"errors"
	"fmt"
	"io"
)

// A Writer writes an archive from front to back. It keeps the index in memory
// and writes it in Close, and before that after every 65536 blocks. It is not
// safe for concurrent use.
type Writer struct {
	w    io.Writer
	sync func() error // makes what has been written last
	h    Header
	tag  tag
	l    Limits

	off   int64   // bytes of the file so far
	seg   segment // the index to come
	dirty bool    // the file needs another index
	buf   []byte
	err   error // of w, or errClosed
}

var errClosed = errors.New("container: the writer is closed")

// WriterOptions adjust [NewWriter]. The zero value is the default.
type WriterOptions struct {
	Chunks []Chunk // optional chunks about the whole archive, such as the model
	Limits *Limits
}

// NewWriter starts an archive and writes its header. The archive is complete
// when the writer has been closed; should that never happen, [Recover] reads
// the blocks written so far and [Resume] goes on after them.
func NewWriter(w io.Writer, h Header, o *WriterOptions) (*Writer, error) {
	if o == nil {
		o = new(WriterOptions)
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	b, t := h.encode()
	b = append(b, t[:]...)
	for _, c := range o.Chunks {
		if !c.Type.optional() {
			return nil, fmt.Errorf("container: a chunk of type %#02x cannot be added to an archive", byte(c.Type))
		}
		if c.Type == ChunkModel && IDOf(c.Data) != h.Model {
			return nil, fmt.Errorf("container: the model to embed is %v, the archive is by %v", IDOf(c.Data), h.Model)
		}
		b = appendChunk(b, t[:], c.Type, c.Data)
	}
	x := &Writer{w: w, h: h, tag: t, l: o.Limits.orDefault(), dirty: true}
	x.seg.start = int64(len(b))
	if err := x.write(b); err != nil {
		return nil, err
	}
	return x, nil
}

// Header returns the archive's header.
func (x *Writer) Header() Header { return x.h }

// Len returns the number of images in the archive so far.
func (x *Writer) Len() int { return x.seg.images() }

// Size returns the bytes of the file so far.
func (x *Writer) Size() int64 { return x.off }

// WriteBlock writes a block of n images. infos has n elements if the archive
// has names or labels, and is ignored otherwise. After an error of the writer
// below all calls fail with it; other errors write nothing.
func (x *Writer) WriteBlock(payload []byte, n int, infos []Info) error {
	if n < 1 || n > x.h.BlockSize || x.h.infos() && len(infos) != n {
		panic(fmt.Sprintf("container: block of %d images, %d infos, block size %d", n, len(infos), x.h.BlockSize))
	}
	if x.err != nil {
		return x.err
	}
	if err := x.check(payload, n, infos); err != nil {
		return err
	}
	r := ref{first: x.Len(), count: n}
	x.buf = x.buf[:0]
	if x.h.infos() {
		x.buf = appendChunk(x.buf, x.tag[:], chunkInfo, x.h.appendInfos(nil, r.first, infos))
	}
	r.info = len(x.buf)
	x.buf = appendChunk(x.buf, x.tag[:], chunkBlock, appendRange(nil, r.first, n), payload)
	r.off, r.size = x.off+int64(r.info), len(x.buf)-r.info
	if err := x.write(x.buf); err != nil {
		return err
	}
	x.seg.refs, x.dirty = append(x.seg.refs, r), true
	if len(x.seg.refs) == maxSegment {
		return x.writeIndex()
	}
	return nil
}

func (x *Writer) check(payload []byte, n int, infos []Info) error {
	switch {
	case len(payload) > x.l.MaxPayload:
		return errorAt(ErrTooLarge, x.off, "the payload has %d bytes, the limit is %d", len(payload), x.l.MaxPayload)
	case x.Len() > x.l.MaxImages-n:
		return errorAt(ErrTooLarge, x.off, "more than %d images", x.l.MaxImages)
	}
	names := 0
	for _, i := range infos {
		if err := x.h.checkInfo(i); err != nil {
			return err
		}
		names += len(i.Name)
	}
	if x.h.Names && names > x.l.MaxNames {
		return errorAt(ErrTooLarge, x.off, "the names of a block have %d bytes, the limit is %d", names, x.l.MaxNames)
	}
	return x.l.checkPixels(x.off, n, x.h.Shape, len(payload))
}

// Close writes the index, unless there is one already and nothing to add to
// it. It does not close the writer below.
func (x *Writer) Close() error {
	if x.err != nil {
		return x.err
	}
	if x.dirty {
		if err := x.writeIndex(); err != nil {
			return err
		}
	}
	x.err = errClosed
	return nil
}

// writeIndex makes the blocks last before it writes what says that they are
// there, and begins a new segment.
func (x *Writer) writeIndex() error {
	if err := x.flush(); err != nil {
		return err
	}
	at := x.off
	if err := x.write(appendIndex(nil, &x.h, &x.seg)); err != nil {
		return err
	}
	x.seg = segment{start: x.off, prev: at, first: x.Len()}
	x.dirty = false
	return x.flush()
}

func (x *Writer) flush() error {
	if x.sync != nil && x.err == nil {
		x.err = x.sync()
	}
	return x.err
}

func (x *Writer) write(b []byte) error {
	n, err := x.w.Write(b)
	x.off += int64(n)
	x.err = err
	return err
}
