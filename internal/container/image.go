package container

import (
	"encoding/binary"
	"fmt"
	"io"
)

// ImageMagic is how .hgi files begin, with wildcards as in
// [image.RegisterFormat].
const ImageMagic = "HGI?"

const (
	imageMagic   = "HGI"
	archiveMagic = "HGA"
	version      = 1

	maxImageHeader = 16 // bytes, of the largest images
)

// An Image is the content of an .hgi file.
type Image struct {
	Model   ShortID
	Shape   Shape
	Quality uint8   // as the codec defines it
	Chunks  []Chunk // optional, in the order of the file
	Payload []byte
}

// The byte after the magic: 1, version (3 bits), 0, has chunks, channels - 1
// (2 bits).
const flagChunks = 4

func appendKind(dst []byte, magic string, channels int, flags byte) []byte {
	return append(append(dst, magic...), 0x80|version<<4|flags|byte(channels-1))
}

// readKind reads what appendKind appends. known are the flags that may be set.
func (c *cursor) readKind(magic string, known byte) (channels int, flags byte) {
	n := min(len(magic), len(c.data))
	if string(c.data[:n]) != magic[:n] {
		c.fail(ErrFormat, "it does not begin with %s", magic)
	}
	c.take(len(magic), "the header")
	k := c.byte("the header")
	channels, flags = int(k&3)+1, k&0xC&known
	switch {
	case c.err != nil:
	case k&0x80 == 0:
		c.fail(ErrFormat, "the byte after %s has a clear high bit", magic)
	case k>>4&7 != version:
		c.fail(ErrVersion, "version %d", k>>4&7)
	case k&0xC&^known != 0 || channels&1 == 0:
		c.fail(ErrVersion, "unknown flags %#02x", k&15)
	}
	return channels, flags
}

// readSides reads width and height.
func (c *cursor) readSides() (width, height int) {
	return int(c.uvarint(MaxSide-1, "the width")) + 1, int(c.uvarint(MaxSide-1, "the height")) + 1
}

func appendSides(dst []byte, s Shape) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(dst, uint64(s.Width-1)), uint64(s.Height-1))
}

// WriteImage writes an .hgi file. It fails on a shape that has no place in the
// format, on chunks that are not optional ones, and on the errors of w.
func WriteImage(w io.Writer, m *Image) error {
	if err := m.Shape.check(); err != nil {
		return err
	}
	flags := byte(0)
	if len(m.Chunks) > 0 {
		flags = flagChunks
	}
	b := appendKind(nil, imageMagic, m.Shape.Channels, flags)
	b = append(b, m.Model[:]...)
	b = append(appendSides(b, m.Shape), m.Quality)
	for _, c := range m.Chunks {
		if !c.Type.optional() {
			return fmt.Errorf("container: a chunk of type %#02x cannot be added to an image", byte(c.Type))
		}
		b = appendChunk(b, nil, c.Type, c.Data)
	}
	if len(m.Chunks) > 0 {
		b = append(b, byte(chunkEnd))
	}
	b = append(b, m.Payload...)
	_, err := w.Write(appendCRC(b, b))
	return err
}

