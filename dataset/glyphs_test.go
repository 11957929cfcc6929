package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"runtime"
	"slices"
	"testing"
)

// digest identifies the images and labels of s.
func digest(s *Set) string {
	h := sha256.New()
	h.Write(s.Pixels)
	for _, l := range s.Labels {
		h.Write([]byte{byte(l)})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func glyphs(t testing.TB, o GlyphOptions) *Split {
	t.Helper()
	s, err := Glyphs(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The pictures are part of what a seed means: these must never change, on any
// machine.
func TestGlyphsGolden(t *testing.T) {
	tests := []struct {
		o           GlyphOptions
		train, test string
	}{
		{GlyphOptions{Train: 1000, Test: 100}, "38960c116e92ae83", "8acbfe5b1ab25c85"},
		{GlyphOptions{Train: 1000, Test: 100, Seed: 1}, "813062a99f612961", "132fa0a8d992daa7"},
		{GlyphOptions{Train: 1000, Test: 100, Alphabet: "0123456789"}, "23936232c29067e9", "aa3dc71c1ee061db"},
	}
	for _, tt := range tests {
		s := glyphs(t, tt.o)
		if train, test := digest(s.Train), digest(s.Test); train != tt.train || test != tt.test {
			t.Errorf("%+v: digests %s and %s, want %s and %s", tt.o, train, test, tt.train, tt.test)
		}
	}
}

func TestGlyphs(t *testing.T) {
	s := glyphs(t, GlyphOptions{Train: 3600, Test: 50})
	if s.Train.N != 3600 || s.Test.N != 50 || s.Train.H != 28 || s.Train.W != 28 || s.Train.C != 1 {
		t.Fatalf("shapes %+v, %+v", s.Train.N, s.Test.N)
	}
	counts := make([]int, len(s.Train.Classes))
	for _, l := range s.Train.Labels {
		counts[l]++
	}
	if len(counts) != 36 || slices.Min(counts) < 60 || slices.Max(counts) > 140 {
		t.Errorf("3600 labels are spread like this: %v", counts)
	}
	small := glyphs(t, GlyphOptions{Train: 40, Test: 1})
	if digest(small.Train) != digest(s.Train.Take(40)) {
		t.Error("a smaller set is not the beginning of a larger one")
	}
	if slices.Equal(s.Train.Pix(0), s.Test.Pix(0)) {
		t.Error("training and test images begin alike")
	}
}

func TestGlyphsForAnyNumberOfProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := digest(glyphs(t, GlyphOptions{Train: 100, Test: 1}).Train)
	runtime.GOMAXPROCS(3)
	if three := digest(glyphs(t, GlyphOptions{Train: 100, Test: 1}).Train); one != three {
		t.Errorf("digest %s on one processor, %s on three", one, three)
	}
}

func TestGlyphsErrors(t *testing.T) {
	if _, err := Glyphs(t.Context(), GlyphOptions{Alphabet: "漢"}); err == nil {
		t.Error("no error for a character that the fonts lack")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Glyphs(ctx, GlyphOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func BenchmarkGlyphs(b *testing.B) {
	for b.Loop() {
		glyphs(b, GlyphOptions{Train: 1000, Test: 1})
	}
}
