package builtin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/dataset"
)

var update = flag.Bool("update", false, "write the test vectors of models that have none")

const (
	vectorImages = 20 // more than a block
	vectorBlock  = 16
	pixelsFile   = "testdata/PIXELS"
)

// TestVectors decodes archives that were written when a model was released: to
// the pixels that they had then, on every machine and for ever.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	known := knownPixels(t)
	for _, name := range Names() {
		for _, q := range []int{1, 50, 100} {
			file := vectorName(name, q)
			want, ok := known[file]
			if !ok {
				t.Fatalf("%s is not in %s", file, pixelsFile)
			}
			archive, err := os.ReadFile(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			if got := pixelsOf(t, archive); got != want {
				t.Errorf("%s: pixels of SHA-256 %s, not %s", file, got, want)
			}
		}
	}
}

func vectorName(model string, quality int) string { return fmt.Sprintf("%s-%03d.hga", model, quality) }

// knownPixels returns the SHA-256 of the pixels of each file.
func knownPixels(t *testing.T) map[string]string {
	known := map[string]string{}
	list, err := os.ReadFile(pixelsFile)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		sum, file, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("%s: %q", pixelsFile, line)
		}
		known[file] = sum
	}
	return known
}

// pixelsOf returns the SHA-256 of the pixels of an archive.
func pixelsOf(t *testing.T, archive []byte) string {
	t.Helper()
	a, err := hourglass.OpenArchive(bytes.NewReader(archive), int64(len(archive)), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for item, err := range a.All() {
		if err != nil {
			t.Fatal(err)
		}
		h.Write(item.Pix)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// writeVectors packs built-in images of letters and digits: not what the models
// are for, which is so much the better for a test.
func writeVectors(t *testing.T) {
	glyphs, err := dataset.Glyphs(context.Background(), dataset.GlyphOptions{Train: vectorImages, Test: 1})
	if err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	for _, name := range Names() {
		m, err := Model(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []int{1, 50, 100} {
			archive := pack(t, m, q, glyphs.Train)
			if err := os.WriteFile(filepath.Join("testdata", vectorName(name, q)), archive, 0o666); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&list, "%s  %s\n", pixelsOf(t, archive), vectorName(name, q))
		}
	}
	if err := os.WriteFile(pixelsFile, list.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

func pack(t *testing.T, m *hourglass.Model, quality int, s *dataset.Set) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := hourglass.NewArchiveWriter(&b, &hourglass.ArchiveOptions{Model: m, Quality: quality, BlockSize: vectorBlock})
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.N {
		if err := w.AddPix(s.Pix(i), hourglass.Info{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
