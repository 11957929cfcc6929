package container

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The test vectors are kept for ever: what a released version has written must
// read as it did. VECTORS lists each with its SHA-256, and what a reader finds.
// With -update, vectors that are not there yet are made; none is ever changed.

var update = flag.Bool("update", false, "make missing test vectors")

var vectorDir = filepath.Join("testdata", "vectors")

// vectors returns the files by name. Payloads are by rawCodec: the pixels less
// the quality.
func vectors(t *testing.T) map[string][]byte {
	files := map[string][]byte{}
	image := func(name string, s Shape, chunks ...Chunk) []byte {
		m, err := EncodeImage(raw, s, 50, pixels(s, 0))
		if err != nil {
			t.Fatal(err)
		}
		m.Chunks = chunks
		files[name] = encodeImage(t, m)
		return bytes.Clone(files[name])
	}
	grey := image("grey.hgi", Shape{8, 8, 1})
	image("colour.hgi", Shape{200, 1, 3})
	chunks := image("chunks.hgi", Shape{8, 8, 1}, Chunk{ChunkModel, []byte(testModel)}, Chunk{ChunkOrientation, []byte{6}})
	for name, data := range brokenImages(grey, chunks) {
		files[name] = data
	}
	plain := small
	plain.Names, plain.Labels = false, false
	files["empty.hga"] = archive(t, plain, raw, 0)
	files["plain.hga"] = archive(t, plain, raw, 6)
	files["full.hga"], _ = sampleArchive(t)
	for name, data := range brokenArchives(t, files["plain.hga"], files["full.hga"]) {
		files[name] = data
	}
	return files
}

func brokenImages(grey, chunks []byte) map[string][]byte {
	set := func(data []byte, at int, b ...byte) []byte {
		return seal(slices.Concat(data[:at], b, data[at+len(b):]))
	}
	flipped := bytes.Clone(grey)
	flipped[30] ^= 4
	return map[string][]byte{
		"bad-magic.hgi":          set(grey, 0, 'h'),
		"bad-version.hgi":        set(grey, 3, 0xA0),
		"bad-flags.hgi":          set(grey, 3, 0x98),
		"bad-channels.hgi":       set(grey, 3, 0x91),
		"bad-varint.hgi":         set(grey, 9, 0x87, 0x00),
		"bad-width.hgi":          set(grey, 9, 0xFF, 0xFF, 0x03),
		"bad-checksum.hgi":       flipped,
		"bad-end.hgi":            grey[:20],
		"bad-header-end.hgi":     grey[:10],
		"bad-trailing.hgi":       append(bytes.Clone(grey), 0),
		"bad-no-chunks.hgi":      set(set(grey, 3, 0x94), 12, 0),
		"bad-critical-chunk.hgi": seal(slices.Concat(grey[:3], []byte{0x94}, grey[4:12], appendChunk(nil, nil, 0x05, nil), []byte{0}, grey[12:])),
		"bad-chunk-checksum.hgi": set(chunks, 15, 'X'),
	}
}

func brokenArchives(t *testing.T, plain, full []byte) map[string][]byte {
	flip := func(data []byte, at int64) []byte {
		data = bytes.Clone(data)
		data[at] ^= 1
		return data
	}
	r, p := open(t, full), open(t, plain)
	h := r.h
	name := []byte("class/00003.png")
	at := bytes.Index(full, name)
	slash := bytes.Clone(full)
	copy(slash[at:], "../ss/00003.png")
	header, _ := h.encode()
	return map[string][]byte{
		"bad-header.hga":        flip(full, 9),
		"bad-model.hga":         flip(full, r.h.size()+8),
		"bad-block.hga":         flip(full, r.refs[1].end()-9),
		"bad-block-length.hga":  flip(full, r.refs[1].off+5),
		"bad-names.hga":         flip(full, r.refs[2].off-9),
		"bad-name-path.hga":     fixAll(slash, header),
		"bad-first-index.hga":   flip(full, r.refs[3].off-int64(r.refs[3].info)-9),
		"bad-last-index.hga":    flip(full, int64(len(full))-9),
		"bad-end.hga":           full[:len(full)-1],
		"bad-cut-in-block.hga":  full[:r.refs[4].end()-3],
		"bad-missing-block.hga": slices.Concat(plain[:p.refs[0].off], plain[p.refs[0].end():]),
		"bad-repeated.hga":      slices.Concat(plain, plain[p.refs[0].off:p.refs[0].end()]),
		"bad-trailing.hga":      append(bytes.Clone(plain), "trailing"...),
	}
}

