package container

import "io"

// An event is what a walker finds: one of block, index and damage is set.
type event struct {
	block  *Block
	index  *segment
	damage *Damage
	ref    ref   // of the block
	end    int64 // of the block or index
}

// A walker makes sense of the pieces of an archive, in order, and keeps count
// of the images, so that it can tell which are lost.
type walker struct {
	scan     scanner
	next     int   // number of the image that should come next
	start    int64 // offset of the first block, info chunk or index; 0 before
	complete bool  // an index ends what has been read
	infos    *waiting
	pending  *Damage // until it is known what is lost
	queue    []event
	ended    bool

	chunks   []Chunk // the optional chunks, if they are kept
	keep     bool
	keepSize int
}

// waiting are infos that wait for their block.
type waiting struct {
	infos []Info
	first int
	end   int64 // offset after the chunk
	size  int64 // of the chunk
}

func newWalker(r io.Reader, off int64, h Header, t tag, l Limits) *walker {
	return &walker{scan: scanner{win: window{r: r, off: off}, h: h, tag: t, l: l}}
}

// step returns the next event. The error is io.EOF at the end, or why the walk
// cannot go on.
func (w *walker) step() (event, error) {
	for len(w.queue) == 0 {
		if err := w.read(); err != nil {
			return event{}, err
		}
	}
	e := w.queue[0]
	w.queue = w.queue[1:]
	return e, nil
}

// read reads a piece. It is io.EOF after the last, when there are no more
// events.
func (w *walker) read() error {
	p, err := w.scan.next()
	switch {
	case err == io.EOF && !w.ended:
		w.ended = true
		w.finish()
		return nil
	case err != nil:
		return err
	}
	return w.take(p)
}

// finish queues what there is to say about the end of the file.
func (w *walker) finish() {
	if w.pending == nil && !w.complete {
		off := w.scan.win.off
		w.damaged(off, 0, errorAt(ErrTruncated, off, "the file does not end with an index"))
	}
	w.settle(w.next, w.scan.win.off)
}

func (w *walker) take(p piece) (err error) {
	w.complete = false
	switch {
	case p.err != nil:
	case p.typ == chunkBlock:
		p.err = w.takeBlock(p)
	case p.typ == chunkInfo:
		p.err = w.takeInfo(p)
	case p.typ == chunkIndex:
		p.err = w.takeIndex(p)
	case !p.typ.Ancillary():
		p.err = errorAt(ErrVersion, p.off, "unknown critical chunk of type %#02x", byte(p.typ))
	case w.start > 0:
		p.err = errorAt(ErrCorrupt, p.off, "a chunk of type %#02x after the first block", byte(p.typ))
	case w.keep:
		err = w.keepChunk(p)
	}
	if p.err != nil {
		w.damaged(p.off, p.size, p.err)
	}
	return err
}

func (w *walker) keepChunk(p piece) error {
	l := &w.scan.l
	if w.keepSize += len(p.data); w.keepSize > l.MaxModel+l.MaxMeta {
		return errorAt(ErrTooLarge, p.off, "the optional chunks are over the limits of a model and metadata together")
	}
	w.chunks = append(w.chunks, Chunk{p.typ, p.data})
	return nil
}

// begin notes where the optional chunks end.
func (w *walker) begin(off int64) {
	if w.start == 0 {
		w.start = off
	}
}

func (w *walker) takeInfo(p piece) error {
	h := &w.scan.h
	if !h.infos() || w.infos != nil {
		return errorAt(ErrCorrupt, p.off, "names or labels without a block")
	}
	first, infos, err := h.parseInfos(p.data, p.off, &w.scan.l)
	if err != nil {
		return err
	}
	if first < w.next {
		return errorAt(ErrCorrupt, p.off, "names or labels of images from %d after image %d", first, w.next-1)
	}
	w.begin(p.off)
	w.settle(first, p.off)
	w.infos = &waiting{infos, first, p.off + p.size, p.size}
	return nil
}

func (w *walker) takeBlock(p piece) error {
	b, err := w.scan.h.parseBlock(p.data, p.off, &w.scan.l)
	if err != nil {
		return err
	}
	if b.First < w.next {
		return errorAt(ErrCorrupt, p.off, "a block of images from %d after image %d", b.First, w.next-1)
	}
	w.begin(p.off)
	r := ref{off: p.off, size: int(p.size), first: b.First, count: b.Count}
	if i := w.infos; i != nil && i.first == b.First && len(i.infos) == b.Count && i.end == p.off {
		b.Infos, r.info = i.infos, int(i.size)
	} else if w.scan.h.infos() && w.pending == nil {
		w.damaged(p.off, 0, errorAt(ErrCorrupt, p.off, "a block without its names or labels"))
	}
	w.settle(b.First, p.off)
	w.infos, w.next = nil, b.First+b.Count
	w.queue = append(w.queue, event{block: &b, ref: r, end: r.end()})
	return nil
}

func (w *walker) takeIndex(p piece) error {
	s, err := w.scan.h.parseIndex(p.data, p.off, int(p.size), &w.scan.l)
	if err != nil {
		return err
	}
	if w.infos != nil {
		w.damaged(p.off, 0, errorAt(ErrCorrupt, p.off, "names or labels without a block"))
	}
	if s.images() < w.next {
		return errorAt(ErrCorrupt, p.off, "an index of %d images after image %d", s.images(), w.next-1)
	}
	w.begin(p.off)
	w.settle(s.images(), p.off)
	w.infos, w.complete = nil, true
	w.queue = append(w.queue, event{index: s, end: p.off + p.size})
	return nil
}

// damaged notes damage; what is lost by it turns out later.
func (w *walker) damaged(off, size int64, err error) {
	w.infos = nil
	if w.pending == nil {
		w.pending = &Damage{Offset: off, First: w.next, Err: err}
	}
	w.pending.Length = off + size - w.pending.Offset
}

// settle notes that image number first is next and queues the damage that has
// cost those before it.
func (w *walker) settle(first int, off int64) {
	if lost := first - w.next; lost > 0 {
		if w.pending == nil {
			w.damaged(off, 0, errorAt(ErrCorrupt, off, "images are missing"))
		}
		w.pending.Images = lost
	}
	if w.pending != nil {
		w.queue = append(w.queue, event{damage: w.pending})
	}
	w.pending, w.next = nil, first
}
