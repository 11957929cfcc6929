package container

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
)

// A ref tells where a block is.
type ref struct {
	off   int64 // of the block chunk
	size  int   // bytes of it
	info  int   // bytes of the info chunk that ends at off, 0 if there is none
	first int   // number of the first image
	count int
}

func (r ref) end() int64 { return r.off + int64(r.size) }

// framing returns the bytes of the block chunk that are not of its payload.
func (r ref) framing() int {
	data := max(r.size-(ChunkSize(0)-uvarintSize(0)), 0) // and the length of it
	length := uvarintSize(uint64(data - uvarintSize(uint64(data))))
	return min(r.size, r.size-data+length+uvarintSize(uint64(r.first))+1)
}

// A segment is what an index chunk lists: the blocks, one after another, that
// were written since the index before.
type segment struct {
	start int64 // of the first block, or of its info chunk
	prev  int64 // the offset of the index before; 0 if there is none
	first int   // number of the first image
	refs  []ref
}

// images returns the number of images of the archive up to the segment's end.
func (s *segment) images() int {
	if n := len(s.refs); n > 0 {
		return s.refs[n-1].first + s.refs[n-1].count
	}
	return s.first
}

const (
	maxIndex   = 1 << 28 // bytes of the data of an index chunk
	indexTail  = 4       // bytes of the length at the end of the data
	maxSegment = 1 << 16 // blocks after which a writer writes an index
)

// appendIndex appends an index chunk.
func appendIndex(dst []byte, h *Header, s *segment) []byte {
	data, t := h.encode()
	for _, v := range []uint64{uint64(s.start), uint64(s.prev), uint64(s.first), uint64(len(s.refs))} {
		data = binary.AppendUvarint(data, v)
	}
	for _, r := range s.refs {
		if h.infos() {
			data = binary.AppendUvarint(data, uint64(r.info))
		}
		if r.count == h.BlockSize {
			data = binary.AppendUvarint(data, uint64(r.size)<<1)
		} else {
			data = append(binary.AppendUvarint(data, uint64(r.size)<<1|1), byte(r.count-1))
		}
	}
	data = binary.LittleEndian.AppendUint32(data, uint32(ChunkSize(len(data)+indexTail)))
	return appendChunk(dst, t[:], chunkIndex, data)
}

// parseIndex reads the data of an index chunk of size bytes at off.
func (h *Header) parseIndex(data []byte, off int64, size int, l *Limits) (*segment, error) {
	header, _ := h.encode()
	if !bytes.HasPrefix(data, header) {
		return nil, errorAt(ErrCorrupt, off, "the index is of another archive")
	}
	c := cursor{data: data[len(header):], off: off, short: ErrCorrupt}
	s := &segment{
		start: c.uvarint(off, "the start of the blocks"),
		prev:  c.uvarint(off, "the offset of the index before"),
		first: int(c.uvarint(int64(l.MaxImages), "the number of the first image")),
	}
	n := int(c.uvarint(int64(len(c.data)), "the number of blocks"))
	if c.err == nil && (s.start < h.size() || s.prev >= s.start || s.prev > 0 && n == 0 || s.prev == 0 && s.first > 0) {
		c.fail(ErrCorrupt, "the index contradicts itself")
	}
	c.readRefs(h, s, n, l)
	if total := c.take(indexTail, "the length of the index"); total != nil && binary.LittleEndian.Uint32(total) != uint32(size) {
		c.fail(ErrCorrupt, "the index has two lengths")
	}
	if err := c.end("the index"); err != nil {
		return nil, err
	}
	if end := s.end(); end != off {
		return nil, errorAt(ErrCorrupt, off, "the index lists blocks up to byte %d", end)
	}
	return s, nil
}

// end returns the offset after the last block.
func (s *segment) end() int64 {
	if n := len(s.refs); n > 0 {
		return s.refs[n-1].end()
	}
	return s.start
}

