package container

import (
	"bytes"
	"fmt"
	"io"
)

// MaxBlock is the most images of a block.
const MaxBlock = 64

// A Header says what all images of an archive have in common.
type Header struct {
	Model     ModelID
	Shape     Shape
	Quality   uint8 // as the codec defines it
	BlockSize int   // the most images of a block, 1 to 64; 0 means 64
	Names     bool  // each image has a name, perhaps empty
	Labels    bool  // each image has a label
}

const (
	flagNames  = 1
	flagLabels = 2

	maxHeader = len(archiveMagic) + 1 + 1 + len(ModelID{}) + 3 + 3 + 1 + 1 + crcSize
)

func (h *Header) check() error {
	if h.BlockSize == 0 {
		h.BlockSize = MaxBlock
	}
	if h.BlockSize < 1 || h.BlockSize > MaxBlock {
		return fmt.Errorf("container: blocks of %d images: a block has 1 to %d", h.BlockSize, MaxBlock)
	}
	return h.Shape.check()
}

// infos tells whether blocks come with names or labels.
func (h *Header) infos() bool { return h.Names || h.Labels }

func (h *Header) flags() (f byte) {
	if h.Names {
		f |= flagNames
	}
	if h.Labels {
		f |= flagLabels
	}
	return f
}

// encode returns the header and the tag, which is its checksum and follows it
// in the file.
func (h *Header) encode() ([]byte, tag) {
	b := appendKind(nil, archiveMagic, h.Shape.Channels, 0)
	b = append(append(b, h.flags()), h.Model[:]...)
	b = append(appendSides(b, h.Shape), h.Quality, byte(h.BlockSize-1))
	return b, tag(appendCRC(nil, b))
}

// size returns the bytes of the header and its checksum.
func (h *Header) size() int64 {
	b, _ := h.encode()
	return int64(len(b) + crcSize)
}

// readHeader reads all of a header but the checksum.
func (c *cursor) readHeader() (h Header) {
	channels, _ := c.readKind(archiveMagic, 0)
	flags := c.byte("the flags")
	if flags > flagNames|flagLabels {
		c.fail(ErrVersion, "unknown flags %#02x", flags)
	}
	h.Names, h.Labels = flags&flagNames != 0, flags&flagLabels != 0
	copy(h.Model[:], c.take(len(h.Model), "the name of the model"))
	width, height := c.readSides()
	h.Shape = Shape{width, height, channels}
	h.Quality = c.byte("the quality")
	h.BlockSize = int(c.byte("the block size")) + 1
	if h.BlockSize > MaxBlock {
		c.fail(ErrCorrupt, "blocks of %d images", h.BlockSize)
	}
	return h
}

// parseHeader reads the header at the start of b, which has maxHeader bytes
// unless the file is shorter.
func parseHeader(b []byte) (h Header, t tag, err error) {
	c := cursor{data: b, short: ErrTruncated}
	h = c.readHeader()
	size := len(b) - len(c.data)
	copy(t[:], c.take(crcSize, "the checksum of the header"))
	switch {
	case c.err != nil:
	case !bytes.Equal(appendCRC(nil, b[:size]), t[:]):
		c.fail(ErrCorrupt, "the checksum of the header is wrong")
	}
	return h, t, c.err
}

func readHeaderAt(r io.ReaderAt, size int64) (Header, tag, error) {
	b := make([]byte, min(int64(maxHeader), size))
	if err := readAt(r, b, 0); err != nil {
		return Header{}, tag{}, err
	}
	return parseHeader(b)
}

// readAt fills b. The file being shorter than its size was said to be is
// ErrTruncated.
func readAt(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return errorAt(ErrTruncated, off+int64(n), "the file ends here")
	}
	return err
}
