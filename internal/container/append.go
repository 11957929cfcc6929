package container

import "io"

// A File is what [Append] and [Resume] need of an *os.File. Nobody else may
// write to it meanwhile.
type File interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
}

// Append opens a complete archive of size bytes to add images after those that
// are there. The new blocks follow the old index, and the Writer's Close puts
// an index of the new blocks after them. Until then the file is the old
// archive with bytes after it, which [Recover] reads and [Resume] goes on with.
func Append(f File, size int64, limits *Limits) (*Writer, error) {
	r, err := Open(f, size, limits)
	if err != nil {
		return nil, err
	}
	x := r.h.resumeAt(f, size, r.l)
	x.seg = segment{start: size, prev: r.index, first: r.total}
	return x, nil
}

// resumeAt returns a Writer that writes to f from off.
func (h *Header) resumeAt(f File, off int64, l Limits) *Writer {
	_, t := h.encode()
	return &Writer{w: io.NewOffsetWriter(f, off), sync: f.Sync, h: *h, tag: t, l: l, off: off}
}

// Resume opens an archive of size bytes that was perhaps not completed, to add
// images after those that are there: Writer.Len tells how many. A chunk that
// was written in part is cut off. The error is of kind [ErrTruncated] if there
// is no image yet, so that nothing is lost by starting anew, and of kind
// [ErrCorrupt] if the file is damaged before its end: Resume never cuts off an
// intact block.
func Resume(f File, size int64, limits *Limits) (*Writer, error) {
	x, err := Append(f, size, limits)
	if err == nil || !isDamage(err) {
		return x, err
	}
	h, _, err := readHeaderAt(f, size)
	if err != nil {
		return nil, err
	}
	w, err := walkFile(f, size, limits)
	if err != nil {
		return nil, err
	}
	seg, err := w.openSegment(f)
	if err != nil {
		return nil, err
	}
	end := seg.end()
	if err := f.Truncate(end); err != nil {
		return nil, err
	}
	x = h.resumeAt(f, end, w.scan.l)
	x.seg, x.dirty = *seg, len(seg.refs) > 0 || seg.prev == 0
	return x, nil
}

// openSegment returns the blocks after the last index.
func (w *walker) openSegment(f File) (*segment, error) {
	s := new(segment)
	var damage *Damage
	for e, err := range w.events() {
		switch {
		case err != nil:
			return nil, err
		case e.damage != nil:
			damage = e.damage
		case damage != nil:
			return nil, &Error{Kind: ErrCorrupt, Offset: damage.Offset, What: "cannot go on with a file that is damaged before its end; recover its images and write them anew", Err: damage}
		case e.index != nil:
			s = &segment{start: e.end, prev: e.index.end(), first: e.index.images()}
		default:
			s.refs = append(s.refs, e.ref)
		}
	}
	if s.images() == 0 {
		return nil, errorAt(ErrTruncated, w.scan.win.off, "the archive holds no images yet: start it anew")
	}
	if s.prev == 0 {
		s.start = w.start
		return s, nil
	}
	if _, err := readIndexes(f, s.start, &w.scan.h, w.scan.tag, &w.scan.l); err != nil {
		return nil, err
	}
	return s, nil
}