// fixAll corrects the checksums of an archive whose header is intact.
func fixAll(data, header []byte) []byte {
	fixChunks(data[len(header)+crcSize:], data[len(header):len(header)+crcSize], header)
	return data
}

// outcome describes what a file holds and what is wrong with it, in the words
// of VECTORS.
func outcome(name string, data []byte) string {
	if strings.HasSuffix(name, ".hgi") {
		return imageOutcome(data)
	}
	return archiveOutcome(data)
}

func kindOf(err error) string {
	for _, k := range []struct {
		err  error
		word string
	}{
		{ErrFormat, "format"}, {ErrVersion, "version"}, {ErrTruncated, "truncated"},
		{ErrCorrupt, "corrupt"}, {ErrTooLarge, "too-large"}, {ErrUnknownModel, "unknown-model"},
	} {
		if errors.Is(err, k.err) {
			return k.word
		}
	}
	return fmt.Sprintf("an error of no kind: %v", err)
}

func imageOutcome(data []byte) string {
	m, err := ReadImage(bytes.NewReader(data), nil)
	if err != nil {
		return kindOf(err)
	}
	pix, err := m.Decode(raw)
	if err != nil {
		return kindOf(err)
	}
	return fmt.Sprintf("ok shape=%v quality=%d chunks=%d pixels=%x", m.Shape, m.Quality, len(m.Chunks), sum(pix))
}

// sum is short enough to read.
func sum(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:8]
}

// archiveOutcome lists the damage, then the intact images: how many, the hash
// of all their pixels in order, and the hash of all their lines
// "number label name\n".
func archiveOutcome(data []byte) string {
	size := int64(len(data))
	p, err := Verify(bytes.NewReader(data), size, nil, nil)
	if err != nil {
		return kindOf(err)
	}
	var b strings.Builder
	for _, d := range p.Damages {
		fmt.Fprintf(&b, "%s@%d+%d", kindOf(d), d.Offset, d.Length)
		if d.Images > 0 {
			fmt.Fprintf(&b, " lost=%d-%d", d.First, d.First+d.Images-1)
		}
		b.WriteString(" ")
	}
	if p.OK() {
		b.WriteString("ok ")
	}
	r, _, err := Recover(bytes.NewReader(data), size, nil)
	if err != nil {
		return kindOf(err)
	}
	b.WriteString(itemsOutcome(r))
	return b.String()
}

func itemsOutcome(r *Reader) string {
	m, err := NewImages(r, raw)
	if err != nil {
		return kindOf(err)
	}
	n, pix, infos := 0, []byte(nil), []byte(nil)
	for item, err := range m.All() {
		if err != nil {
			continue
		}
		n++
		pix = append(pix, item.Pix...)
		infos = fmt.Appendf(infos, "%d %d %s\n", item.Number, item.Info.Label, item.Info.Name)
	}
	h := r.Header()
	return fmt.Sprintf("shape=%v quality=%d block=%d images=%d pixels=%x infos=%x", h.Shape, h.Quality, h.BlockSize, n, sum(pix), sum(infos))
}

func TestVectors(t *testing.T) {
	if *update {
		makeVectors(t)
	}
	list, err := os.ReadFile(filepath.Join(vectorDir, "VECTORS"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"VECTORS": true}
	for line := range strings.Lines(string(list)) {
		hash, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, want, _ := strings.Cut(rest, " ")
		known[name] = true
		data, err := os.ReadFile(filepath.Join(vectorDir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != hash {
			t.Errorf("%s has been changed: SHA-256 %s, want %s", name, got, hash)
		}
		if got := outcome(name, data); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
	entries, err := os.ReadDir(vectorDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !known[e.Name()] {
			t.Errorf("%s is not in VECTORS", e.Name())
		}
	}
}

// Writing gives the bytes that it gave when the vectors were made.
func TestVectorsAreWrittenAlike(t *testing.T) {
	for name, data := range vectors(t) {
		want, err := os.ReadFile(filepath.Join(vectorDir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, want) {
			t.Errorf("%s is written differently now", name)
		}
	}
}

func makeVectors(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(vectorDir, 0o755); err != nil {
		t.Fatal(err)
	}
	var lines []byte
	files := vectors(t)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		path := filepath.Join(vectorDir, name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			t.Fatal(err)
		}
		lines = fmt.Appendf(lines, "%x %s %s\n", sha256.Sum256(files[name]), name, outcome(name, files[name]))
	}
	list, err := os.OpenFile(filepath.Join(vectorDir, "VECTORS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := list.Write(lines); err != nil {
		t.Fatal(err)
	}
	if err := list.Close(); err != nil {
		t.Fatal(err)
	}
}
