package dataset_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"log"
	"testing/fstest"

	"github.com/hourglass-codec/hourglass/dataset"
)

// The built-in set needs no files and no network.
func ExampleOpen() {
	split, err := dataset.Open(context.Background(), "glyphs", dataset.Options{
		Dirs:   dataset.DataDirs(""), // HOURGLASS_DATA, for "mnist" and the like
		Glyphs: dataset.GlyphOptions{Train: 600, Test: 100},
	})
	if err != nil {
		log.Fatal(err)
	}
	s := split.Train
	fmt.Printf("%d images of shape (%d, %d, %d) in %d classes\n", s.N, s.H, s.W, s.C, len(s.Classes))
	fmt.Println("the first is of class", s.Class(0))
	// Output:
	// 600 images of shape (28, 28, 1) in 36 classes
	// the first is of class O
}

// An epoch of training, and the rest of the next one, as if training had been
// interrupted after its first batch.
func ExampleBatches() {
	split, err := dataset.Glyphs(context.Background(), dataset.GlyphOptions{Train: 10, Test: 1})
	if err != nil {
		log.Fatal(err)
	}
	batches := dataset.NewBatches(split.Train, dataset.BatchOptions{Size: 4, Shuffle: true, Seed: 1})
	x := make([]float32, 4*split.Train.Size()) // (4, 28, 28, 1)

	for batches.Start(0, 0); batches.Next(x) > 0; {
		fmt.Println("epoch 0", batches.Indices())
	}
	for batches.Start(1, 1); batches.Next(x) > 0; {
		fmt.Println("epoch 1", batches.Indices())
	}
	// Output:
	// epoch 0 [7 6 1 3]
	// epoch 0 [2 4 8 9]
	// epoch 0 [0 5]
	// epoch 1 [4 1 7 6]
	// epoch 1 [0 9]
}

// Pictures of any size, brought to one; the sub-folders are the classes. The
// folder is usually an os.DirFS.
func ExampleReadFolder() {
	pictures := fstest.MapFS{
		"cats/tom.png": {Data: picture(40, 30)},
		"dogs/rex.png": {Data: picture(64, 64)},
	}
	s, err := dataset.ReadFolder(context.Background(), pictures, dataset.FolderOptions{
		H: 16, W: 16, Grey: true, Labels: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.N, s.H, s.W, s.C, s.Classes, s.Labels)
	// Output: 2 16 16 1 [cats dogs] [0 1]
}

// picture returns a PNG file of the given size.
func picture(w, h int) []byte {
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		log.Fatal(err)
	}
	return file.Bytes()
}
