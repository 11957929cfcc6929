package dataset

import (
	"errors"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset/idx"
)

func TestOpenGlyphs(t *testing.T) {
	s, err := Open(t.Context(), "glyphs", Options{Glyphs: GlyphOptions{Train: 3, Test: 2, Alphabet: "AB"}})
	if err != nil || s.Train.N != 3 || s.Test.N != 2 || s.Train.Name != NameGlyphs {
		t.Errorf("%+v, error %v", s, err)
	}
}

func TestOpenFolderOfIDXFiles(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, tiny(t), gz)
	s, err := Open(t.Context(), dir, Options{})
	expectTiny(t, s, err)
	if !slices.Equal(s.Train.Classes, []string{"0", "1", "2", "3"}) || s.Train.Name != filepath.Base(dir) {
		t.Errorf("classes %q, name %q", s.Train.Classes, s.Train.Name)
	}
	if err := os.Remove(filepath.Join(dir, fourNames[3]+".gz")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), fourNames[3]) {
		t.Errorf("without the test labels: error %v", err)
	}
}

func TestOpenIDXFile(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, tiny(t), same)
	s, err := Open(t.Context(), filepath.Join(dir, fourNames[0]), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.N != 18 || s.Test.N != 2 || len(s.Train.Labels) != 18 || s.Test.Labels[0] != (1+9)%4 {
		t.Errorf("train %d, test %d, labels %v", s.Train.N, s.Test.N, s.Test.Labels)
	}
	alone := filepath.Join(dir, "pictures.idx")
	if err := os.Rename(filepath.Join(dir, fourNames[0]), alone); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), alone, Options{}); err != nil || s.Train.Labels != nil || s.Train.Classes != nil {
		t.Errorf("without labels: %+v, error %v", s, err)
	}
}

func TestOpenDamagedIDXFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		file int // of the four
		a    idx.Array
		cut  int // bytes from the end
		says string
	}{
		"truncated":       {0, idx.Array{Shape: []int{2, 3, 3}, Data: make([]uint8, 18)}, 1, "truncated"},
		"labels first":    {0, idx.Array{Shape: []int{4}, Data: make([]uint8, 4)}, 0, "shape [4]"},
		"no images":       {0, idx.Array{Shape: []int{0, 28, 28}}, 0, "shape [0 28 28]"},
		"two channels":    {2, idx.Array{Shape: []int{1, 2, 2, 2}, Data: make([]uint8, 8)}, 0, "shape [1 2 2 2]"},
		"too few labels":  {1, idx.Array{Shape: []int{19}, Data: make([]uint8, 19)}, 0, "each of 20 images"},
		"different sizes": {2, idx.Array{Shape: []int{10, 4, 4}, Data: make([]uint8, 160)}, 0, "test images (4, 4, 1)"},
	} {
		dir := t.TempDir()
		files := tiny(t)
		b := idxFile(t, &tt.a)
		files[fourNames[tt.file]] = b[:len(b)-tt.cut]
		put(t, dir, files, same)
		_, err := Open(t.Context(), dir, Options{})
		if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v", name, err)
		}
		if name == "truncated" && !errors.Is(err, idx.ErrTruncated) {
			t.Errorf("%v does not wrap idx.ErrTruncated", err)
		}
	}
}

func TestOpenPictures(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, c color.Color) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, plain(t, 4, 4, c).Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a/1.png", color.White)
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), "one image") {
		t.Errorf("one picture: error %v", err)
	}
	write("a/2.png", color.White)
	write("b/1.png", color.Black)
	o := Options{Folder: FolderOptions{Labels: true, Grey: true}}
	s, err := Open(t.Context(), dir, o)
	if err != nil || s.Train.N != 2 || s.Test.N != 1 || s.Test.Class(0) != "b" || s.Test.Pixels[0] != 0 {
		t.Errorf("%+v, error %v", s, err)
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "a", "1.png"), o); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a single picture: error %v", err)
	}

	write("train/x/1.png", color.White)
	write("test/x/1.png", color.Black)
	s, err = Open(t.Context(), dir, o)
	if err != nil || s.Train.N != 1 || s.Test.N != 1 || s.Test.Class(0) != "x" {
		t.Errorf("train and test: %+v, error %v", s, err)
	}
	write("test/y/1.png", color.Black)
	if _, err = Open(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "classes") {
		t.Errorf("different classes: error %v", err)
	}
}

func TestOpenUnknown(t *testing.T) {
	_, err := Open(t.Context(), "imagenet", Options{})
	if err == nil || !strings.Contains(err.Error(), `"imagenet" is neither a set (fashion-mnist, mnist, glyphs) nor`) {
		t.Errorf("error %v", err)
	}
}

func TestDataDirs(t *testing.T) {
	t.Setenv(EnvDir, "/from/env")
	if got := DataDirs("/from/flag"); !slices.Equal(got, []string{"/from/flag", "/from/env"}) {
		t.Errorf("both: %v", got)
	}
	if got := DataDirs(""); !slices.Equal(got, []string{"/from/env"}) {
		t.Errorf("variable only: %v", got)
	}
	t.Setenv(EnvDir, "")
	if got := DataDirs(""); len(got) != 0 {
		t.Errorf("neither: %v", got)
	}
}
