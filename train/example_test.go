package train_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/train"
	"github.com/hourglass-codec/hourglass/zoo"
)

// A run is made once, and trained until it is finished: after a stop, or a
// crash, Open and Train go on with it.
func Example() {
	dir, err := os.MkdirTemp("", "train")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	data, err := dataset.Glyphs(ctx, dataset.GlyphOptions{Train: 200, Test: 50})
	if err != nil {
		log.Fatal(err)
	}

	folder := filepath.Join(dir, "run")
	settings := train.Settings{Model: "dense-32", Dataset: "glyphs", Epochs: 2, BatchSize: 50, LearningRate: 0.001, Seed: 1}
	if _, err := train.Create(folder, settings, data, "example"); err != nil {
		log.Fatal(err)
	}

	run, err := train.Open(folder)
	if err != nil {
		log.Fatal(err)
	}
	s := run.Settings()
	model := zoo.NewDense32(784, 32, zoo.Options{Seed: s.Seed, LearningRate: s.LearningRate})
	defer model.Close()
	result, err := run.Train(ctx, model, data, train.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("epochs:", result.Epoch, "steps:", result.Step)
	fmt.Println("learned:", float64(*result.ValLoss) < 0.2)
	// Output:
	// epochs: 2 steps: 8
	// learned: true
}
