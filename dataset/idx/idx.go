// Package idx reads and writes the idx format, in which MNIST, Fashion-MNIST
// and their kin are published: an array of numbers of any shape behind a short
// header. The format is described at the foot of the MNIST home page (LeCun,
// Cortes, Burges, http://yann.lecun.com/exdb/mnist/):
//
//	0, 0            two zero bytes
//	type            8 for unsigned bytes, the only type supported here
//	d               number of dimensions
//	size × d        sizes of the dimensions, 4 bytes each, high byte first
//	data            the elements, the last dimension varying fastest
//
// [Read] takes files as they are and compressed with gzip alike.
package idx

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/hourglass-codec/hourglass/dataset/internal/grow"
)

const (
	typeUint8 = 0x08
	maxDims   = math.MaxUint8

	defaultMaxBytes = 1 << 30
)

// Array is the contents of an idx file of unsigned bytes.
type Array struct {
	Shape []int   // sizes of the dimensions, slowest first; at least one
	Data  []uint8 // the elements in row-major order; as many as Shape's product
}

// Options adjust [Read]. The zero value is the default.
type Options struct {
	// MaxBytes limits the size of the data, after decompression.
	// 0 means 1 GiB.
	MaxBytes int64
}

// FormatError reports that the input is not a valid idx file.
type FormatError string

func (e FormatError) Error() string { return "idx: invalid format: " + string(e) }

// UnsupportedError reports a valid idx file that this package cannot read.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "idx: unsupported: " + string(e) }

// LimitError reports a header that announces more data than [Options] allow.
type LimitError struct {
	Shape []int
	Limit int64 // bytes
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("idx: an array of shape %v is over the limit of %d bytes", e.Shape, e.Limit)
}

// ErrTruncated reports an input that ends before its data does.
var ErrTruncated = errors.New("idx: truncated")

// Read reads one idx file, compressed with gzip or not, to its end. It does
// not allocate for data that has not arrived. The error is, or wraps, a
// [FormatError] (also for bytes after the data and for a damaged gzip stream),
// an [UnsupportedError], a [*LimitError], [ErrTruncated], or the error of r.
func Read(r io.Reader, o Options) (*Array, error) {
	in, err := decompress(r)
	if err != nil {
		return nil, err
	}
	shape, err := readHeader(in)
	if err != nil {
		return nil, err
	}
	limit := o.MaxBytes
	if limit == 0 {
		limit = defaultMaxBytes
	}
	n, ok := product(shape, limit)
	if !ok {
		return nil, &LimitError{Shape: shape, Limit: limit}
	}
	data, err := grow.Read(in, n)
	if err != nil {
		return nil, fmt.Errorf("%w (%d of %d bytes of data)", inputError(err), len(data), n)
	}
	if err := expectEnd(in); err != nil {
		return nil, err
	}
	return &Array{Shape: shape, Data: data}, nil
}

// decompress returns r's bytes, through gzip if they begin like a gzip stream.
func decompress(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	if magic, _ := in.Peek(2); string(magic) != "\x1f\x8b" {
		return in, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, inputError(err)
	}
	return z, nil
}

func readHeader(r io.Reader) (shape []int, err error) {
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, inputError(err)
	}
	if magic[0] != 0 || magic[1] != 0 {
		return nil, FormatError(fmt.Sprintf("it begins with the bytes %#02x %#02x, not 0 0", magic[0], magic[1]))
	}
	if err := checkType(magic[2]); err != nil {
		return nil, err
	}
	if magic[3] == 0 {
		return nil, FormatError("no dimensions")
	}
	sizes := make([]byte, 4*int(magic[3]))
	if _, err := io.ReadFull(r, sizes); err != nil {
		return nil, inputError(err)
	}
	for ; len(sizes) > 0; sizes = sizes[4:] {
		d := binary.BigEndian.Uint32(sizes)
		if d > math.MaxInt32 {
			return nil, FormatError(fmt.Sprintf("a dimension of size %d", d))
		}
		shape = append(shape, int(d))
	}
	return shape, nil
}

func checkType(code byte) error {
	switch code {
	case typeUint8:
		return nil
	case 0x09, 0x0B, 0x0C, 0x0D, 0x0E:
		name := map[byte]string{0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
		return UnsupportedError(name[code] + " elements; only unsigned bytes are read")
	}
	return FormatError(fmt.Sprintf("unknown element type %#02x", code))
}

// product returns the number of elements of shape, if it is within limit.
func product(shape []int, limit int64) (n int, ok bool) {
	if slices.Contains(shape, 0) {
		return 0, true
	}
	total := int64(1)
	for _, d := range shape {
		if int64(d) > min(limit, math.MaxInt)/total {
			return 0, false
		}
		total *= int64(d)
	}
	return int(total), true
}

// expectEnd reads once past the data, which also makes gzip check its sum.
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

// inputError turns what gzip and io report into this package's errors.
func inputError(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return ErrTruncated
	case err == gzip.ErrHeader, err == gzip.ErrChecksum, errors.As(err, &corrupt):
		return FormatError("damaged gzip stream: " + err.Error())
	}
	return fmt.Errorf("idx: %w", err)
}

// Write writes a as an idx file. To compress it, give a [gzip.Writer]. Write
// panics if a's shape cannot be written or does not match its data; the error
// is that of w.
func Write(w io.Writer, a *Array) error {
	n, ok := product(a.Shape, math.MaxInt64)
	if !ok || n != len(a.Data) || len(a.Shape) == 0 || len(a.Shape) > maxDims {
		panic(fmt.Sprintf("idx: shape %v with %d bytes of data", a.Shape, len(a.Data)))
	}
	head := []byte{0, 0, typeUint8, byte(len(a.Shape))}
	for _, d := range a.Shape {
		if d < 0 || d > math.MaxInt32 {
			panic(fmt.Sprintf("idx: shape %v", a.Shape))
		}
		head = binary.BigEndian.AppendUint32(head, uint32(d))
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(a.Data)
	return err
}
