package npy

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hourglass-codec/hourglass/dataset/internal/grow"
)

// Read reads one array with elements of type T to the end of r. It does not
// allocate for data that has not arrived. The error is, or wraps, a
// [FormatError] (also for bytes after the data), an [UnsupportedError] (other
// element types, Fortran order), a [*LimitError], [ErrTruncated], or the error
// of r.
func Read[T Element](r io.Reader, o Options) (shape []int, data []T, err error) {
	text, err := readHeader(r)
	if err != nil {
		return nil, nil, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, nil, err
	}
	name, size := descr[T]()
	if h.descr != name {
		return nil, nil, UnsupportedError(fmt.Sprintf("elements of type %q where %q is wanted", h.descr, name))
	}
	if h.fortranOrder && len(h.shape) > 1 {
		return nil, nil, UnsupportedError("Fortran order")
	}
	limit := o.MaxBytes
	if limit == 0 {
		limit = defaultMaxBytes
	}
	n, ok := product(h.shape, limit/int64(size))
	if !ok {
		return nil, nil, &LimitError{Shape: h.shape, Limit: limit}
	}
	raw, err := grow.Read(r, n*size)
	if err != nil {
		return nil, nil, inputError(err)
	}
	if err := expectEnd(r); err != nil {
		return nil, nil, err
	}
	return h.shape, fromBytes[T](raw), nil
}

// readHeader returns the text of the dictionary.
func readHeader(r io.Reader) ([]byte, error) {
	var head [len(magic) + 2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, inputError(err)
	}
	if string(head[:len(magic)]) != magic {
		return nil, FormatError("it does not begin with the magic string")
	}
	length := make([]byte, 2)
	switch major, minor := head[len(magic)], head[len(magic)+1]; {
	case major == 1 && minor == 0:
	case (major == 2 || major == 3) && minor == 0:
		length = make([]byte, 4)
	default:
		return nil, UnsupportedError(fmt.Sprintf("format version %d.%d", major, minor))
	}
	if _, err := io.ReadFull(r, length); err != nil {
		return nil, inputError(err)
	}
	n := binary.LittleEndian.Uint32(append(length, 0, 0)[:4])
	if n > maxHeader {
		return nil, FormatError(fmt.Sprintf("a header of %d bytes", n))
	}
	text, err := grow.Read(r, int(n))
	if err != nil {
		return nil, inputError(err)
	}
	return text, nil
}

func expectEnd(r io.Reader) error {
	var extra [1]byte
	switch _, err := io.ReadFull(r, extra[:]); err {
	case io.EOF:
		return nil
	case nil:
		return FormatError("bytes after the data")
	default:
		return inputError(err)
	}
}

func inputError(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrTruncated
	}
	return fmt.Errorf("npy: %w", err)
}