// ReadConfig reads the header of an .hgi file, at most 16 bytes of r: model,
// shape and quality. The checksum is at the end of the file, so damage to the
// header is found by [ReadImage] only.
func ReadConfig(r io.Reader) (*Image, error) {
	b := make([]byte, maxImageHeader)
	n, err := io.ReadFull(r, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	c := cursor{data: b[:n], short: ErrTruncated}
	m, _ := c.readImageHeader()
	if c.err != nil {
		return nil, c.err
	}
	return m, nil
}

// readImageHeader tells whether chunks follow.
func (c *cursor) readImageHeader() (m *Image, chunks bool) {
	m = new(Image)
	channels, flags := c.readKind(imageMagic, flagChunks)
	copy(m.Model[:], c.take(shortIDSize, "the name of the model"))
	width, height := c.readSides()
	m.Shape = Shape{width, height, channels}
	m.Quality = c.byte("the quality")
	return m, flags&flagChunks != 0
}

// ReadImage reads an .hgi file, which must be all that r has, and checks it.
func ReadImage(r io.Reader, limits *Limits) (*Image, error) {
	l := limits.orDefault()
	b, err := readAllImage(r, &l)
	if err != nil {
		return nil, err
	}
	c := cursor{data: b, short: ErrTruncated}
	m, chunks := c.readImageHeader()
	if chunks && c.err == nil {
		m.Chunks = c.readChunks(&l)
	}
	if c.err != nil {
		return nil, c.err
	}
	if len(c.data) < crcSize {
		return nil, errorAt(ErrTruncated, c.off, "no room for the checksum")
	}
	if _, ok := cutCRC(b); !ok {
		return nil, errorAt(ErrCorrupt, 0, "the checksum is wrong: the file is damaged or cut short")
	}
	m.Payload = c.data[:len(c.data)-crcSize]
	if len(m.Payload) > l.MaxPayload {
		return nil, errorAt(ErrTooLarge, c.off, "the payload has %d bytes, the limit is %d", len(m.Payload), l.MaxPayload)
	}
	if err := l.checkPixels(c.off, 1, m.Shape, len(m.Payload)); err != nil {
		return nil, err
	}
	return m, nil
}

// readAllImage reads all of r after a look at how it begins.
func readAllImage(r io.Reader, l *Limits) ([]byte, error) {
	head := make([]byte, maxImageHeader)
	n, err := io.ReadFull(r, head)
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return head[:n], nil
	case err != nil:
		return nil, err
	}
	c := cursor{data: head, short: ErrTruncated}
	if c.readImageHeader(); c.err != nil {
		return nil, c.err
	}
	limit := int64(l.MaxPayload) + int64(l.MaxModel) + int64(l.MaxMeta)
	rest, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(rest)) > limit {
		return nil, errorAt(ErrTooLarge, limit, "the file is over the limits of its parts together")
	}
	return append(head, rest...), err
}

func (c *cursor) readChunks(l *Limits) (chunks []Chunk) {
	for {
		if len(c.data) > 0 && ChunkType(c.data[0]) == chunkEnd {
			c.take(1, "the end of the chunks")
			if chunks == nil {
				c.fail(ErrCorrupt, "the header announces chunks, there are none")
			}
			return chunks
		}
		chunk, err := c.readChunk(l)
		if err != nil {
			c.err = err
			return nil
		}
		chunks = append(chunks, chunk)
	}
}

func (c *cursor) readChunk(l *Limits) (Chunk, error) {
	f, err := parseFrame(c.data, c.off, nil, l)
	if err != nil {
		return Chunk{}, err
	}
	off := c.off
	b := c.take(f.size(), "a chunk")
	if c.err != nil {
		return Chunk{}, c.err
	}
	data, err := checkChunk(b, off, f)
	if err == nil && !f.typ.optional() {
		err = errorAt(ErrVersion, off, "unknown critical chunk of type %#02x", byte(f.typ))
	}
	return Chunk{Type: f.typ, Data: data}, err
}

// Chunk returns the data of the first chunk of a type, or nil.
func (m *Image) Chunk(t ChunkType) []byte { return findChunk(m.Chunks, t) }

func findChunk(chunks []Chunk, t ChunkType) []byte {
	for _, c := range chunks {
		if c.Type == t {
			return c.Data
		}
	}
	return nil
}

// EmbeddedModel returns the model file inside, checked against its name. The
// error is of kind [ErrUnknownModel] if there is none.
func (m *Image) EmbeddedModel() ([]byte, error) {
	return checkModel(m.Chunk(ChunkModel), m.Model[:], 0)
}

// EncodeImage returns the image that c makes of pix, (H, W, C) of shape s.
func EncodeImage(c BlockCodec, s Shape, quality uint8, pix []byte) (*Image, error) {
	if len(pix) != s.Bytes() {
		panic(fmt.Sprintf("container: %d bytes for an image of %v", len(pix), s))
	}
	payload, err := c.EncodeBlock(nil, s, quality, pix)
	if err != nil {
		return nil, err
	}
	return &Image{Model: c.Model().Short(), Shape: s, Quality: quality, Payload: payload}, nil
}

// Decode returns the pixels, (H, W, C). The error is of kind [ErrUnknownModel]
// if c works by another model than the image.
func (m *Image) Decode(c BlockCodec) ([]byte, error) {
	if id := c.Model(); id.Short() != m.Model {
		return nil, errorAt(ErrUnknownModel, 0, "the image is by model %v, the codec by %v", m.Model, id)
	}
	return decodePayload(c, 0, 1, m.Shape, m.Quality, m.Payload)
}
