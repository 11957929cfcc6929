package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset/npy"
)

// An idx file with labels goes into an archive and comes out as idx, npy and PNG.
func TestPackArray(t *testing.T) {
	alone(t)
	const n = 150
	model := untrainedModel(t, 1, 1e6)
	images, labels := imagesFile(t, n), idxFile(t, "labels.idx.gz", testLabels(n), n)
	dir := t.TempDir()
	archive := filepath.Join(dir, "a.hga")
	var packed packResult
	callJSON(t, &packed, "pack", images, "--labels", labels, "--model", model, "--out", archive, "--quality", "70", "--embed-model")
	info, err := os.Stat(archive)
	if err != nil || packed.Images != n || packed.Packed != n || packed.Bytes != info.Size() || packed.Quality != 70 || packed.BytesPerImage != float64(info.Size())/n {
		t.Errorf("pack prints %+v, %v", packed, err)
	}
	want := decodedPixels(t, archive, "")

	t.Run("unpack idx", func(t *testing.T) {
		out, outLabels := filepath.Join(dir, "out.idx.gz"), filepath.Join(dir, "labels.idx")
		mustCall(t, "unpack", archive, "--out", out, "--labels", outLabels)
		if a := readIDX(t, out); !slices.Equal(a.Shape, []int{n, testSide, testSide}) || !bytes.Equal(a.Data, want) {
			t.Errorf("an array of %v, or other pixels", a.Shape)
		}
		if a := readIDX(t, outLabels); !slices.Equal(a.Shape, []int{n}) || !bytes.Equal(a.Data, testLabels(n)) {
			t.Errorf("labels %v", a.Data)
		}
	})
	t.Run("unpack npy", func(t *testing.T) {
		out := filepath.Join(dir, "out.npy")
		mustCall(t, "unpack", archive, "--out", out)
		shape, pix, err := npy.Read[uint8](bytes.NewReader(readFile(t, out)), npy.Options{})
		if err != nil || !slices.Equal(shape, []int{n, testSide, testSide, 1}) || !bytes.Equal(pix, want) {
			t.Errorf("an array of %v, or other pixels, %v", shape, err)
		}
		again := filepath.Join(dir, "again.hga")
		mustCall(t, "pack", out, "--model", model, "--out", again)
		if got := decodedPixels(t, again, model); len(got) != len(want) {
			t.Errorf("%d pixels of the packed .npy file", len(got))
		}
	})
	t.Run("unpack png", func(t *testing.T) {
		mustCall(t, "unpack", archive)
		for _, i := range []int{0, 149} {
			f, err := os.Open(filepath.Join(dir, "a", fmt.Sprintf("%05d.png", i)))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			m, err := png.Decode(f)
			const size = testSide * testSide
			if g, ok := m.(*image.Gray); err != nil || !ok || !bytes.Equal(g.Pix, want[i*size:(i+1)*size]) {
				t.Errorf("image %d has other pixels, %v", i, err)
			}
		}
		noLeftovers(t, dir)
	})
	t.Run("decode one", func(t *testing.T) {
		out := filepath.Join(dir, "one.png")
		mustCall(t, "decode", archive, "--number", "77", "--out", out)
		if !bytes.Equal(readFile(t, out), readFile(t, filepath.Join(dir, "a", "00077.png"))) {
			t.Error("it is another than unpack writes")
		}
	})
	t.Run("inspect", func(t *testing.T) {
		var i inspection
		callJSON(t, &i, "inspect", archive)
		sum, parts := int64(0), map[string]int64{}
		for _, p := range i.Parts {
			sum += p.Bytes
			parts[p.Part] = p.Bytes
		}
		if i.Images != n || i.Blocks != 3 || i.Quality != 70 || !i.Embedded || !i.Labels || i.Names || i.Model != packed.Model || sum != packed.Bytes {
			t.Errorf("inspect prints %+v", i)
		}
		file, _ := os.Stat(model)
		if parts["model"] != file.Size() || parts["header"] != 45 || parts["other chunks"] != 0 || parts["index"] == 0 {
			t.Errorf("parts %v", parts)
		}
		if text := mustCall(t, "inspect", archive); !strings.Contains(text, "150 in 3 blocks") || !strings.Contains(text, "in the file") {
			t.Errorf("inspect prints\n%s", text)
		}
		var of inspection
		if callJSON(t, &of, "inspect", model); of.Kind != "model" || of.Model != packed.Model {
			t.Errorf("inspect of the model prints %+v", of)
		}
	})
	t.Run("verify", func(t *testing.T) {
		var v []verification
		callJSON(t, &v, "verify", archive)
		if len(v) != 1 || !v[0].OK || v[0].Images != n || v[0].Total != n {
			t.Errorf("verify prints %+v", v)
		}
	})
}

