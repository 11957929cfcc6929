// Package npy writes and reads NumPy's .npy files, one array to a file, so
// that codes and reconstructions can be taken to other tools:
// numpy.load("codes.npy") in Python gives back the array with its shape.
//
// The format is the one that NumPy publishes as numpy.lib.format (also NEP 1):
// a magic string, a version, the length of a header, and the header itself, a
// Python dictionary literal with the keys descr, fortran_order and shape, then
// the elements. [Write] writes version 1.0; [Read] takes 1.0, 2.0 and 3.0.
package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const (
	magic     = "\x93NUMPY"
	alignment = 64 // of the first element, in bytes

	defaultMaxBytes = 1 << 30
	maxHeader       = 64 << 10 // bytes; also version 1.0's own limit
	maxDims         = 64       // as in NumPy 2
)

// Element is an element type that files may hold: float32 ('<f4', little
// endian) or uint8 ('|u1').
type Element interface{ float32 | uint8 }

// Options adjust [Read]. The zero value is the default.
type Options struct {
	// MaxBytes limits the size of the array's data. 0 means 1 GiB.
	MaxBytes int64
}

// FormatError reports that the input is not a valid .npy file.
type FormatError string

func (e FormatError) Error() string { return "npy: invalid format: " + string(e) }

// UnsupportedError reports a valid .npy file that this package cannot read, or
// cannot read as the type asked for.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "npy: unsupported: " + string(e) }

// LimitError reports a header that announces more data than [Options] allow.
type LimitError struct {
	Shape []int
	Limit int64 // bytes
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("npy: an array of shape %v is over the limit of %d bytes", e.Shape, e.Limit)
}

// ErrTruncated reports an input that ends before its data does.
var ErrTruncated = errors.New("npy: truncated")

// descr returns the name of T's type in a header, and its size in bytes.
func descr[T Element]() (name string, size int) {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return "<f4", 4
	}
	return "|u1", 1
}

// product returns the number of elements of shape, if they are at most limit.
func product(shape []int, limit int64) (n int, ok bool) {
	total := int64(1)
	for _, d := range shape {
		if d == 0 {
			return 0, true
		}
		if total <= limit {
			total = saturatingMul(total, int64(d))
		}
	}
	return int(total), total <= min(limit, math.MaxInt)
}

// saturatingMul returns a*b for positive a and b, or the largest int64.
func saturatingMul(a, b int64) int64 {
	if a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}

// appendBytes appends the elements of src as a file holds them.
func appendBytes[T Element](dst []byte, src []T) []byte {
	switch src := any(src).(type) {
	case []uint8:
		return append(dst, src...)
	case []float32:
		for _, v := range src {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
		}
	}
	return dst
}

// fromBytes returns the elements that a file holds as src.
func fromBytes[T Element](src []byte) []T {
	_, size := descr[T]()
	dst := make([]T, len(src)/size)
	switch dst := any(dst).(type) {
	case []uint8:
		copy(dst, src)
	case []float32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	}
	return dst
}
