package container

import (
	"cmp"
	"io"
	"slices"
)

// A Block is the images of one payload.
type Block struct {
	First, Count int // the numbers of the images: First to First+Count-1
	Payload      []byte
	Infos        []Info // Count of them; nil if the archive has none or they are damaged
}

// maxBlockHead is the most bytes of a block's data before the payload.
const maxBlockHead = 11

func (h *Header) parseBlock(data []byte, off int64, l *Limits) (b Block, err error) {
	c := cursor{data: data, off: off, short: ErrCorrupt}
	b.First, b.Count = c.readRange(h, l)
	if c.err != nil {
		return Block{}, c.err
	}
	b.Payload = c.data
	if len(b.Payload) > l.MaxPayload {
		return Block{}, errorAt(ErrTooLarge, off, "the payload has %d bytes, the limit is %d", len(b.Payload), l.MaxPayload)
	}
	if err := l.checkPixels(off, b.Count, h.Shape, len(b.Payload)); err != nil {
		return Block{}, err
	}
	return b, nil
}

// A Reader reads an archive by its index. Its methods are safe for concurrent
// use.
type Reader struct {
	r     io.ReaderAt
	h     Header
	tag   tag
	l     Limits
	refs  []ref // by number
	start int64 // where the optional chunks end
	total int
	index int64 // offset of the last index
	size  int64 // of the file
}

// Open opens an archive of size bytes. It reads the header and the index, and
// fails if these are damaged or the index is missing: [Recover] does without
// them.
func Open(r io.ReaderAt, size int64, limits *Limits) (*Reader, error) {
	l := limits.orDefault()
	h, t, err := readHeaderAt(r, size)
	if err != nil {
		return nil, err
	}
	chain, err := readIndexes(r, size, &h, t, &l)
	if err != nil {
		return nil, err
	}
	x := &Reader{r: r, h: h, tag: t, l: l, start: chain[0].start, size: size}
	for _, s := range chain {
		x.refs = append(x.refs, s.refs...)
	}
	last := chain[len(chain)-1]
	x.total, x.index = last.images(), last.end()
	return x, nil
}

// Header returns the archive's header.
func (x *Reader) Header() Header { return x.h }

// Len returns the number of images. In what [Recover] returns, some of them
// may be lost.
func (x *Reader) Len() int { return x.total }

// Blocks returns the number of blocks.
func (x *Reader) Blocks() int { return len(x.refs) }

// Range returns the numbers of the images of block b: first to first+count-1.
func (x *Reader) Range(b int) (first, count int) { return x.refs[b].first, x.refs[b].count }

// Find returns the block that image i is in, and false if the image is lost.
// It panics if i is not one of Len.
func (x *Reader) Find(i int) (b int, ok bool) {
	if uint(i) >= uint(x.total) {
		panic("container: no such image")
	}
	b, exact := slices.BinarySearchFunc(x.refs, i, func(r ref, i int) int { return cmp.Compare(r.first, i) })
	if !exact {
		b--
	}
	return b, b >= 0 && i < x.refs[b].first+x.refs[b].count
}

// Block reads block b, without names and labels, and checks it.
func (x *Reader) Block(b int) (Block, error) {
	r := x.refs[b]
	data, err := readChunkAt(x.r, r.off, int64(r.size), x.tag, chunkBlock, &x.l)
	if err != nil {
		return Block{}, err
	}
	block, err := x.h.parseBlock(data, r.off, &x.l)
	if err != nil {
		return Block{}, err
	}
	if block.First != r.first || block.Count != r.count {
		return Block{}, errorAt(ErrCorrupt, r.off, "a block of images from %d where those from %d belong", block.First, r.first)
	}
	return block, nil
}

// Infos reads the names and labels of block b; nil if the archive has none.
func (x *Reader) Infos(b int) ([]Info, error) {
	if !x.h.infos() {
		return nil, nil
	}
	r := x.refs[b]
	off := r.off - int64(r.info)
	data, err := readChunkAt(x.r, off, int64(r.info), x.tag, chunkInfo, &x.l)
	if err != nil {
		return nil, err
	}
	first, infos, err := x.h.parseInfos(data, off, &x.l)
	if err != nil {
		return nil, err
	}
	if first != r.first || len(infos) != r.count {
		return nil, errorAt(ErrCorrupt, off, "names and labels of images from %d where those from %d belong", first, r.first)
	}
	return infos, nil
}

// Chunk returns the data of the first optional chunk of a type, nil if there
// is none.
func (x *Reader) Chunk(t ChunkType) ([]byte, error) {
	for off := x.h.size(); off < x.start; {
		b := make([]byte, min(int64(maxFrame), x.start-off))
		if err := readAt(x.r, b, off); err != nil {
			return nil, err
		}
		f, err := parseFrame(b, off, x.tag[:], &x.l)
		switch {
		case err != nil:
			return nil, err
		case f.typ == chunkBlock || f.typ == chunkInfo || f.typ == chunkIndex:
			return nil, nil
		case !f.typ.Ancillary():
			return nil, errorAt(ErrVersion, off, "unknown critical chunk of type %#02x", byte(f.typ))
		case int64(f.size()) > x.start-off:
			return nil, errorAt(ErrCorrupt, off, "a chunk of %d bytes overlaps the first block", f.size())
		case f.typ == t:
			return readChunkAt(x.r, off, int64(f.size()), x.tag, t, &x.l)
		}
		off += int64(f.size())
	}
	return nil, nil
}

// EmbeddedModel returns the model file inside, checked against its name. The
// error is of kind [ErrUnknownModel] if there is none.
func (x *Reader) EmbeddedModel() ([]byte, error) {
	data, err := x.Chunk(ChunkModel)
	if err != nil {
		return nil, err
	}
	return checkModel(data, x.h.Model[:], x.h.size())
}

// Sizes are the bytes of the parts of an archive.
type Sizes struct {
	Header   int64 // with its checksum
	Chunks   int64 // optional chunks, the model among them
	Infos    int64 // names and labels, all of their chunks
	Payloads int64
	Framing  int64 // the rest of the block chunks
	Rest     int64 // indexes, and in what Recover returns, what is damaged
}

// Sizes returns how many bytes each part of the archive takes.
func (x *Reader) Sizes() Sizes {
	s := Sizes{Header: x.h.size()}
	s.Chunks = x.start - s.Header
	for _, r := range x.refs {
		framing := r.framing()
		s.Infos += int64(r.info)
		s.Framing += int64(framing)
		s.Payloads += int64(r.size - framing)
	}
	s.Rest = x.size - s.Header - s.Chunks - s.Infos - s.Framing - s.Payloads
	return s
}