// A folder goes into an archive and comes out with the same names; the same
// pictures as a list, in a file or as arguments, are the same archive.
func TestPackFolder(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	dir, names := picturesFolder(t, 9)
	archive := filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", dir, "--model", model, "--out", archive)
	mustCall(t, "unpack", archive, "--model", model)
	var got []string
	for _, path := range entries(t, withoutExt(archive)) {
		if name, err := filepath.Rel(withoutExt(archive), path); err == nil && filepath.Ext(name) == ".png" {
			got = append(got, filepath.ToSlash(name))
		}
	}
	if !slices.Equal(got, names) {
		t.Errorf("unpacked %q, want %q", got, names)
	}

	t.Chdir(dir)
	list := writeFile(t, "list", []byte(strings.Join(names, "\r\n")+"\n\n"))
	for what, args := range map[string][]string{"list": {"--files-from", list}, "arguments": names} {
		out := filepath.Join(t.TempDir(), "b.hga")
		mustCall(t, append([]string{"pack", "--model", model, "--out", out}, args...)...)
		if !bytes.Equal(readFile(t, out), readFile(t, archive)) {
			t.Errorf("by %s it is another archive", what)
		}
	}
	var i inspection
	out := filepath.Join(t.TempDir(), "c.hga")
	mustCall(t, "pack", dir, "--model", model, "--out", out, "--no-names")
	if callJSON(t, &i, "inspect", out); i.Names {
		t.Error("--no-names keeps names")
	}
}

// Colours come back as they were decoded, in order, and of images with one name
// none is lost.
func TestPackColours(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 3, 1e6)
	dir, _ := picturesFolder(t, 3)
	other, _ := picturesFolder(t, 3)
	archive := filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", filepath.Join(dir, "last.png"), filepath.Join(other, "last.png"), "--model", model, "--out", archive)
	mustCall(t, "unpack", archive, "--model", model)
	for _, name := range []string{"last.png", "last-2.png"} {
		data := readFile(t, filepath.Join(withoutExt(archive), name))
		if c, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != testSide {
			t.Errorf("%s: %v", name, err)
		}
	}
	npyFile := filepath.Join(t.TempDir(), "a.npy")
	mustCall(t, "unpack", archive, "--model", model, "--out", npyFile)
	shape, pix, err := npy.Read[uint8](bytes.NewReader(readFile(t, npyFile)), npy.Options{})
	if err != nil || !slices.Equal(shape, []int{2, testSide, testSide, 3}) || !bytes.Equal(pix, decodedPixels(t, archive, model)) {
		t.Errorf("an array of %v, %v", shape, err)
	}
}

func TestPackAppend(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	dir, _ := picturesFolder(t, 5)
	archive := filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", dir, "--model", model, "--out", archive, "--embed-model", "--quality", "80")
	before := readFile(t, archive)
	var r packResult
	callJSON(t, &r, "pack", dir, "--append", "--out", archive)
	if r.Images != 10 || r.Packed != 5 || r.Quality != 80 {
		t.Errorf("pack --append prints %+v", r)
	}
	if !bytes.HasPrefix(readFile(t, archive), before) {
		t.Error("the old archive was changed")
	}
	mustCall(t, "verify", archive)
	pix := decodedPixels(t, archive, "")
	if !bytes.Equal(pix[:len(pix)/2], pix[len(pix)/2:]) {
		t.Error("the same pictures have other pixels")
	}
	noLeftovers(t, filepath.Dir(archive))
}

// The number of threads makes no difference.
func TestPackThreads(t *testing.T) {
	alone(t)
	model, images := untrainedModel(t, 1, 1e6), imagesFile(t, 300)
	var first []byte
	for _, threads := range []string{"1", "2", "7"} {
		out := filepath.Join(t.TempDir(), "a.hga")
		mustCall(t, "pack", images, "--model", model, "--out", out, "--threads", threads)
		if first == nil {
			first = readFile(t, out)
		}
		if !bytes.Equal(readFile(t, out), first) {
			t.Errorf("another archive by %s threads", threads)
		}
	}
}

// Images of another kind are packed with a warning, those of the kind without.
func TestRateWarning(t *testing.T) {
	alone(t)
	images := imagesFile(t, 64)
	dir, names := picturesFolder(t, 1)
	for expected, warned := range map[float64]bool{1: true, 1e6: false} {
		model := untrainedModel(t, 1, expected)
		out := filepath.Join(t.TempDir(), "a")
		_, _, stderr := call(t, "pack", images, "--model", model, "--out", out+".hga", "--quality", "100")
		if got := strings.Contains(stderr, "is it the right model?"); got != warned {
			t.Errorf("%v bytes expected: pack warns: %v\n%s", expected, got, stderr)
		}
		_, _, stderr = call(t, "encode", filepath.Join(dir, names[0]), "--model", model, "--out", out+".hgi", "--quality", "100", "--embed-model")
		if got := strings.Contains(stderr, "is it the right model?"); got != warned {
			t.Errorf("%v bytes expected: encode warns: %v\n%s", expected, got, stderr)
		}
	}
}
