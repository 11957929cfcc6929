package npy

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// savedByNumPy is what numpy.save writes for
// numpy.array([[1, 2, 3], [4, 5, 6]], dtype=numpy.uint8).
var savedByNumPy = "\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }" +
	strings.Repeat(" ", 58) + "\n\x01\x02\x03\x04\x05\x06"

func TestWriteBytes(t *testing.T) {
	var buf bytes.Buffer
	if err := Write(&buf, []int{2, 3}, []uint8{1, 2, 3, 4, 5, 6}); err != nil {
		t.Fatal(err)
	}
	if buf.String() != savedByNumPy {
		t.Errorf("got  %q\nwant %q", buf.String(), savedByNumPy)
	}
}

func TestHeader(t *testing.T) {
	for _, tt := range []struct {
		shape []int
		want  string
	}{
		{nil, "'shape': (), }"},
		{[]int{7}, "'shape': (7,), }"},
		{[]int{60000, 28, 28, 1}, "'shape': (60000, 28, 28, 1), }"},
	} {
		h := header[float32](tt.shape)
		if !bytes.Contains(h, []byte("{'descr': '<f4', 'fortran_order': False, "+tt.want+" ")) {
			t.Errorf("%v: header %q", tt.shape, h)
		}
		if len(h)%alignment != 0 || h[len(h)-1] != '\n' {
			t.Errorf("%v: header of %d bytes ends in %q", tt.shape, len(h), h[len(h)-1])
		}
		if n := int(h[8]) | int(h[9])<<8; n != len(h)-10 {
			t.Errorf("%v: length field %d, want %d", tt.shape, n, len(h)-10)
		}
	}
}

func roundTrip[T Element](t *testing.T, shape []int, data []T) {
	t.Helper()
	var buf bytes.Buffer
	if err := Write(&buf, shape, data); err != nil {
		t.Fatal(err)
	}
	gotShape, got, err := Read[T](iotest.HalfReader(&buf), Options{})
	if err != nil || !slices.Equal(gotShape, shape) || !slices.Equal(got, data) {
		t.Errorf("shape %v: got shape %v, %d elements, error %v", shape, gotShape, len(got), err)
	}
}

func TestRoundTrip(t *testing.T) {
	many := make([]float32, 3*10007)
	for i := range many {
		many[i] = float32(i) / 7
	}
	roundTrip(t, []int{3, 10007}, many)
	roundTrip(t, []int{1, 1, 4}, []float32{0, -1, math.MaxFloat32, float32(math.Inf(1))})
	roundTrip(t, []int{}, []float32{2.5})
	roundTrip(t, []int{3, 0, 2}, []float32{})
	roundTrip(t, []int{5}, []uint8{0, 1, 2, 254, 255})
}

// raw returns a version 1.0 file with the given dictionary and data.
func raw(dict, data string) string {
	return magic + "\x01\x00" + string([]byte{byte(len(dict)), byte(len(dict) >> 8)}) + dict + data
}

func TestReadAccepts(t *testing.T) {
	want := []uint8{1, 2, 3, 4, 5, 6}
	for name, input := range map[string]string{
		"as numpy":      savedByNumPy,
		"other order":   raw(`{"shape":(2,3,),"descr":"|u1","fortran_order":False}`, "\x01\x02\x03\x04\x05\x06"),
		"roomy":         raw("{ 'descr' : '|u1' ,\n 'fortran_order' : False , 'shape' : ( 2 , 3 ) }  \n", "\x01\x02\x03\x04\x05\x06"),
		"version 2.0":   magic + "\x02\x00" + "\x76\x00\x00\x00" + savedByNumPy[10:],
		"version 3.0":   magic + "\x03\x00" + "\x76\x00\x00\x00" + savedByNumPy[10:],
		"no last comma": raw(`{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}`, "\x01\x02\x03\x04\x05\x06"),
	} {
		shape, data, err := Read[uint8](strings.NewReader(input), Options{})
		if err != nil || !slices.Equal(shape, []int{2, 3}) || !slices.Equal(data, want) {
			t.Errorf("%s: shape %v, data %v, error %v", name, shape, data, err)
		}
	}
	// With one dimension both orders are the same.
	if _, _, err := Read[uint8](strings.NewReader(raw(`{'descr': '|u1', 'fortran_order': True, 'shape': (1,)}`, "a")), Options{}); err != nil {
		t.Error(err)
	}
}

