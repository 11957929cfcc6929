package container

import (
	"encoding/binary"
	"math/bits"
)

// A cursor reads fields of a part of a file that is in memory. After an error
// it returns zeros; the caller looks at err when it is done.
type cursor struct {
	data  []byte // what has not been read
	off   int64  // of data in the file
	short error  // what it means that data ends: ErrTruncated or ErrCorrupt
	err   error
}

func (c *cursor) fail(kind error, format string, args ...any) {
	if c.err == nil {
		c.err = errorAt(kind, c.off, format, args...)
	}
	c.data = nil
}

// take returns the next n bytes.
func (c *cursor) take(n int, what string) []byte {
	if n > len(c.data) {
		c.fail(c.short, "no room for %s", what)
		return nil
	}
	b := c.data[:n:n]
	c.data = c.data[n:]
	c.off += int64(n)
	return b
}

func (c *cursor) byte(what string) byte {
	if b := c.take(1, what); b != nil {
		return b[0]
	}
	return 0
}

// uvarint returns a number of at most limit.
func (c *cursor) uvarint(limit int64, what string) int64 {
	v, n := binary.Uvarint(c.data)
	switch {
	case n == 0:
		c.fail(c.short, "no room for %s", what)
		return 0
	case n < 0 || n != uvarintSize(v):
		c.fail(ErrCorrupt, "%s is not in the shortest form", what)
		return 0
	case v > uint64(limit):
		c.fail(ErrCorrupt, "%s is %d, the most is %d", what, v, limit)
		return 0
	}
	c.take(n, what)
	return int64(v)
}

// uvarintSize returns the bytes of v as a varint.
func uvarintSize(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

// end fails unless all has been read.
func (c *cursor) end(what string) error {
	if c.err == nil && len(c.data) > 0 {
		c.fail(ErrCorrupt, "%d bytes after %s", len(c.data), what)
	}
	return c.err
}
