package container

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"testing"
)

// hostileFiles are files of about 100 bytes, all their checksums right, that
// claim as much as they can.
func hostileFiles() map[string][]byte {
	huge := Shape{MaxSide, MaxSide, 3}
	h := Header{Model: raw.Model(), Shape: Shape{128, 128, 1}, BlockSize: MaxBlock}
	big := h
	big.Shape = huge
	named := h
	named.Names = true
	files := map[string][]byte{}
	image := func(name string, body ...byte) {
		b := appendKind(nil, imageMagic, 3, flagChunks)
		b = append(append(appendSides(append(b, make([]byte, 5)...), huge), 0), body...)
		files[name] = appendCRC(b, b)
	}
	image("pixels.hgi", appendChunk(nil, nil, ChunkEXIF, nil)...)
	image("chunk.hgi", binary.AppendUvarint([]byte{byte(ChunkModel)}, 1<<24)...)
	image("long chunk.hgi", binary.AppendUvarint([]byte{byte(ChunkModel)}, 1<<63)...)
	file := func(name string, h Header, parts ...[]byte) {
		b, id := h.encode()
		files[name] = slices.Concat(b, id[:], slices.Concat(parts...))
	}
	chunk := func(h Header, t ChunkType, data ...[]byte) []byte {
		_, id := h.encode()
		return appendChunk(nil, id[:], t, data...)
	}
	head := func(t ChunkType, size uint64) []byte {
		_, id := h.encode()
		return binary.AppendUvarint(append(id[:], byte(t)), size)
	}
	file("pixels.hga", big, chunk(big, chunkBlock, appendRange(nil, 0, 64), make([]byte, 20)))
	file("full block.hga", h, chunk(h, chunkBlock, appendRange(nil, 0, 64), nil))
	file("last image.hga", h, chunk(h, chunkBlock, appendRange(nil, 1<<26-64, 64), nil))
	file("block.hga", h, head(chunkBlock, 1<<26))
	file("model.hga", h, head(ChunkModel, 1<<24))
	file("index.hga", h, head(chunkIndex, 1<<28), []byte{0, 0, 0, 1, 0, 0, 0, 0})
	file("names.hga", named, chunk(named, chunkInfo, appendRange(nil, 0, 64), make([]byte, 64)), chunk(named, chunkBlock, appendRange(nil, 0, 64), nil))
	file("many blocks.hga", h, appendIndexOf(h, 1<<25))
	return files
}

// appendIndexOf returns an index that claims n blocks.
func appendIndexOf(h Header, n uint64) []byte {
	data, id := h.encode()
	data = append(data, byte(h.size()), 0, 0)
	data = binary.AppendUvarint(data, n)
	data = binary.LittleEndian.AppendUint32(data, uint32(ChunkSize(len(data)+indexTail)))
	return appendChunk(nil, id[:], chunkIndex, data)
}

// readEverything reads a file in every way and returns the errors.
func readEverything(data []byte) (errs []error) {
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	size := int64(len(data))
	if m, err := ReadImage(bytes.NewReader(data), nil); err != nil {
		note(err)
	} else {
		_, err := m.Decode(raw)
		note(err)
		_, err = m.EmbeddedModel()
		note(err)
	}
	r, err := Open(bytes.NewReader(data), size, nil)
	if err != nil {
		note(err)
		r, _, err = Recover(bytes.NewReader(data), size, nil)
	}
	note(err)
	if err == nil {
		readImages(r, note)
	}
	_, err = Verify(bytes.NewReader(data), size, raw, nil)
	note(err)
	s, err := NewStream(bytes.NewReader(data), nil)
	note(err)
	if err == nil {
		for _, err := range s.Images(raw) {
			note(err)
		}
	}
	return errs
}

func readImages(r *Reader, note func(error)) {
	_, err := r.EmbeddedModel()
	note(err)
	m, err := NewImages(r, raw)
	note(err)
	if err != nil {
		return
	}
	for item, err := range m.All() {
		note(err)
		note(item.InfoErr)
	}
	for b := range min(r.Blocks(), 10) {
		first, _ := r.Range(b)
		_, err := m.At(first)
		note(err)
	}
}

func TestHostileFiles(t *testing.T) {
	const most = 16 << 20
	for name, data := range hostileFiles() {
		if len(data) > 150 && name != "names.hga" {
			t.Errorf("%s has %d bytes", name, len(data))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		errs := readEverything(data)
		runtime.ReadMemStats(&after)
		// Everything was read some five times.
		if got := after.TotalAlloc - before.TotalAlloc; got > most {
			t.Errorf("%s: %d bytes allocated, the most is %d", name, got, most)
		}
		for _, err := range errs {
			if !typed(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(errs) == 0 {
			t.Errorf("%s: no error", name)
		}
	}
}

// A file full of beginnings of long chunks does not cost the square of its
// length.
func TestScanGivesUp(t *testing.T) {
	b, id := small.encode()
	b = append(b, id[:]...)
	start := binary.AppendUvarint(append(id[:], byte(chunkBlock)), 4<<20)
	b = append(b, bytes.Repeat(start, 1<<20)...)
	_, _, err := Recover(bytes.NewReader(b), int64(len(b)), nil)
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v", err)
	}
}