func (c *cursor) readRefs(h *Header, s *segment, n int, l *Limits) {
	at, first := s.start, s.first
	for range n {
		r := ref{first: first, count: h.BlockSize}
		if h.infos() {
			r.info = int(c.uvarint(int64(l.MaxNames+maxInfoHead+maxFrame+crcSize), "the length of an info chunk"))
		}
		size := c.uvarint(math.MaxInt32, "the length of a block")
		if r.size = int(size >> 1); size&1 != 0 {
			r.count = int(c.byte("the number of images of a block")) + 1
		}
		switch {
		case c.err != nil:
			return
		case r.count > h.BlockSize || size&1 != 0 && r.count == h.BlockSize || r.size == 0:
			c.fail(ErrCorrupt, "a block of %d images in %d bytes", r.count, r.size)
		case first > l.MaxImages-r.count:
			c.fail(ErrTooLarge, "more than %d images", l.MaxImages)
		}
		r.off = at + int64(r.info)
		at, first = r.end(), first+r.count
		s.refs = append(s.refs, r)
	}
}

// readChunkAt returns the data of the chunk of type t that is the size bytes
// at off.
func readChunkAt(r io.ReaderAt, off, size int64, id tag, t ChunkType, l *Limits) ([]byte, error) {
	if size > int64(l.chunkLimit(t)+maxFrame+crcSize) {
		return nil, errorAt(ErrTooLarge, off, "a chunk of %d bytes", size)
	}
	b := make([]byte, size)
	if err := readAt(r, b, off); err != nil {
		return nil, err
	}
	f, err := parseFrame(b, off, id[:], l)
	switch {
	case err != nil:
		return nil, err
	case f.typ != t || int64(f.size()) != size:
		return nil, errorAt(ErrCorrupt, off, "want a chunk of type %#02x and %d bytes, found type %#02x and %d bytes", byte(t), size, byte(f.typ), f.size())
	}
	return checkChunk(b, off, f)
}

// lastIndex returns the offset of the index chunk that the file ends with,
// according to its last bytes.
func lastIndex(r io.ReaderAt, size int64) (int64, error) {
	var b [indexTail + crcSize]byte
	if size >= int64(len(b)) {
		if err := readAt(r, b[:], size-int64(len(b))); err != nil {
			return 0, err
		}
	}
	n := int64(binary.LittleEndian.Uint32(b[:]))
	if n < int64(ChunkSize(indexTail)) || n > size {
		return 0, errorAt(ErrTruncated, size, "the file does not end with an index")
	}
	return size - n, nil
}

// checkIndexAt fails if no index chunk begins at off.
func checkIndexAt(r io.ReaderAt, off, size int64, id tag) error {
	var b [len(id) + 1]byte
	if err := readAt(r, b[:], off); err != nil {
		return err
	}
	if tag(b[:len(id)]) != id || ChunkType(b[len(id)]) != chunkIndex {
		return errorAt(ErrTruncated, size, "the file does not end with an index")
	}
	return nil
}

// readIndexes reads the index that ends the file and all before it, and
// returns them from first to last.
func readIndexes(r io.ReaderAt, size int64, h *Header, id tag, l *Limits) (chain []*segment, err error) {
	off, err := lastIndex(r, size)
	if err != nil {
		return nil, err
	}
	if err := checkIndexAt(r, off, size, id); err != nil {
		return nil, err
	}
	for end := size; ; off, end = chain[len(chain)-1].prev, chain[len(chain)-1].start {
		s, err := readIndex(r, off, end, h, id, l)
		if err != nil {
			return nil, err
		}
		if n := len(chain); n > 0 && s.images() != chain[n-1].first {
			return nil, errorAt(ErrCorrupt, off, "the next index does not continue this one")
		}
		chain = append(chain, s)
		if s.prev == 0 {
			slices.Reverse(chain)
			return chain, nil
		}
	}
}

func readIndex(r io.ReaderAt, off, end int64, h *Header, id tag, l *Limits) (*segment, error) {
	data, err := readChunkAt(r, off, end-off, id, chunkIndex, l)
	if err != nil {
		return nil, err
	}
	return h.parseIndex(data, off, int(end-off), l)
}
