package bench

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/zoo"
)

// A Workload is something that a model does again and again.
type Workload struct {
	Model string `json:"model"`
	Task  string `json:"task"` // train, infer, encode, decode
	Batch int    `json:"batch"`
	// Precision is "" or "bf16", for training.
	Precision string `json:"precision,omitempty"`
}

// Tasks are the tasks of a workload; infer is encode and decode together.
func Tasks() []string { return []string{"train", "infer", "encode", "decode"} }

// A ModelResult is the speed of a workload.
type ModelResult struct {
	Workload
	Threads int  `json:"threads"`
	Images  Rate `json:"images_per_s"`
}

// Models measures workloads on images, calling report with each result.
func Models(ctx context.Context, work []Workload, images *dataset.Set, threads int, t Trials, report func(ModelResult)) error {
	for _, w := range work {
		m, err := newMachine(w, images, threads)
		if err != nil {
			return err
		}
		rate, err := t.rate(ctx, float64(w.Batch), m.step)
		m.close()
		if err != nil {
			return err
		}
		report(ModelResult{w, threads, rate})
	}
	return nil
}

// Noise returns n grey images of 28 by 28 pixels of noise, for when there are
// no real ones: they change no speed.
func Noise(n int) *dataset.Set {
	rng := rand.New(rand.NewPCG(1, 1))
	s := &dataset.Set{Name: "noise", N: n, H: 28, W: 28, C: 1, Pixels: make([]uint8, n*28*28)}
	for i := range s.Pixels {
		s.Pixels[i] = uint8(rng.Uint32())
	}
	return s
}

// inferImages is how many images inference goes through.
const inferImages = 4096

// A machine does a workload step by step.
type machine struct {
	model zoo.Autoencoder
	step  func() error
}

func (m *machine) close() { m.model.Close() }

// newMachine prepares a workload.
func newMachine(w Workload, images *dataset.Set, threads int) (*machine, error) {
	entry, err := zoo.Lookup(w.Model)
	if err != nil {
		return nil, err
	}
	if w.Batch < 1 || images.N < w.Batch || images.Size() != entry.Input.Elements() {
		return nil, fmt.Errorf("bench: batches of %d from %d images of %d numbers for %s", w.Batch, images.N, images.Size(), w.Model)
	}
	precision, err := precisionOf(w)
	if err != nil {
		return nil, err
	}
	m := &machine{model: entry.New(zoo.Options{Seed: 1, Threads: threads, Precision: precision})}
	switch w.Task {
	case "train":
		m.step = m.training(images, w.Batch)
	case "infer", "encode", "decode":
		m.step = m.inference(entry, images, w)
	default:
		return nil, fmt.Errorf("bench: there is no task %q; choose one of %v", w.Task, Tasks())
	}
	return m, nil
}

// precisionOf returns the precision that a workload asks for.
func precisionOf(w Workload) (graph.Precision, error) {
	switch {
	case w.Precision == "":
		return graph.Float32, nil
	case w.Precision != "bf16":
		return 0, fmt.Errorf("bench: there is no precision %q; the other one is bf16", w.Precision)
	case w.Task != "train":
		return 0, fmt.Errorf("bench: bf16 is for training, not for %s", w.Task)
	case !graph.BF16Available():
		return 0, fmt.Errorf("bench: this machine has no AMX for bf16")
	}
	return graph.BF16, nil
}

// training returns a function that makes one step, batches being drawn as in
// real training.
func (m *machine) training(images *dataset.Set, size int) func() error {
	batches := dataset.NewBatches(images, dataset.BatchOptions{Size: size, Shuffle: true, DropLast: true})
	x := make([]float32, size*images.Size())
	epoch := 0
	return func() error {
		n := batches.Next(x)
		if n == 0 {
			epoch++
			batches.Start(epoch, 0)
			n = batches.Next(x)
		}
		_, err := m.model.Step(x, nil, n)
		return err
	}
}

// inference returns a function that takes the next batch of some images.
func (m *machine) inference(entry zoo.Entry, images *dataset.Set, w Workload) func() error {
	size, code := images.Size(), entry.Code.Elements()
	count := min(inferImages, images.N) / w.Batch
	x := make([]float32, count*w.Batch*size)
	for i := range x {
		x[i] = float32(images.Pixels[i]) / 255
	}
	codes := make([]float32, count*w.Batch*code)
	out := make([]float32, w.Batch*max(size, code))
	at := 0
	return func() error {
		i := at
		at = (at + 1) % count
		in, c := x[i*w.Batch*size:][:w.Batch*size], codes[i*w.Batch*code:][:w.Batch*code]
		switch w.Task {
		case "encode":
			return m.model.Encode(out, in, w.Batch)
		case "decode":
			return m.model.Decode(out, c, w.Batch)
		}
		return m.model.Reconstruct(out, in, w.Batch)
	}
}

// DefaultWorkloads are training at the tutorials' batch sizes, and inference
// at batch 256 and one image at a time.
func DefaultWorkloads() (work []Workload) {
	for _, e := range zoo.Entries() {
		train := Workload{Model: e.Name, Task: "train", Batch: e.BatchSize}
		work = append(work, train)
		if graph.BF16Available() {
			train.Precision = "bf16"
			work = append(work, train)
		}
		for _, task := range Tasks()[1:] {
			for _, batch := range []int{256, 1} {
				work = append(work, Workload{Model: e.Name, Task: task, Batch: batch})
			}
		}
	}
	return work
}
