// Package safetensors reads and writes the safetensors format of named
// tensors (https://github.com/huggingface/safetensors): an 8-byte
// little-endian header length, a JSON header, and the tensors' bytes.
//
// The element types are those that Hourglass stores: F32, F16, I8, U8, I16,
// I32 and I64. Input is untrusted: every claim of the header is checked before
// anything is allocated for it.
package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// A DType names an element type as the format does.
type DType string

// The element types.
const (
	F32 DType = "F32"
	F16 DType = "F16"
	I8  DType = "I8"
	U8  DType = "U8"
	I16 DType = "I16"
	I32 DType = "I32"
	I64 DType = "I64"
)

// Size returns the bytes of an element, 0 for an unknown type.
func (d DType) Size() int {
	switch d {
	case I8, U8:
		return 1
	case F16, I16:
		return 2
	case F32, I32:
		return 4
	case I64:
		return 8
	}
	return 0
}

// A Tensor is a named array in row-major order, little-endian.
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	Data  []byte
}

// A File is the content of a safetensors file. Write keeps the order of its
// tensors; Read returns them in the order of their bytes.
type File struct {
	Metadata map[string]string
	Tensors  []Tensor
}

// Errors that Read's are, besides [*FormatError].
var (
	ErrTruncated = errors.New("safetensors: the file ends too early")
	ErrTooLarge  = errors.New("safetensors: the file is larger than the limit")
)

// A FormatError says what is wrong with a file.
type FormatError string

func (e FormatError) Error() string { return "safetensors: " + string(e) }

// Tensor returns the tensor of a name, or nil.
func (f *File) Tensor(name string) *Tensor {
	i := slices.IndexFunc(f.Tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &f.Tensors[i]
}

// FromFloat32 returns a tensor of type F32.
func FromFloat32(name string, shape []int, values []float32) Tensor {
	data := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	return Tensor{Name: name, DType: F32, Shape: slices.Clone(shape), Data: data}
}

// Float32 returns the values of a tensor of type F32; it is a FormatError if t
// is of another type.
func (t *Tensor) Float32() ([]float32, error) {
	if t.DType != F32 {
		return nil, FormatError(fmt.Sprintf("tensor %q holds %s, want F32", t.Name, t.DType))
	}
	values := make([]float32, len(t.Data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return values, nil
}

// entry is a tensor's header.
type entry struct {
	DType   DType  `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

const metadataKey = "__metadata__"

// Write writes f. The same file gives the same bytes. Tensor data starts at a
// multiple of 8 bytes, as the format asks.
func Write(w io.Writer, f *File) error {
	header, err := f.header()
	if err != nil {
		return err
	}
	var size [8]byte
	binary.LittleEndian.PutUint64(size[:], uint64(len(header)))
	if _, err := w.Write(size[:]); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, t := range f.Tensors {
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return nil
}

// header returns the JSON header, padded with spaces to a multiple of 8.
func (f *File) header() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	field := func(name string, value any) error {
		k, err := json.Marshal(name)
		if err != nil {
			return err
		}
		v, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", k, v)
		return nil
	}
	if len(f.Metadata) > 0 {
		if err := field(metadataKey, f.Metadata); err != nil {
			return nil, err
		}
	}
	off := 0
	for i, t := range f.Tensors {
		if err := t.check(f.Tensors[:i]); err != nil {
			return nil, err
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		if err := field(t.Name, entry{t.DType, shape, [2]int{off, off + len(t.Data)}}); err != nil {
			return nil, err
		}
		off += len(t.Data)
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	return []byte(b.String()), nil
}

// check reports a tensor that cannot be written after those before it.
func (t *Tensor) check(before []Tensor) error {
	n, ok := bytesOf(t.DType, t.Shape)
	switch {
	case t.Name == metadataKey || slices.ContainsFunc(before, func(o Tensor) bool { return o.Name == t.Name }):
		return FormatError(fmt.Sprintf("the name %q is taken", t.Name))
	case !ok || n != len(t.Data):
		return FormatError(fmt.Sprintf("tensor %q of %d bytes is no %s of shape %v", t.Name, len(t.Data), t.DType, t.Shape))
	}
	return nil
}

// bytesOf returns the size of a tensor, and false if it has none.
func bytesOf(d DType, shape []int) (n int, ok bool) {
	n = d.Size()
	if n == 0 {
		return 0, false
	}
	for _, s := range shape {
		if s < 0 || s > 0 && n > math.MaxInt/s {
			return 0, false
		}
		n *= s
	}
	return n, true
}
