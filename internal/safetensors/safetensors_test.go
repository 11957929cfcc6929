package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func sample() *File {
	return &File{
		Metadata: map[string]string{"model": "a", "z": "\"quoted\""},
		Tensors: []Tensor{
			FromFloat32("w", []int{2, 3}, []float32{1, 2, 3, -4, 5.5, 0}),
			{Name: "empty", DType: F32, Shape: []int{0, 4}, Data: []byte{}},
			{Name: "bytes", DType: U8, Shape: []int{3}, Data: []byte{7, 8, 9}},
			FromFloat32("scalar", []int{}, []float32{42}),
		},
	}
}

func encode(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	f := sample()
	data := encode(t, f)
	if n := binary.LittleEndian.Uint64(data); n%8 != 0 {
		t.Errorf("header of %d bytes", n)
	}
	got, err := Read(bytes.NewReader(data), len(data))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, f) {
		t.Errorf("got %+v, want %+v", got, f)
	}
	if v, err := got.Tensor("w").Float32(); err != nil || v[3] != -4 {
		t.Errorf("w is %v, %v", v, err)
	}
	if _, err := got.Tensor("bytes").Float32(); err == nil {
		t.Error("bytes read as F32")
	}
	if got.Tensor("none") != nil {
		t.Error("a tensor that is not there")
	}
}

// TestOthersFiles reads files that another implementation wrote.
func TestOthersFiles(t *testing.T) {
	names, err := filepath.Glob("../../testdata/parity/*.safetensors")
	if err != nil || len(names) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(bytes.NewReader(data), len(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if len(f.Tensors) == 0 {
			t.Errorf("%s: no tensors", name)
		}
	}
}

func TestEveryTruncation(t *testing.T) {
	data := encode(t, sample())
	for n := range data {
		if _, err := Read(bytes.NewReader(data[:n]), len(data)); !errors.Is(err, ErrTruncated) {
			t.Fatalf("first %d of %d bytes: %v", n, len(data), err)
		}
	}
	if _, err := Read(bytes.NewReader(append(data, 0)), 1<<20); err == nil {
		t.Error("a byte too many is not noticed")
	}
	if _, err := Read(bytes.NewReader(data), len(data)-1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
}

func TestBadHeaders(t *testing.T) {
	for _, h := range []string{
		``, `[]`, `{`, `{} x`, `{"a":1}`, `{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}`,
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`,
		`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}`,
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`,
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
		`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`,
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}`,
		`{"__metadata__":{"a":1}}`,
	} {
		data := binary.LittleEndian.AppendUint64(nil, uint64(len(h)))
		data = append(append(data, h...), make([]byte, 16)...)
		var format FormatError
		if _, err := Read(bytes.NewReader(data), 1<<20); !errors.As(err, &format) {
			t.Errorf("%s: %v", h, err)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, f := range []*File{
		{Tensors: []Tensor{FromFloat32("a", []int{2}, []float32{1})}},
		{Tensors: []Tensor{FromFloat32("a", []int{1}, []float32{1}), FromFloat32("a", []int{1}, []float32{1})}},
		{Tensors: []Tensor{FromFloat32(metadataKey, []int{1}, []float32{1})}},
		{Tensors: []Tensor{{Name: "a", DType: "X", Shape: []int{1}, Data: []byte{1}}}},
	} {
		if err := Write(&bytes.Buffer{}, f); err == nil {
			t.Errorf("%+v was written", f)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(encode(f, sample()))
	f.Add(encode(f, &File{}))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data), 1<<20)
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(encode(t, file)), 1<<21)
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Tensors) != len(file.Tensors) {
			t.Errorf("%d tensors became %d", len(file.Tensors), len(again.Tensors))
		}
	})
}
