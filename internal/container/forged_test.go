package container

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// forge writes an archive of two blocks of four images, after forgery has
// changed what the writer believes.
func forge(t *testing.T, forgery func(w *Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, small, nil)
	if err != nil {
		t.Fatal(err)
	}
	addImages(t, w, raw, 8)
	forgery(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// forgeSegment is forge for a segment after another.
func forgeSegment(t *testing.T, forgery func(w *Writer)) []byte {
	t.Helper()
	f := &memFile{data: forge(t, func(*Writer) {})}
	w, err := Append(f, int64(len(f.data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	forgery(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return f.data
}

// rewrite changes the data of the chunk of size bytes at off, from at on, and
// corrects its checksum.
func rewrite(data []byte, off, size int64, at int, with ...byte) []byte {
	data = bytes.Clone(data)
	body := data[off : off+size-crcSize]
	copy(body[at:], with)
	appendCRC(body, body)
	return data
}

func lastIndexOf(t *testing.T, data []byte) int64 {
	t.Helper()
	off, err := lastIndex(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return off
}

// Archives that contradict themselves, all checksums right, are found out.
func TestForgedArchives(t *testing.T) {
	addOne := func(w *Writer) { addImages(t, w, raw, 1) }
	plain := forge(t, func(*Writer) {})
	index := lastIndexOf(t, plain)
	firstRef := open(t, plain).refs[0]
	longer := forgeSegment(t, addOne)
	for _, c := range []struct {
		name  string
		opens bool // what contradicts the index shows when a block is read
		data  []byte
	}{
		{"an index with fewer images", true, forge(t, func(w *Writer) { w.seg.refs[1].count-- })},
		{"an index of one block for two", true, forge(t, func(w *Writer) {
			w.seg.refs[0].size += w.seg.refs[1].info + w.seg.refs[1].size
			w.seg.refs = w.seg.refs[:1]
		})},
		{"blocks in another order", true, forge(t, func(w *Writer) {
			refs := w.seg.refs
			w.seg.refs, w.seg.first = nil, 4
			addImages(t, w, raw, 4)
			w.seg.refs, w.seg.first = nil, 0
			addImages(t, w, raw, 4)
			w.seg.start = refs[1].end()
			w.seg.refs = []ref{refs[0], w.seg.refs[0]}
		})},
		{"infos of another number", true, rewrite(plain, firstRef.off-int64(firstRef.info), int64(firstRef.info), 6, 1)},
		{"a start in the header", false, forge(t, func(w *Writer) { w.seg.refs[0].info += int(w.seg.start) - 5; w.seg.start = 5 })},
		{"a first image after 0", false, forge(t, func(w *Writer) { w.seg.first = 1 })},
		{"a segment without blocks", false, forgeSegment(t, func(w *Writer) { w.dirty = true })},
		{"a segment after a gap", false, forgeSegment(t, func(w *Writer) { w.seg.first++; addOne(w) })},
		{"segments that overlap", false, forgeSegment(t, func(w *Writer) { addOne(w); w.seg.first-- })},
		{"two lengths", false, rewrite(longer, index, int64(len(plain))-index, int(int64(len(plain))-index)-8, 1)},
		{"another header", false, rewrite(plain, index, int64(len(plain))-index, 6+4, 1)},
	} {
		t.Run(c.name, func(t *testing.T) { checkForged(t, c.data, c.opens) })
	}
}

func checkForged(t *testing.T, data []byte, opens bool) {
	t.Helper()
	size := int64(len(data))
	p, err := Verify(bytes.NewReader(data), size, raw, nil)
	if err != nil || p.OK() || !errors.Is(p.Damages[0], ErrCorrupt) {
		t.Errorf("Verify: %+v, %v", p, err)
	}
	if _, damages, err := Recover(bytes.NewReader(data), size, nil); err != nil || len(damages) == 0 {
		t.Errorf("Recover: %v, %v", damages, err)
	}
	r, err := Open(bytes.NewReader(data), size, nil)
	if !opens {
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("Open: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	images, err := NewImages(r, raw)
	if err != nil {
		t.Fatal(err)
	}
	if found := collect(t, r.Header(), images.All()); len(found.errs) == 0 {
		t.Error("all images were read, there was no error")
	}
	for i := range images.Len() {
		if pix, err := images.At(i); err == nil && !bytes.Equal(pix, pixels(small.Shape, i)) {
			t.Errorf("image %d is another", i)
		}
	}
}

// A copy of the header is used only if it is the one that the tag is of.
func TestForgedHeaderCopy(t *testing.T) {
	data := forge(t, func(*Writer) {})
	index := lastIndexOf(t, data)
	data = rewrite(data, index, int64(len(data))-index, 6+5, 0xFF)
	data[9] ^= 1
	if _, _, err := Recover(bytes.NewReader(data), int64(len(data)), nil); !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v", err)
	}
}

// Info and block of the same images may still disagree in number.
func TestForgedInfoCount(t *testing.T) {
	data := forge(t, func(w *Writer) {
		w.buf = appendChunk(nil, w.tag[:], chunkInfo, w.h.appendInfos(nil, 8, make([]Info, 2)))
		info := len(w.buf)
		w.buf = appendChunk(w.buf, w.tag[:], chunkBlock, appendRange(nil, 8, 1), make([]byte, small.Shape.Bytes()))
		w.seg.refs = append(w.seg.refs, ref{off: w.off + int64(info), size: len(w.buf) - info, info: info, first: 8, count: 1})
		if err := w.write(w.buf); err != nil {
			t.Fatal(err)
		}
	})
	r := open(t, data)
	if _, err := r.Block(2); err != nil {
		t.Error(err)
	}
	if infos, err := r.Infos(2); !errors.Is(err, ErrCorrupt) || infos != nil {
		t.Errorf("by the index: %v, %v", infos, err)
	}
	s, err := NewStream(bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	for block, err := range s.Blocks() {
		if err == nil && block.First == 8 && block.Infos != nil || err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("from front to back: %+v, %v", block, err)
		}
	}
}

// Resume after the end of a complete archive, and of a chunk longer than what
// comes instead of it.
func TestResumeCuts(t *testing.T) {
	data, _ := sampleArchive(t)
	torn := append(bytes.Clone(data), data[:40]...)
	f := &memFile{data: torn}
	w, err := Resume(f, int64(len(torn)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil || !bytes.Equal(f.data, data) {
		t.Errorf("%d bytes, want the %d of the archive; %v", len(f.data), len(data), err)
	}

	_, id := small.encode()
	plain := forge(t, func(*Writer) {})
	long := binary.AppendUvarint(append(id[:], byte(chunkBlock)), 5000)
	f = &memFile{data: append(plain[:lastIndexOf(t, plain)], append(long, make([]byte, 1000)...)...)}
	if w, err = Resume(f, int64(len(f.data)), nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if r := open(t, f.data); r.Len() != 8 {
		t.Errorf("%d images, want 8", r.Len())
	}
}
