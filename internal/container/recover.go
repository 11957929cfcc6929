package container

import (
	"errors"
	"io"
	"slices"
)

// Recover opens what is left of an archive of size bytes: it reads all of it,
// without the index. It returns a Reader of the intact blocks and what is
// damaged, nothing if all is well. It fails if both the header and its copy in
// the index are lost.
func Recover(r io.ReaderAt, size int64, limits *Limits) (*Reader, []*Damage, error) {
	w, err := walkFile(r, size, limits)
	if err != nil {
		return nil, nil, err
	}
	x := &Reader{r: r, h: w.scan.h, tag: w.scan.tag, l: w.scan.l, size: size}
	var damages []*Damage
	for e, err := range w.events() {
		switch {
		case err != nil:
			return nil, nil, err
		case e.damage != nil:
			damages = append(damages, e.damage)
		case e.block != nil:
			x.refs = append(x.refs, e.ref)
		}
	}
	x.start, x.total = w.start, w.next
	return x, damages, nil
}

// walkFile returns a walker of a whole file.
func walkFile(r io.ReaderAt, size int64, limits *Limits) (*walker, error) {
	l := limits.orDefault()
	h, t, err := readHeaderAt(r, size)
	if err == nil {
		off := h.size()
		return newWalker(io.NewSectionReader(r, off, size-off), off, h, t, l), nil
	}
	h, t, ok := headerCopy(r, size, &l)
	if !ok {
		return nil, err
	}
	// From the start of the file, so that the header is reported as damaged.
	return newWalker(io.NewSectionReader(r, 0, size), 0, h, t, l), nil
}

// headerCopy returns the header that the last index holds.
func headerCopy(r io.ReaderAt, size int64, l *Limits) (h Header, t tag, ok bool) {
	off, err := lastIndex(r, size)
	if err != nil || readAt(r, t[:], off) != nil {
		return h, t, false
	}
	data, err := readChunkAt(r, off, size-off, t, chunkIndex, l)
	if err != nil {
		return h, t, false
	}
	c := cursor{data: data, short: ErrCorrupt}
	h = c.readHeader()
	if c.err != nil {
		return h, t, false
	}
	_, want := h.encode()
	return h, t, t == want
}

// A Report is what [Verify] finds.
type Report struct {
	Header  Header
	Images  int       // intact images
	Total   int       // images that there are or should be, as far as is known
	Blocks  int       // intact blocks
	Damages []*Damage // in the order of the file; none if the archive is intact
}

// OK tells whether the archive is intact.
func (p *Report) OK() bool { return len(p.Damages) == 0 }

// Verify reads an archive of size bytes, all of it, and checks everything that
// has a checksum; with a codec that is not nil it decodes all images too. What
// is damaged is in the report; the error says why there is none.
func Verify(r io.ReaderAt, size int64, c BlockCodec, limits *Limits) (*Report, error) {
	w, err := walkFile(r, size, limits)
	if err != nil {
		return nil, err
	}
	h := &w.scan.h
	if c != nil {
		if err := h.checkModel(c); err != nil {
			return nil, err
		}
	}
	p := &Report{Header: *h}
	var refs []ref
	for e, err := range w.events() {
		switch {
		case err != nil:
			return nil, err
		case e.damage != nil:
			p.Damages = append(p.Damages, e.damage)
		case e.block != nil:
			refs = append(refs, e.ref)
			p.add(h, c, e)
		}
	}
	p.Total = w.next
	if !p.OK() {
		return p, nil
	}
	if err := checkIndex(r, size, limits, refs, w.start); err != nil {
		p.Damages = append(p.Damages, &Damage{Offset: size, First: p.Total, Err: err})
	}
	return p, nil
}

// checkIndex fails unless the index lists the blocks that there are.
func checkIndex(r io.ReaderAt, size int64, limits *Limits, refs []ref, start int64) error {
	x, err := Open(r, size, limits)
	if err == nil && (!slices.Equal(x.refs, refs) || x.start != start) {
		err = errorAt(ErrCorrupt, x.index, "the index does not list the blocks that there are")
	}
	return err
}

func (p *Report) add(h *Header, c BlockCodec, e event) {
	if c != nil {
		if _, err := h.decode(c, e.block, e.ref); err != nil {
			p.Damages = append(p.Damages, e.ref.damage(err))
			return
		}
	}
	p.Images += e.block.Count
	p.Blocks++
}

// isDamage tells whether an error is about the bytes of the file, so that a
// scan may find what is left of it.
func isDamage(err error) bool { return errors.Is(err, ErrCorrupt) || errors.Is(err, ErrTruncated) }
