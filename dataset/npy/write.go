package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/hourglass-codec/hourglass/internal/atomicfile"
)

// Write writes data, in row-major order, as an array of the given shape, in
// format version 1.0. The empty shape is that of a single number. Write panics
// if shape and data do not match; the error is that of w.
func Write[T Element](w io.Writer, shape []int, data []T) error {
	if n, ok := product(shape, math.MaxInt64); !ok || n != len(data) {
		panic(fmt.Sprintf("npy: shape %v with %d elements", shape, len(data)))
	}
	if _, err := w.Write(header[T](shape)); err != nil {
		return err
	}
	const chunk = 8 << 10 // elements
	buf := make([]byte, 0, 4*min(chunk, len(data)))
	for len(data) > 0 {
		n := min(chunk, len(data))
		if _, err := w.Write(appendBytes(buf, data[:n])); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// header returns everything that stands before the elements, padded with
// spaces so that they begin at a multiple of the alignment.
func header[T Element](shape []int) []byte {
	name, _ := descr[T]()
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", name, tuple(shape))
	const prefix = len(magic) + 4 // with the version and the header's length
	padding := -(prefix + len(dict) + 1) & (alignment - 1)
	dict += strings.Repeat(" ", padding) + "\n"
	if len(shape) > maxDims {
		panic(fmt.Sprintf("npy: %d dimensions, over the limit of %d", len(shape), maxDims))
	}
	head := append([]byte(magic), 1, 0)
	head = binary.LittleEndian.AppendUint16(head, uint16(len(dict)))
	return append(head, dict...)
}

// tuple returns shape as Python writes a tuple: (), (3,), (3, 4).
func tuple(shape []int) string {
	s := make([]string, len(shape))
	for i, d := range shape {
		s[i] = strconv.Itoa(d)
	}
	if len(s) == 1 {
		return "(" + s[0] + ",)"
	}
	return "(" + strings.Join(s, ", ") + ")"
}

// WriteFile writes an array as [Write] does to the named file, which appears
// complete or not at all.
func WriteFile[T Element](name string, shape []int, data []T) error {
	write := func(w io.Writer) error { return Write(w, shape, data) }
	if err := atomicfile.Write(name, write); err != nil {
		return fmt.Errorf("npy: %s not written: %w", name, err)
	}
	return nil
}
