package container

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// slowCodec is rawCodec that takes its time with every other block and counts
// how many blocks it works on.
type slowCodec struct {
	rawCodec
	calls, now, most *atomic.Int32
	fail             int // the number of an image that cannot be encoded
}

func newSlowCodec() slowCodec {
	return slowCodec{raw, new(atomic.Int32), new(atomic.Int32), new(atomic.Int32), -1}
}

func (c slowCodec) work() (done func()) {
	now := c.now.Add(1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
	if c.calls.Add(1)%2 == 1 {
		time.Sleep(2 * time.Millisecond)
	}
	return func() { c.now.Add(-1) }
}

var errFails = errors.New("this image fails")

func (c slowCodec) EncodeBlock(dst []byte, s Shape, quality uint8, pix []byte) ([]byte, error) {
	defer c.work()()
	if c.fail >= 0 && bytes.Contains(pix, pixels(s, c.fail)) {
		return nil, errFails
	}
	return c.rawCodec.EncodeBlock(dst, s, quality, pix)
}

func (c slowCodec) DecodeBlock(pix []byte, s Shape, quality uint8, payload []byte) error {
	defer c.work()()
	return c.rawCodec.DecodeBlock(pix, s, quality, payload)
}

// packThreads writes n images by as many threads.
func packThreads(t *testing.T, c BlockCodec, threads, n int) ([]byte, error) {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, small, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPacker(w, c)
	if err != nil {
		t.Fatal(err)
	}
	p.Threads = threads
	for i := range n {
		if err := p.Add(pixels(small.Shape, i), infoOf(i)); err != nil {
			break // Close says the same
		}
	}
	err = p.Close()
	return b.Bytes(), err
}

// However many threads encode, the archive is the same, and however many
// decode, the images are.
func TestThreads(t *testing.T) {
	const n = 43
	want := archive(t, small, raw, n)
	for _, threads := range []int{0, 1, 2, 5, 100} {
		t.Run(fmt.Sprint(threads), func(t *testing.T) {
			c := newSlowCodec()
			got, err := packThreads(t, c, threads, n)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("another archive, %v", err)
			}
			if most := int(c.most.Load()); most > max(threads, 1) {
				t.Errorf("%d blocks are encoded at once", most)
			}
			m, err := NewImages(open(t, want), c)
			if err != nil {
				t.Fatal(err)
			}
			c.most.Store(0)
			m.Threads = threads
			checkItems(t, small, n, m.All())
			if most := int(c.most.Load()); most > max(threads, 1) {
				t.Errorf("%d blocks are decoded at once", most)
			}
		})
	}
}

// A block that cannot be encoded is the end of the archive, at the same place
// for any number of threads, and the error names it.
func TestThreadsEncodeError(t *testing.T) {
	c := newSlowCodec()
	c.fail = 17
	want, _ := packThreads(t, c, 1, 43)
	for _, threads := range []int{1, 3} {
		got, err := packThreads(t, c, threads, 43)
		if !errors.Is(err, errFails) || !bytes.Equal(got, want) {
			t.Errorf("%d threads: %d bytes, want %d; %v", threads, len(got), len(want), err)
		}
		if c.now.Load() != 0 {
			t.Errorf("%d threads: a block is still being encoded", threads)
		}
	}
}

// When a loop over all images has ended, nothing reads the file any more.
func TestThreadsBreak(t *testing.T) {
	data := archive(t, small, raw, 43)
	c := newSlowCodec()
	m, err := NewImages(open(t, data), c)
	if err != nil {
		t.Fatal(err)
	}
	m.Threads = 4
	for item, err := range m.All() {
		if err != nil {
			t.Fatal(err)
		}
		if item.Number == 5 {
			break
		}
	}
	if n := c.now.Load(); n != 0 {
		t.Errorf("%d blocks are still being decoded", n)
	}
}

// The sizes of the parts add up to the file and are those of the parts.
func TestSizes(t *testing.T) {
	data, _ := sampleArchive(t)
	r := open(t, data)
	s := r.Sizes()
	if sum := s.Header + s.Chunks + s.Infos + s.Payloads + s.Framing + s.Rest; sum != int64(len(data)) {
		t.Errorf("%+v is %d bytes, the file has %d", s, sum, len(data))
	}
	want := Sizes{
		Header:   r.h.size(),
		Chunks:   int64(ChunkSize(len(testModel)) + ChunkSize(len("private"))),
		Payloads: int64(r.Len() * r.h.Shape.Bytes()),
	}
	if s.Header != want.Header || s.Chunks != want.Chunks || s.Payloads != want.Payloads || s.Infos == 0 || s.Rest == 0 {
		t.Errorf("got %+v, want %+v", s, want)
	}
}

// The payload of a block of any length is known from the length of its chunk.
func TestFraming(t *testing.T) {
	for _, first := range []int{0, 127, 128, 1 << 20} {
		for payload := range 40000 {
			data := uvarintSize(uint64(first)) + 1 + payload
			r := ref{first: first, size: ChunkSize(data)}
			if got := r.size - r.framing(); got != payload {
				t.Fatalf("from image %d: a payload of %d bytes, want %d", first, got, payload)
			}
		}
	}
	for size := range 20 { // less than any block has: of a hostile index
		if f := (ref{size: size}).framing(); f < 0 || f > size {
			t.Errorf("%d of %d bytes", f, size)
		}
	}
}
