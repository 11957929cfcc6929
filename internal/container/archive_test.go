package container

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/iotest"
)

// checkItems fails unless the items are the images 0 to n-1.
func checkItems(t *testing.T, h Header, n int, items func(func(Item, error) bool)) {
	t.Helper()
	next := 0
	for item, err := range items {
		if err != nil || item.InfoErr != nil {
			t.Fatalf("image %d: %v, %v", next, err, item.InfoErr)
		}
		checkItem(t, h, item)
		if item.Number != next {
			t.Fatalf("image %d after %d", item.Number, next-1)
		}
		next++
	}
	if next != n {
		t.Fatalf("%d images, want %d", next, n)
	}
}

func checkItem(t *testing.T, h Header, item Item) {
	t.Helper()
	want := infoOf(item.Number)
	if !h.Names {
		want.Name = ""
	}
	if !h.Labels {
		want.Label = 0
	}
	if item.InfoErr == nil && item.Info != want {
		t.Fatalf("image %d is %+v, want %+v", item.Number, item.Info, want)
	}
	if !bytes.Equal(item.Pix, pixels(h.Shape, item.Number)) {
		t.Fatalf("image %d has other pixels", item.Number)
	}
}

func TestArchiveRoundTrip(t *testing.T) {
	for _, names := range []bool{false, true} {
		for _, labels := range []bool{false, true} {
			for _, n := range []int{0, 1, 63, 64, 65, 1000} {
				h := Header{Model: raw.Model(), Shape: Shape{8, 9, 3}, Quality: 3, BlockSize: 64, Names: names, Labels: labels}
				t.Run(fmt.Sprint(names, labels, n), func(t *testing.T) {
					checkArchive(t, archive(t, h, deflated, n, Chunk{ChunkModel, []byte(testModel)}), h, n)
				})
			}
		}
	}
}

// checkArchive reads an archive in all ways.
func checkArchive(t *testing.T, data []byte, h Header, n int) {
	t.Helper()
	r := open(t, data)
	if r.Header() != h || r.Len() != n {
		t.Fatalf("%d images, header %+v; want %d, %+v", r.Len(), r.Header(), n, h)
	}
	m, err := NewImages(r, deflated)
	if err != nil {
		t.Fatal(err)
	}
	checkItems(t, h, n, m.All())
	if model, err := r.EmbeddedModel(); err != nil || string(model) != testModel {
		t.Errorf("model %q, %v", model, err)
	}
	checkStream(t, data, h, n)
	if p, err := Verify(bytes.NewReader(data), int64(len(data)), deflated, nil); err != nil || !p.OK() || p.Images != n || p.Total != n {
		t.Errorf("verify: %+v, %v", p, err)
	}
}

func checkStream(t *testing.T, data []byte, h Header, n int) {
	t.Helper()
	s, err := NewStream(iotest.OneByteReader(bytes.NewReader(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if model, err := s.EmbeddedModel(); err != nil || string(model) != testModel {
		t.Errorf("model %q, %v", model, err)
	}
	checkItems(t, h, n, s.Images(deflated))
}

func TestArchiveAt(t *testing.T) {
	data := grown(t, grown(t, archive(t, small, raw, 10), raw, 7), raw, 1)
	m, err := NewImages(open(t, data), raw)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 2))
			for range 200 {
				i := rng.IntN(m.Len())
				pix, err := m.At(i)
				if err != nil || !bytes.Equal(pix, pixels(small.Shape, i)) {
					t.Errorf("image %d: other pixels, error %v", i, err)
				}
				clear(pix) // is the caller's own
			}
		})
	}
	group.Wait()
}

func TestArchiveAppend(t *testing.T) {
	h := small
	h.BlockSize = MaxBlock
	data := archive(t, h, deflated, 0, Chunk{ChunkModel, []byte(testModel)})
	n := 0
	for _, k := range []int{1, 64, 0, 100, 3} {
		old := data
		data = grown(t, data, deflated, k)
		n += k
		if !bytes.HasPrefix(data, old) {
			t.Fatal("appending has changed what was there")
		}
		if k == 0 && len(data) != len(old) {
			t.Error("appending nothing has grown the file")
		}
		checkArchive(t, data, h, n)
	}
}

