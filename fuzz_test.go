package hourglass

import (
	"bytes"
	"hash/crc32"
	"testing"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// sealed returns data as a file whose checksum is right, so that what is behind
// the checksum is reached.
func sealed(data []byte) []byte {
	c := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	return append(bytes.Clone(data), byte(c), byte(c>>8), byte(c>>16), byte(c>>24))
}

// checkDecoded decodes any bytes: to an image of the size that they announce, or
// to an error of a kind.
func checkDecoded(t *testing.T, file []byte, o *DecodeOptions) {
	t.Helper()
	config, err := DecodeConfig(bytes.NewReader(file))
	if err != nil && !typed(err) {
		t.Fatalf("DecodeConfig: %v", err)
	}
	img, err := DecodeWith(bytes.NewReader(file), o)
	switch {
	case err != nil && !typed(err):
		t.Fatalf("error of no kind: %v", err)
	case err == nil && (img.Bounds().Dx() != config.Width || img.Bounds().Dy() != config.Height):
		t.Fatalf("an image of %v, announced as %dx%d", img.Bounds(), config.Width, config.Height)
	}
}

// FuzzDecode gives the decoder files that nobody wrote.
func FuzzDecode(f *testing.F) {
	m := untrained(f, 8, 8, 1, 1)
	for _, quality := range []int{1, 50, 100} {
		data := encoded(f, m, quality)
		f.Add(data[:len(data)-4])
	}
	o := &DecodeOptions{Models: []*Model{m}}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkDecoded(t, data, o)
		checkDecoded(t, sealed(data), o)
	})
}

// FuzzModel decodes an image with a model inside that nobody trained.
func FuzzModel(f *testing.F) {
	m := untrained(f, 8, 8, 1, 1)
	data := encoded(f, m, 50)
	file, err := container.ReadImage(bytes.NewReader(data), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.File())
	f.Add([]byte("no model"))
	f.Fuzz(func(t *testing.T, model []byte) {
		forged := *file
		forged.Model = container.IDOf(model).Short()
		forged.Chunks = []container.Chunk{{Type: container.ChunkModel, Data: model}}
		var b bytes.Buffer
		if err := container.WriteImage(&b, &forged); err != nil {
			t.Fatal(err)
		}
		checkDecoded(t, b.Bytes(), nil)
	})
}

// FuzzArchive gives the archive reader files that nobody wrote.
func FuzzArchive(f *testing.F) {
	m := untrained(f, 8, 8, 1, 1)
	o := ArchiveOptions{Model: m, BlockSize: 3, Names: true, Labels: true}
	whole := archive(f, 7, o)
	f.Add(whole.data)
	f.Add(whole.data[:len(whole.data)/2])
	d := &DecodeOptions{Models: []*Model{m}, Threads: 1}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := &memFile{data}
		if a, err := OpenArchive(file, file.size(), d); err == nil {
			checkReadable(t, a)
		} else if !typed(err) {
			t.Fatalf("OpenArchive: error of no kind: %v", err)
		}
		if a, _, err := RecoverArchive(file, file.size(), d); err == nil {
			checkReadable(t, a)
		} else if !typed(err) {
			t.Fatalf("RecoverArchive: error of no kind: %v", err)
		}
	})
}

// checkReadable reads all that an archive has, which may give errors of a kind.
func checkReadable(t *testing.T, a *ArchiveReader) {
	t.Helper()
	for item, err := range a.All() {
		if err != nil && !typed(err) || item.InfoErr != nil && !typed(item.InfoErr) {
			t.Fatalf("error of no kind: %v, %v", err, item.InfoErr)
		}
		if err == nil && len(item.Pix) != a.Model().shape.Bytes() {
			t.Fatalf("an image of %d bytes", len(item.Pix))
		}
	}
}
