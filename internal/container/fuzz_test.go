package container

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The fuzz targets read their input as it is and, since hardly any input has
// right checksums, with its checksums corrected.

func addSeeds(f *testing.F, ext string) {
	files, err := filepath.Glob(filepath.Join("testdata", "vectors", "*"+ext))
	if err != nil || len(files) == 0 {
		f.Fatalf("no vectors: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for name, data := range hostileFiles() {
		if filepath.Ext(name) == ext {
			f.Add(data)
		}
	}
}

// fuzzLimits let no input make the test codec slow.
var fuzzLimits = &Limits{MaxPixels: 1 << 16}

func FuzzImage(f *testing.F) {
	addSeeds(f, ".hgi")
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzImage(t, data)
		fuzzImage(t, fixImage(data))
	})
}

func fuzzImage(t *testing.T, data []byte) {
	config, configErr := ReadConfig(bytes.NewReader(data))
	if configErr != nil && !typed(configErr) {
		t.Fatal(configErr)
	}
	m, err := ReadImage(bytes.NewReader(data), fuzzLimits)
	if err != nil {
		if !typed(err) {
			t.Fatal(err)
		}
		return
	}
	if configErr != nil || config.Shape != m.Shape {
		t.Fatalf("config %+v, %v; image %+v", config, configErr, m)
	}
	if again := encodeImage(t, m); !bytes.Equal(again, data) {
		t.Fatalf("an image has two forms:\n%x\n%x", data, again)
	}
	if _, err := m.Decode(raw); err != nil && !typed(err) {
		t.Fatal(err)
	}
}

// fixImage corrects the checksums of an image as far as it makes sense.
func fixImage(data []byte) []byte {
	data = bytes.Clone(data)
	c := cursor{data: data, short: ErrTruncated}
	if _, chunks := c.readImageHeader(); chunks && c.err == nil {
		fixChunks(c.data, nil, nil)
	}
	if len(data) < crcSize {
		return data
	}
	return seal(data)
}

// fixChunks corrects the tags and checksums of chunks, and what else must be
// right for an index.
func fixChunks(data, id, header []byte) {
	l := (*Limits)(nil).orDefault()
	for len(data) >= len(id) {
		copy(data, id)
		f, err := parseFrame(data, 0, id, &l)
		if err != nil || f.size() > len(data) {
			return
		}
		body := data[:f.size()-crcSize]
		if d := body[f.head:]; f.typ == chunkIndex && len(d) >= len(header)+indexTail {
			copy(d, header)
			binary.LittleEndian.PutUint32(d[len(d)-indexTail:], uint32(f.size()))
		}
		appendCRC(body, body)
		data = data[f.size():]
	}
}

// fixArchive corrects the checksums of an archive.
func fixArchive(data []byte) []byte {
	data = bytes.Clone(data)
	c := cursor{data: data, short: ErrTruncated}
	c.readHeader()
	size := len(data) - len(c.data)
	if c.err != nil || len(c.data) < crcSize {
		return data
	}
	id := appendCRC(data[:size], data[:size])[size:]
	fixChunks(data[size+crcSize:], slices.Clone(id), data[:size])
	return data
}

func FuzzArchive(f *testing.F) {
	addSeeds(f, ".hga")
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzArchive(t, data)
		fuzzArchive(t, fixArchive(data))
	})
}

// fuzzArchive opens an archive by its index and, if Verify finds it intact,
// checks that reading it from front to back gives the same.
func fuzzArchive(t *testing.T, data []byte) {
	size := int64(len(data))
	r, err := Open(bytes.NewReader(data), size, fuzzLimits)
	if err != nil {
		if !typed(err) {
			t.Fatal(err)
		}
		return
	}
	readImages(r, func(err error) {
		if err != nil && !typed(err) {
			t.Fatal(err)
		}
	})
	p, err := Verify(bytes.NewReader(data), size, nil, fuzzLimits)
	if err != nil || !p.OK() {
		return
	}
	s, err := NewStream(bytes.NewReader(data), fuzzLimits)
	if err != nil {
		t.Fatal(err)
	}
	b := 0
	for block, err := range s.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		sameBlock(t, r, b, block)
		b++
	}
	if b != r.Blocks() || p.Images != r.Len() {
		t.Fatalf("%d blocks and %d images by the index, %d and %d without", r.Blocks(), r.Len(), b, p.Images)
	}
}

func sameBlock(t *testing.T, r *Reader, b int, block Block) {
	got, err := r.Block(b)
	if err != nil {
		t.Fatal(err)
	}
	infos, err := r.Infos(b)
	if err != nil {
		t.Fatal(err)
	}
	if got.First != block.First || got.Count != block.Count || !bytes.Equal(got.Payload, block.Payload) || !slices.Equal(infos, block.Infos) {
		t.Fatalf("block %d is %+v by the index, %+v without", b, got, block)
	}
}

func FuzzRecover(f *testing.F) {
	addSeeds(f, ".hga")
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRecover(t, data)
		fuzzRecover(t, fixArchive(data))
	})
}

// fuzzRecover recovers an archive, and if it can be resumed, adds to it.
func fuzzRecover(t *testing.T, data []byte) {
	size := int64(len(data))
	r, damages, err := Recover(bytes.NewReader(data), size, fuzzLimits)
	if err != nil {
		if !typed(err) {
			t.Fatal(err)
		}
		return
	}
	lost := 0
	for _, d := range damages {
		if !typed(d) || d.Offset < 0 || d.Offset+d.Length > size {
			t.Fatalf("%v at %d", d, d.Offset)
		}
		lost += d.Images
	}
	found := 0
	for b := range r.Blocks() {
		block, err := r.Block(b)
		if err != nil {
			t.Fatal(err)
		}
		found += block.Count
	}
	if found+lost != r.Len() {
		t.Fatalf("%d images found and %d lost of %d", found, lost, r.Len())
	}
	fuzzResume(t, data, found)
}

func fuzzResume(t *testing.T, data []byte, found int) {
	f := &memFile{data: bytes.Clone(data)}
	w, err := Resume(f, int64(len(data)), fuzzLimits)
	if err != nil {
		if !typed(err) || !bytes.Equal(f.data, data) {
			t.Fatal(err)
		}
		return
	}
	h := w.Header()
	if _, err := Open(bytes.NewReader(data), int64(len(data)), fuzzLimits); err != nil && w.Len() != found {
		t.Fatalf("%d images found, goes on after %d", found, w.Len())
	}
	if err := w.WriteBlock([]byte("payload"), 1, make([]Info, 1)); err != nil && !typed(err) {
		t.Fatal(err)
	}
	n := w.Len()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Open(f, int64(len(f.data)), fuzzLimits)
	if err != nil || r.Len() != n || r.Header() != h {
		t.Fatalf("resumed and closed: %v", err)
	}
}
