package container

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// rawCodec stores pixels as they are, each less the quality, so that a wrong
// quality shows.
type rawCodec struct{ model string }

func (c rawCodec) Model() ModelID { return IDOf([]byte(c.model)) }

func (c rawCodec) EncodeBlock(dst []byte, _ Shape, quality uint8, pix []byte) ([]byte, error) {
	for _, p := range pix {
		dst = append(dst, p-quality)
	}
	return dst, nil
}

func (c rawCodec) DecodeBlock(pix []byte, _ Shape, quality uint8, payload []byte) error {
	if len(payload) != len(pix) {
		return fmt.Errorf("raw: %d bytes for %d", len(payload), len(pix))
	}
	for i, p := range payload {
		pix[i] = p + quality
	}
	return nil
}

// flateCodec is rawCodec compressed.
type flateCodec struct{ rawCodec }

func (c flateCodec) EncodeBlock(dst []byte, s Shape, quality uint8, pix []byte) ([]byte, error) {
	raw, _ := c.rawCodec.EncodeBlock(nil, s, quality, pix)
	b := bytes.NewBuffer(dst)
	z, err := flate.NewWriter(b, 6)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}

func (c flateCodec) DecodeBlock(pix []byte, s Shape, quality uint8, payload []byte) error {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(payload)), int64(len(pix))+1))
	if err != nil {
		return err
	}
	return c.rawCodec.DecodeBlock(pix, s, quality, raw)
}

const testModel = "a model"

var (
	raw      = rawCodec{testModel}
	deflated = flateCodec{raw}
	small    = Header{Model: raw.Model(), Shape: Shape{5, 3, 1}, Quality: 7, BlockSize: 4, Names: true, Labels: true}
)

// pixels returns an image that is like no other.
func pixels(s Shape, number int) []byte {
	rng := rand.New(rand.NewPCG(uint64(number), 1))
	pix := make([]byte, s.Bytes())
	for i := range pix {
		pix[i] = byte(number + rng.IntN(4))
	}
	return pix
}

func infoOf(number int) Info {
	return Info{Name: fmt.Sprintf("class/%05d.png", number), Label: number % 10}
}

func addImages(t testing.TB, w *Writer, c BlockCodec, n int) {
	t.Helper()
	p, err := NewPacker(w, c)
	if err != nil {
		t.Fatal(err)
	}
	first := w.Len()
	for i := first; i < first+n; i++ {
		if err := p.Add(pixels(w.Header().Shape, i), infoOf(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
}

// archive returns an archive of images 0 to n-1.
func archive(t testing.TB, h Header, c BlockCodec, n int, chunks ...Chunk) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, h, &WriterOptions{Chunks: chunks})
	if err != nil {
		t.Fatal(err)
	}
	addImages(t, w, c, n)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// grown returns data with n images appended.
func grown(t testing.TB, data []byte, c BlockCodec, n int) []byte {
	t.Helper()
	f := &memFile{data: bytes.Clone(data)}
	w, err := Append(f, int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	addImages(t, w, c, n)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return f.data
}

func open(t testing.TB, data []byte) *Reader {
	t.Helper()
	r, err := Open(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// memFile is a File in memory that can stop working, as at a crash.
type memFile struct {
	data  []byte
	left  int // bytes that can still be written, if limit
	limit bool
	syncs int
}

var errCrash = errors.New("crash")

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(f.data).ReadAt(p, off)
}

func (f *memFile) WriteAt(p []byte, off int64) (n int, err error) {
	if f.limit && len(p) > f.left {
		p, err = p[:f.left], errCrash
	}
	f.left -= len(p)
	if need := int(off) + len(p); need > len(f.data) {
		f.data = append(f.data, make([]byte, need-len(f.data))...)
	}
	return copy(f.data[off:], p), err
}

func (f *memFile) Truncate(size int64) error {
	f.data = f.data[:size]
	return nil
}

func (f *memFile) Sync() error {
	f.syncs++
	if f.limit && f.left == 0 {
		return errCrash
	}
	return nil
}

// typed tells whether err is of one of the kinds.
func typed(err error) bool {
	for _, kind := range []error{ErrFormat, ErrVersion, ErrTruncated, ErrCorrupt, ErrTooLarge, ErrUnknownModel} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
