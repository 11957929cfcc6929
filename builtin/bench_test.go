package builtin

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/dataset"
)

// benchImages returns images for the model of Fashion-MNIST: its own test
// images if they are on this machine, or else built-in ones, which take more
// bits.
func benchImages(b *testing.B, n int) *dataset.Set {
	b.Helper()
	if os.Getenv(dataset.EnvDir) != "" {
		s, err := dataset.Open(context.Background(), dataset.NameFashionMNIST, dataset.Options{Dirs: dataset.DataDirs(""), Offline: true})
		if err != nil {
			b.Fatal(err)
		}
		return s.Test.Take(n)
	}
	b.Log("glyphs: " + dataset.EnvDir + " is not set")
	s, err := dataset.Glyphs(context.Background(), dataset.GlyphOptions{Train: n, Test: 1})
	if err != nil {
		b.Fatal(err)
	}
	return s.Train
}

const benchCount = 2048

func writeArchive(b *testing.B, w io.Writer, s *dataset.Set) {
	b.Helper()
	m, err := Model("fashion-mnist")
	if err != nil {
		b.Fatal(err)
	}
	a, err := hourglass.NewArchiveWriter(w, &hourglass.ArchiveOptions{Model: m, Quality: 60})
	if err != nil {
		b.Fatal(err)
	}
	for i := range s.N {
		if err := a.AddPix(s.Pix(i), hourglass.Info{}); err != nil {
			b.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPack encodes an archive with a block on each processor (-cpu).
func BenchmarkPack(b *testing.B) {
	s := benchImages(b, benchCount)
	for b.Loop() {
		writeArchive(b, io.Discard, s)
	}
	b.ReportMetric(float64(b.N)*benchCount/b.Elapsed().Seconds(), "images/s")
}

// BenchmarkUnpack decodes it.
func BenchmarkUnpack(b *testing.B) {
	var file bytes.Buffer
	writeArchive(b, &file, benchImages(b, benchCount))
	a, err := hourglass.OpenArchive(bytes.NewReader(file.Bytes()), int64(file.Len()), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, err := range a.All() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*benchCount/b.Elapsed().Seconds(), "images/s")
}

// BenchmarkOne encodes and decodes one image, as a server of single images does.
func BenchmarkOne(b *testing.B) {
	s := benchImages(b, 1)
	m, err := Model("fashion-mnist")
	if err != nil {
		b.Fatal(err)
	}
	img := s.Image(0)
	var file bytes.Buffer
	b.Run("Encode", func(b *testing.B) {
		for b.Loop() {
			file.Reset()
			if err := hourglass.Encode(&file, img, &hourglass.Options{Model: m, Quality: 60}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := hourglass.Decode(bytes.NewReader(file.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
}
