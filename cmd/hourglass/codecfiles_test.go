package main

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/dataset/idx"
)

// testSide is the width and height of the images of these tests.
const testSide = 12

// untrainedModel writes the file of a model that nobody has trained, for images
// of testSide, and says that they take the given bytes.
func untrainedModel(t *testing.T, channels int, expected float64) string {
	t.Helper()
	c := codec.Small(testSide, testSide, channels)
	c.Features, c.Blocks, c.Hidden, c.Groups, c.Global = 8, 1, 8, []int{2, 2}, 4
	n := codec.NewNetwork(c, 1)
	rng := rand.New(rand.NewPCG(1, 1))
	for _, v := range n.Variables() {
		for i := range v.Value().Data {
			v.Value().Data[i] += 0.2 * float32(rng.NormFloat64())
		}
	}
	rates := slices.Repeat([]float64{8 * expected}, len(c.Lambdas))
	var file bytes.Buffer
	if err := codec.WriteModel(&file, n, rates); err != nil {
		t.Fatal(err)
	}
	return writeFile(t, fmt.Sprintf("model-%d.safetensors", channels), file.Bytes())
}

// writeFile writes a file in a folder of its own.
func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// testPixels returns n images that are like no others, (N, H, W).
func testPixels(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	pix := make([]byte, n*testSide*testSide)
	for i := range pix {
		number, place := i/(testSide*testSide), i%(testSide*testSide)
		pix[i] = byte(13*number + place + rng.IntN(9))
	}
	return pix
}

// idxFile writes an idx file.
func idxFile(t *testing.T, name string, data []byte, shape ...int) string {
	t.Helper()
	var b bytes.Buffer
	if err := writeIDX(&b, name, &idx.Array{Shape: shape, Data: data}); err != nil {
		t.Fatal(err)
	}
	return writeFile(t, name, b.Bytes())
}

func imagesFile(t *testing.T, n int) string {
	t.Helper()
	return idxFile(t, "images.idx.gz", testPixels(n), n, testSide, testSide)
}

// testLabels returns the labels of n images.
func testLabels(n int) []byte {
	labels := make([]byte, n)
	for i := range labels {
		labels[i] = byte(i % 10)
	}
	return labels
}

func readIDX(t *testing.T, path string) *idx.Array {
	t.Helper()
	a, err := idx.Read(bytes.NewReader(readFile(t, path)), idx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// picturesFolder writes n PNG files to a folder, one of them below another.
func picturesFolder(t *testing.T, n int) (dir string, names []string) {
	t.Helper()
	dir = t.TempDir()
	pix := testPixels(n)
	const size = testSide * testSide
	for i := range n {
		name := fmt.Sprintf("deep/%03d.png", i)
		if i == n-1 {
			name = "last.png"
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		m := &image.Gray{Pix: pix[i*size : (i+1)*size], Stride: testSide, Rect: image.Rect(0, 0, testSide, testSide)}
		if err := writePNG(path, m); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return dir, names
}

// twiceAsLarge returns a picture that is too large for the models of these tests.
func twiceAsLarge() image.Image { return image.NewGray(image.Rect(0, 0, 2*testSide, 2*testSide)) }

// decodedPixels returns the pixels of all images of an archive, (N, H, W, C).
func decodedPixels(t *testing.T, archive, model string) (all []byte) {
	t.Helper()
	o, err := decodeOptions(model, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := openFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	a, err := hourglass.OpenArchive(f, f.size, o)
	if err != nil {
		t.Fatal(err)
	}
	for item, err := range a.All() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item.Pix...)
	}
	return all
}
