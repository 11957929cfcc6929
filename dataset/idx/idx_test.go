package idx

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"testing"
	"testing/iotest"
)

// file returns an idx file of unsigned bytes with the given sizes and data.
func file(sizes []uint32, data ...byte) []byte {
	b := []byte{0, 0, 8, byte(len(sizes))}
	for _, s := range sizes {
		b = append(b, byte(s>>24), byte(s>>16), byte(s>>8), byte(s))
	}
	return append(b, data...)
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestRead(t *testing.T) {
	plain := file([]uint32{2, 1, 3}, 1, 2, 3, 4, 5, 6)
	for name, input := range map[string][]byte{"plain": plain, "gzip": zipped(t, plain)} {
		a, err := Read(iotest.OneByteReader(bytes.NewReader(input)), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(a.Shape, []int{2, 1, 3}) || !slices.Equal(a.Data, []uint8{1, 2, 3, 4, 5, 6}) {
			t.Errorf("%s: got shape %v, data %v", name, a.Shape, a.Data)
		}
	}
}

func TestReadErrors(t *testing.T) {
	good := file([]uint32{3}, 7, 8, 9)
	packed := zipped(t, good)
	badSum := bytes.Clone(packed)
	badSum[len(badSum)-8] ^= 1
	badDeflate := bytes.Clone(packed)
	badDeflate[10] = 0xff // block type 3 does not exist

	var format FormatError
	var unsupported UnsupportedError
	var limit *LimitError
	isFormat := func(err error) bool { return errors.As(err, &format) }
	isUnsupported := func(err error) bool { return errors.As(err, &unsupported) }
	isLimit := func(err error) bool { return errors.As(err, &limit) }
	isTruncated := func(err error) bool { return errors.Is(err, ErrTruncated) }

	tests := []struct {
		name  string
		input []byte
		is    func(error) bool
	}{
		{"empty", nil, isTruncated},
		{"half a magic number", good[:3], isTruncated},
		{"no sizes", good[:4], isTruncated},
		{"no data", good[:8], isTruncated},
		{"short data", good[:10], isTruncated},
		{"trailing data", append(bytes.Clone(good), 0), isFormat},
		{"not idx", []byte("<html>not found</html>"), isFormat},
		{"unknown type", []byte{0, 0, 7, 1, 0, 0, 0, 0}, isFormat},
		{"float32", []byte{0, 0, 0x0D, 1, 0, 0, 0, 0}, isUnsupported},
		{"no dimensions", []byte{0, 0, 8, 0}, isFormat},
		{"negative size", file([]uint32{1 << 31}), isFormat},
		{"over the limit", file([]uint32{1 << 20, 1 << 10, 2}), isLimit},
		{"product overflows", file(slices.Repeat([]uint32{math.MaxInt32}, 200)), isLimit},
		{"gzip: short", packed[:len(packed)-1], isTruncated},
		{"gzip: header only", packed[:2], isTruncated},
		{"gzip: wrong sum", badSum, isFormat},
		{"gzip: bad block", badDeflate, isFormat},
		{"gzip: trailing rubbish", append(bytes.Clone(packed), "rubbish..."...), isFormat},
		{"gzip: trailing data inside", zipped(t, append(bytes.Clone(good), 0)), isFormat},
	}
	for _, tt := range tests {
		a, err := Read(bytes.NewReader(tt.input), Options{})
		if err == nil || !tt.is(err) {
			t.Errorf("%s: got %v, error %v (%T)", tt.name, a, err, err)
		}
	}
}

func TestReadEmptyArray(t *testing.T) {
	a, err := Read(bytes.NewReader(file([]uint32{0, math.MaxInt32, math.MaxInt32, math.MaxInt32})), Options{})
	if err != nil || len(a.Data) != 0 {
		t.Errorf("got %v, error %v", a, err)
	}
}

func TestReadMaxBytes(t *testing.T) {
	input := file([]uint32{2, 2}, 1, 2, 3, 4)
	if _, err := Read(bytes.NewReader(input), Options{MaxBytes: 4}); err != nil {
		t.Error(err)
	}
	var limit *LimitError
	if _, err := Read(bytes.NewReader(input), Options{MaxBytes: 3}); !errors.As(err, &limit) {
		t.Errorf("error %v, want a LimitError", err)
	}
}

func TestReadPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken cable")
	input := io.MultiReader(bytes.NewReader(file([]uint32{9}, 1, 2)), iotest.ErrReader(broken))
	if _, err := Read(input, Options{}); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestReadDoesNotTrustTheHeader(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(bytes.NewReader(file([]uint32{1 << 30}, 1, 2, 3)), Options{})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTruncated) {
		t.Errorf("error %v, want ErrTruncated", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("allocated %d bytes for a file of 11", grown)
	}
}

func TestWritePanics(t *testing.T) {
	for _, a := range []*Array{
		{},
		{Shape: []int{2}, Data: []uint8{1}},
		{Shape: []int{-1, -1}, Data: []uint8{1}},
		{Shape: make([]int, 256)},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("shape %v with %d bytes: no panic", a.Shape, len(a.Data))
				}
			}()
			_ = Write(io.Discard, a)
		}()
	}
}

func FuzzRead(f *testing.F) {
	good := file([]uint32{2, 2}, 1, 2, 3, 4)
	f.Add(good)
	f.Add(zipped(f, good))
	f.Add(good[:len(good)-1])
	f.Add(file([]uint32{0}))
	f.Add(file([]uint32{math.MaxUint32, math.MaxUint32}, 1))
	f.Fuzz(func(t *testing.T, input []byte) {
		a, err := Read(bytes.NewReader(input), Options{MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		var buf bytes.Buffer
		if err := Write(&buf, a); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(input, []byte{0x1f, 0x8b}) && !bytes.Equal(buf.Bytes(), input) {
			t.Errorf("%x was read and written back as %x", input, buf.Bytes())
		}
	})
}