// Less than a byte an image, as soon as there are some hundred.
func TestArchiveOverhead(t *testing.T) {
	h := Header{Model: raw.Model(), Shape: Shape{28, 28, 1}, BlockSize: MaxBlock}
	for _, c := range []struct {
		images int
		most   float64
	}{{200, 1}, {1000, 0.5}, {10000, 0.3}} {
		var b bytes.Buffer
		w, err := NewWriter(&b, h, nil)
		if err != nil {
			t.Fatal(err)
		}
		payload := 0
		for left := c.images; left > 0; left -= MaxBlock {
			n := min(left, MaxBlock)
			payload += 60 * n
			if err := w.WriteBlock(make([]byte, 60*n), n, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got := float64(b.Len()-payload) / float64(c.images)
		t.Logf("%d images: %.3f bytes an image, %d in all", c.images, got, b.Len()-payload)
		if got >= c.most {
			t.Errorf("%d images: %.3f bytes an image, want less than %v", c.images, got, c.most)
		}
	}
}

// A long archive has indexes on the way.
func TestArchiveSegments(t *testing.T) {
	h := Header{Model: raw.Model(), Shape: Shape{1, 1, 1}, BlockSize: 1}
	for _, n := range []int{2 * maxSegment, 2*maxSegment + 5} {
		data := archive(t, h, raw, n)
		m, err := NewImages(open(t, data), raw)
		if err != nil {
			t.Fatal(err)
		}
		checkItems(t, h, n, m.All())
		if p, err := Verify(bytes.NewReader(data), int64(len(data)), raw, nil); err != nil || !p.OK() || p.Images != n {
			t.Errorf("%d images: %+v, %v", n, p, err)
		}
	}
}

func TestArchiveReadsOneBlock(t *testing.T) {
	data := archive(t, small, raw, 400)
	c := &counting{ReaderAt: bytes.NewReader(data)}
	r, err := Open(c, int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewImages(r, raw)
	if err != nil {
		t.Fatal(err)
	}
	c.bytes = 0
	if _, err := m.At(201); err != nil {
		t.Fatal(err)
	}
	if most := small.BlockSize*small.Shape.Bytes() + 16; c.bytes > most {
		t.Errorf("%d bytes read for one image, want at most %d", c.bytes, most)
	}
	c.bytes = 0
	if _, err := m.At(200); err != nil || c.bytes > 0 {
		t.Errorf("%d bytes read for another of the same block, error %v", c.bytes, err)
	}
}

type counting struct {
	io.ReaderAt
	bytes int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.bytes += len(p)
	return c.ReaderAt.ReadAt(p, off)
}

func TestArchiveUnknownModel(t *testing.T) {
	other := rawCodec{"another"}
	data := archive(t, small, raw, 3)
	_, err := NewImages(open(t, data), other)
	if !errors.Is(err, ErrUnknownModel) {
		t.Errorf("NewImages: %v", err)
	}
	if _, err = Verify(bytes.NewReader(data), int64(len(data)), other, nil); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("Verify: %v", err)
	}
	s, err := NewStream(bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, err = range s.Images(other) {
	}
	if !errors.Is(err, ErrUnknownModel) {
		t.Errorf("Stream: %v", err)
	}
	w, err := NewWriter(io.Discard, small, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewPacker(w, other); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("NewPacker: %v", err)
	}
}

func TestWriterRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		h    Header
		o    WriterOptions
	}{
		{"no shape", Header{}, WriterOptions{}},
		{"two channels", Header{Shape: Shape{8, 8, 2}}, WriterOptions{}},
		{"block size", Header{Shape: Shape{8, 8, 1}, BlockSize: 65}, WriterOptions{}},
		{"another model", small, WriterOptions{Chunks: []Chunk{{ChunkModel, []byte("another")}}}},
		{"a critical chunk", small, WriterOptions{Chunks: []Chunk{{chunkIndex, nil}}}},
	} {
		if _, err := NewWriter(io.Discard, c.h, &c.o); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
}

func TestWriterLimits(t *testing.T) {
	w, err := NewWriter(io.Discard, small, &WriterOptions{Limits: &Limits{MaxImages: 3, MaxPayload: 8, MaxNames: 20}})
	if err != nil {
		t.Fatal(err)
	}
	before := w.Size()
	long := Info{Name: "a name of eighteen"}
	for _, c := range []struct {
		name    string
		payload int
		infos   []Info
		want    error
	}{
		{"payload", 9, []Info{{}}, ErrTooLarge},
		{"images", 8, make([]Info, 4), ErrTooLarge},
		{"names", 8, []Info{long, long}, ErrTooLarge},
	} {
		if err := w.WriteBlock(make([]byte, c.payload), len(c.infos), c.infos); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if err := w.WriteBlock(nil, 1, []Info{{Name: "../up"}}); err == nil {
		t.Error("a path out of the folder was taken for a name")
	}
	if err := w.WriteBlock(nil, 1, []Info{{Label: -1}}); err == nil {
		t.Error("a negative label was taken")
	}
	if w.Size() != before {
		t.Error("a refused block was written")
	}
}

func TestWriterKeepsErrors(t *testing.T) {
	f := &memFile{limit: true, left: 100}
	w, err := NewWriter(io.NewOffsetWriter(f, 0), small, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPacker(w, raw)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		err = p.Add(pixels(small.Shape, i), Info{})
	}
	if err != errCrash || p.Flush() != errCrash || p.Close() != errCrash || w.Close() != errCrash {
		t.Errorf("a failed write was forgotten: %v", err)
	}
}
