package container

import (
	"encoding/binary"
	"hash/crc32"
)

// A ChunkType says what a chunk holds. Readers ignore ancillary chunks of
// unknown type and refuse critical ones.
type ChunkType byte

// The types of the optional chunks, all of them ancillary. From ChunkPrivate
// on they are free for private use.
const (
	ChunkModel       ChunkType = 0x81 // the model file
	ChunkEXIF        ChunkType = 0x82 // EXIF metadata, beginning with the TIFF header
	ChunkICC         ChunkType = 0x83 // ICC profile
	ChunkOrientation ChunkType = 0x84 // one byte, 1 to 8 as EXIF numbers them
	ChunkPrivate     ChunkType = 0xC0
)

const (
	chunkEnd   ChunkType = 0x00
	chunkBlock ChunkType = 0x01
	chunkIndex ChunkType = 0x02
	chunkInfo  ChunkType = 0x80
)

// Ancillary tells whether an image can be decoded without the chunk.
func (t ChunkType) Ancillary() bool { return t&0x80 != 0 }

// optional tells whether the chunk is one that a caller may add.
func (t ChunkType) optional() bool { return t.Ancillary() && t != chunkInfo }

// A Chunk is optional data in a file.
type Chunk struct {
	Type ChunkType
	Data []byte
}

// A tag begins each chunk of an archive: the checksum of the archive's header.
type tag [4]byte

const (
	crcSize  = 4
	maxFrame = len(tag{}) + 1 + binary.MaxVarintLen64 // bytes of a chunk before its data
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendCRC(dst, of []byte) []byte {
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(of, castagnoli))
}

// cutCRC takes the checksum off the end of b and tells whether it is right.
func cutCRC(b []byte) (body []byte, ok bool) {
	n := len(b) - crcSize
	if n < 0 {
		return nil, false
	}
	return b[:n], binary.LittleEndian.Uint32(b[n:]) == crc32.Checksum(b[:n], castagnoli)
}

// appendChunk appends a chunk; prefix is the tag in an archive, nil in an
// image.
func appendChunk(dst, prefix []byte, t ChunkType, data ...[]byte) []byte {
	size := 0
	for _, d := range data {
		size += len(d)
	}
	start := len(dst)
	dst = append(append(dst, prefix...), byte(t))
	dst = binary.AppendUvarint(dst, uint64(size))
	for _, d := range data {
		dst = append(dst, d...)
	}
	return appendCRC(dst, dst[start:])
}

// ChunkSize returns the bytes of a chunk in an archive that has so many of data.
func ChunkSize(data int) int {
	return len(tag{}) + 1 + uvarintSize(uint64(data)) + data + crcSize
}

// A frame is what precedes the data of a chunk.
type frame struct {
	typ  ChunkType
	head int // bytes before the data
	data int // bytes of data
}

func (f frame) size() int { return f.head + f.data + crcSize }

// parseFrame reads the frame at the start of b, which is the file from off on:
// all of it or at least maxFrame bytes.
func parseFrame(b []byte, off int64, prefix []byte, l *Limits) (frame, error) {
	c := cursor{data: b, off: off, short: ErrTruncated}
	if got := c.take(len(prefix), "a chunk"); c.err == nil && string(got) != string(prefix) {
		return frame{}, errorAt(ErrCorrupt, off, "no chunk begins here")
	}
	f := frame{typ: ChunkType(c.byte("a chunk"))}
	size := c.uvarint(1<<62, "a chunk's length")
	if c.err != nil {
		return frame{}, c.err
	}
	if limit := l.chunkLimit(f.typ); size > int64(limit) {
		return frame{}, errorAt(ErrTooLarge, off, "a chunk of type %#02x has %d bytes, the limit is %d", byte(f.typ), size, limit)
	}
	f.head, f.data = int(c.off-off), int(size)
	return f, nil
}

// checkChunk returns the data of the chunk that b is, all of it.
func checkChunk(b []byte, off int64, f frame) ([]byte, error) {
	body, ok := cutCRC(b)
	if !ok {
		return nil, errorAt(ErrCorrupt, off, "the checksum of a chunk of type %#02x is wrong", byte(f.typ))
	}
	return body[f.head:], nil
}

// checkModel returns the model in a chunk if name is the start of its name.
func checkModel(chunk, name []byte, off int64) ([]byte, error) {
	if chunk == nil {
		return nil, errorAt(ErrUnknownModel, off, "no model is embedded")
	}
	if id := IDOf(chunk); string(id[:len(name)]) != string(name) {
		return nil, errorAt(ErrCorrupt, off, "the embedded model is %v, not %x", id, name)
	}
	return chunk, nil
}