func TestReadErrors(t *testing.T) {
	var format FormatError
	var unsupported UnsupportedError
	var limit *LimitError
	isFormat := func(err error) bool { return errors.As(err, &format) }
	isUnsupported := func(err error) bool { return errors.As(err, &unsupported) }
	isLimit := func(err error) bool { return errors.As(err, &limit) }
	isTruncated := func(err error) bool { return errors.Is(err, ErrTruncated) }
	dict := func(descr, order, shape string) string {
		return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + "}"
	}

	tests := []struct {
		name, input string
		is          func(error) bool
	}{
		{"empty", "", isTruncated},
		{"short magic", savedByNumPy[:5], isTruncated},
		{"short length", savedByNumPy[:9], isTruncated},
		{"short header", savedByNumPy[:60], isTruncated},
		{"short data", savedByNumPy[:len(savedByNumPy)-1], isTruncated},
		{"trailing data", savedByNumPy + "x", isFormat},
		{"bad magic", "PK\x03\x04 a zip, as .npz is", isFormat},
		{"version 1.1", magic + "\x01\x01", isUnsupported},
		{"version 4.0", magic + "\x04\x00", isUnsupported},
		{"huge header", magic + "\x02\x00\xff\xff\xff\x7f", isFormat},
		{"float64", raw(dict("'<f8'", "False", "()"), "01234567"), isUnsupported},
		{"structured", raw(dict("[('x', '<f4')]", "False", "()"), ""), isUnsupported},
		{"Fortran order", raw(dict("'|u1'", "True", "(1, 1)"), "x"), isUnsupported},
		{"no dictionary", raw("hello", ""), isFormat},
		{"no end", raw("{'descr': '|u1'", ""), isFormat},
		{"missing key", raw("{'descr': '|u1', 'shape': ()}", ""), isFormat},
		{"same key twice", raw("{'descr': '|u1', 'descr': '|u1', 'shape': ()}", ""), isFormat},
		{"unknown key", raw("{'colour': '|u1', 'fortran_order': False, 'shape': ()}", ""), isFormat},
		{"unquoted key", raw("{descr: '|u1'}", ""), isFormat},
		{"unterminated string", raw("{'descr: }", ""), isFormat},
		{"boolean", raw(dict("'|u1'", "Maybe", "()"), ""), isFormat},
		{"text after", raw(dict("'|u1'", "False", "()")+" + 1", ""), isFormat},
		{"shape is a number", raw(dict("'|u1'", "False", "3"), "abc"), isFormat},
		{"negative size", raw(dict("'|u1'", "False", "(-1,)"), ""), isFormat},
		{"size without digits", raw(dict("'|u1'", "False", "(,)"), ""), isFormat},
		{"size over 31 bits", raw(dict("'|u1'", "False", "(2147483648,)"), ""), isFormat},
		{"missing comma in shape", raw(dict("'|u1'", "False", "(1 1)"), "x"), isFormat},
		{"too many dimensions", raw(dict("'|u1'", "False", "("+strings.Repeat("1,", 65)+")"), "x"), isFormat},
		{"over the limit", raw(dict("'|u1'", "False", "(2000000000,)"), ""), isLimit},
		{"product overflows", raw(dict("'|u1'", "False", "("+strings.Repeat("2147483647,", 9)+")"), ""), isLimit},
	}
	for _, tt := range tests {
		shape, _, err := Read[uint8](strings.NewReader(tt.input), Options{})
		if err == nil || !tt.is(err) {
			t.Errorf("%s: got shape %v, error %v (%T)", tt.name, shape, err, err)
		}
	}
}

func TestReadMaxBytes(t *testing.T) {
	var buf bytes.Buffer
	if err := Write(&buf, []int{2}, []float32{1, 2}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Read[float32](bytes.NewReader(buf.Bytes()), Options{MaxBytes: 8}); err != nil {
		t.Error(err)
	}
	var limit *LimitError
	if _, _, err := Read[float32](bytes.NewReader(buf.Bytes()), Options{MaxBytes: 7}); !errors.As(err, &limit) {
		t.Errorf("error %v, want a LimitError", err)
	}
}

func TestReadDoesNotTrustTheHeader(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := Read[float32](strings.NewReader(raw("{'descr': '<f4', 'fortran_order': False, 'shape': (200000000,)}", "1234")), Options{})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTruncated) {
		t.Errorf("error %v, want ErrTruncated", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("allocated %d bytes", grown)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.npy")
	for range 2 { // the second time over the first
		if err := WriteFile(name, []int{2, 3}, []uint8{1, 2, 3, 4, 5, 6}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != savedByNumPy {
		t.Errorf("got %q, error %v", got, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("files left behind: %v", entries)
	}
	if err := WriteFile(filepath.Join(dir, "no", "a.npy"), nil, []uint8{1}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into a missing folder: error %v", err)
	}
}

func TestWritePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_ = Write(io.Discard, []int{2, 2}, []uint8{1, 2, 3})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(savedByNumPy))
	f.Add([]byte(raw("{'descr': '|u1', 'fortran_order': True, 'shape': (3,)}", "abc")))
	f.Add([]byte(raw("{'shape': (), 'descr': '|u1', 'fortran_order': False}", "a")))
	f.Add([]byte(magic + "\x02\x00\xff\xff\x00\x00"))
	f.Fuzz(func(t *testing.T, input []byte) {
		shape, data, err := Read[uint8](bytes.NewReader(input), Options{MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		var buf bytes.Buffer
		if err := Write(&buf, shape, data); err != nil {
			t.Fatal(err)
		}
		shape2, data2, err := Read[uint8](&buf, Options{})
		if err != nil || !slices.Equal(shape, shape2) || !bytes.Equal(data, data2) {
			t.Errorf("shape %v came back as %v, error %v", shape, shape2, err)
		}
	})
}
