package runlog_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hourglass-codec/hourglass/runlog"
)

// A run is written, killed after its checkpoint, resumed, and read.
func Example() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "run.jsonl")

	write := func(w *runlog.Writer, err error, events ...runlog.Body) {
		if err != nil {
			panic(err)
		}
		for _, e := range events {
			if err := w.Write(e); err != nil {
				panic(err)
			}
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
	}
	w, err := runlog.Create(path)
	write(w, err,
		runlog.Started{Model: "dense-2", Dataset: "mnist", Epochs: 3, BatchSize: 256, Seed: 1},
		runlog.Epoch{Step: 235, Epoch: 1, Loss: 0.060},
		runlog.Checkpoint{Step: 235, Epoch: 1, Path: "checkpoint-1.safetensors"},
		runlog.Epoch{Step: 470, Epoch: 2, Loss: 0.055})
	w, err = runlog.Open(path)
	write(w, err,
		runlog.Resumed{Step: 235, Epoch: 1, Checkpoint: "checkpoint-1.safetensors"},
		runlog.Epoch{Step: 470, Epoch: 2, Loss: 0.055},
		runlog.Epoch{Step: 705, Epoch: 3, Loss: 0.052},
		runlog.Finished{Step: 705, Epoch: 3, Loss: 0.052})

	log, err := runlog.Read(path)
	if err != nil {
		panic(err)
	}
	fmt.Println(log.Started.Model, log.Status)
	for _, e := range log.Epochs {
		fmt.Println(e.Epoch, e.Step, e.Loss)
	}
	// Output:
	// dense-2 finished
	// 1 235 0.06
	// 2 470 0.055
	// 3 705 0.052
}
