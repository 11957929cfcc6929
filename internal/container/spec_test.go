package container

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// specReader is a second reader, made from SPEC.md alone: it shares no code
// with the package, takes intact files only, and panics on others.
type specReader struct {
	b  []byte
	at int
}

func (r *specReader) bytes(n int) []byte {
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *specReader) u8() int { return int(r.bytes(1)[0]) }

func (r *specReader) u32() (v int) {
	for i, b := range r.bytes(4) {
		v |= int(b) << (8 * i)
	}
	return v
}

func (r *specReader) varint() (v int) {
	for shift := 0; ; shift += 7 {
		b := r.u8()
		v |= b & 127 << shift
		if b < 128 {
			return v
		}
	}
}

func (r *specReader) must(ok bool, what string) {
	if !ok {
		panic(fmt.Sprintf("byte %d: %s", r.at, what))
	}
}

// crc checks that a checksum of the bytes from start on follows.
func (r *specReader) crc(start int) {
	want := crc32.Checksum(r.b[start:r.at], crc32.MakeTable(crc32.Castagnoli))
	r.must(r.u32() == int(want), "checksum")
}

// chunk returns the type and the data.
func (r *specReader) chunk(tag []byte) (int, *specReader) {
	start := r.at
	r.must(bytes.Equal(r.bytes(len(tag)), tag), "tag")
	t := r.u8()
	data := r.bytes(r.varint())
	r.crc(start)
	return t, &specReader{b: data}
}

func (r *specReader) kind(magic string) (channels int, chunks bool) {
	r.must(string(r.bytes(3)) == magic, "magic")
	k := r.u8()
	r.must(k>>3 == 0b10010, "kind")
	return k&3 + 1, k&4 != 0
}

// plus undoes the codec of the vectors.
func plus(payload []byte, quality int) []byte {
	pix := bytes.Clone(payload)
	for i := range pix {
		pix[i] += byte(quality)
	}
	return pix
}

func specImage(data []byte) string {
	r := &specReader{b: data}
	channels, chunks := r.kind("HGI")
	r.bytes(5)
	w, h := r.varint()+1, r.varint()+1
	quality := r.u8()
	n := 0
	for chunks && r.b[r.at] != 0 {
		r.chunk(nil)
		n++
	}
	if chunks {
		r.u8()
	}
	payload := r.bytes(len(data) - 4 - r.at)
	r.crc(0)
	return fmt.Sprintf("ok shape=%dx%dx%d quality=%d chunks=%d pixels=%x", w, h, channels, quality, n, sum(plus(payload, quality)))
}

// specArchive is what specReader knows of an archive.
type specArchive struct {
	r             *specReader
	header, tag   []byte
	names, labels bool
	quality, size int
	shape         string
	images        int
	pixels, infos []byte
}

func specArchiveOutcome(data []byte) string {
	a := &specArchive{r: &specReader{b: data}}
	a.readHeader()
	var starts []int // of the segments
	end := len(data)
	for end > 0 {
		at := end - (&specReader{b: data, at: end - 8}).u32()
		start, before := a.indexAt(at, end)
		starts = append(starts, start)
		end = 0
		if before > 0 {
			end = start
		}
	}
	for i := len(starts) - 1; i >= 0; i-- {
		a.readSegment(starts[i])
	}
	return fmt.Sprintf("ok shape=%s quality=%d block=%d images=%d pixels=%x infos=%x", a.shape, a.quality, a.size, a.images, sum(a.pixels), sum(a.infos))
}

func (a *specArchive) readHeader() {
	r := a.r
	channels, _ := r.kind("HGA")
	flags := r.u8()
	a.names, a.labels = flags&1 != 0, flags&2 != 0
	r.bytes(32)
	a.shape = fmt.Sprintf("%dx%dx%d", r.varint()+1, r.varint()+1, channels)
	a.quality, a.size = r.u8(), r.u8()+1
	a.header = r.b[:r.at]
	r.crc(0)
	a.tag = r.b[r.at-4 : r.at]
}

func (a *specArchive) indexAt(at, end int) (start, before int) {
	r := &specReader{b: a.r.b, at: at}
	t, d := r.chunk(a.tag)
	r.must(t == 2 && r.at == end, "index")
	r.must(bytes.Equal(d.bytes(len(a.header)), a.header), "copy of the header")
	return d.varint(), d.varint()
}

// readSegment reads the blocks from start on by their index.
func (a *specArchive) readSegment(start int) {
	r := &specReader{b: a.r.b, at: start}
	for {
		label, name := make([]int, a.size), make([]string, a.size)
		t, d := r.chunk(a.tag)
		if t == 2 {
			return
		}
		if t == 0x80 {
			a.readInfo(d, label, name)
			t, d = r.chunk(a.tag)
		}
		r.must(t == 1 && d.varint() == a.images, "block")
		n := d.u8() + 1
		a.pixels = append(a.pixels, plus(d.b[d.at:], a.quality)...)
		for i := range n {
			a.infos = fmt.Appendf(a.infos, "%d %d %s\n", a.images+i, label[i], name[i])
		}
		a.images += n
	}
}

func (a *specArchive) readInfo(d *specReader, label []int, name []string) {
	d.must(d.varint() == a.images, "info")
	n := d.u8() + 1
	if a.labels {
		low, width := d.varint(), d.u8()
		packed := d.bytes((n*width + 7) / 8)
		for i := range n * width {
			label[i/width] |= int(packed[i/8]>>(i%8)&1) << (i % width)
		}
		for i := range n {
			label[i] += low
		}
	}
	prev, prefix, suffix := "", 0, 0
	for i := 0; i < n && a.names; i++ {
		k := d.varint()
		if k&1 == 0 {
			prefix, suffix = d.varint(), d.varint()
		}
		name[i] = prev[:prefix] + string(d.bytes(k/2)) + prev[len(prev)-suffix:]
		prev = name[i]
	}
}

func TestSpecReader(t *testing.T) {
	for _, name := range []string{"grey.hgi", "colour.hgi", "chunks.hgi", "empty.hga", "plain.hga", "full.hga"} {
		data := vector(t, name)
		got := ""
		if strings.HasSuffix(name, ".hgi") {
			got = specImage(data)
		} else {
			got = specArchiveOutcome(data)
		}
		if want := outcome(name, data); got != want {
			t.Errorf("%s:\nby SPEC.md %s\n      want %s", name, got, want)
		}
	}
}

func vector(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(vectorDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The dumps in SPEC.md are of the vectors.
func TestSpecDumps(t *testing.T) {
	spec, err := os.ReadFile(filepath.Join("..", "..", "SPEC.md"))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(spec), "```\n")
	if len(parts) != 7 {
		t.Fatalf("%d dumps in SPEC.md, want 3", len(parts)/2)
	}
	full := vector(t, "full.hga")
	for i, want := range [][]byte{vector(t, "grey.hgi"), vector(t, "plain.hga"), full[0x4f : 0x4f+37]} {
		var digits strings.Builder
		for line := range strings.Lines(parts[2*i+1]) {
			for _, field := range strings.Fields(line)[1:] {
				digits.WriteString(field)
			}
		}
		if got, err := hex.DecodeString(digits.String()); err != nil || !bytes.Equal(got, want) {
			t.Errorf("dump %d is not that of the file: %v", i, err)
		}
	}
}
