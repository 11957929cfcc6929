// Package zoo has the autoencoders by name: the four of the tutorials that
// Hourglass starts from, with the settings that those train them with.
//
//	dense-2     two numbers a digit, to look at the codes in the plane
//	sigmoid-32  written with package graph alone: explicit weights, no layers
//	dense-32    the same idea in a few layers of package nn
//	conv-128    convolutions, a code of 4 by 4 by 8
//
// [Lookup] finds an [Entry], whose New gives an [Autoencoder]: one interface to
// train, checkpoint and use any of them.
//
// Images are rows of numbers in 0 ... 1: (N, H*W*C), in the order (N, H, W, C).
package zoo

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/nn"
)

// An Autoencoder is a model with its training. It is for one goroutine at a
// time.
type Autoencoder interface {
	// Step makes one training step on n images x and what they should become,
	// y, which is x if nil, and returns the loss before it. A loss that is no
	// finite number gives a [*nn.DivergedError]. After the first step with a
	// batch size it allocates nothing.
	Step(x, y []float32, n int) (loss float32, err error)
	// Loss returns the loss of n images without training on them.
	Loss(x, y []float32, n int) (float32, error)
	// StepCount returns the number of training steps done, SetStepCount says it
	// for a training that is resumed.
	StepCount() int64
	SetStepCount(n int64)
	// State returns all that changes in training but for the step count:
	// weights, moving averages, optimiser state. Names differ.
	State() []*graph.Variable
	// Weights returns the part of State that the model itself consists of.
	Weights() []*graph.Variable

	// Encode writes the codes of n images x to dst.
	Encode(dst, x []float32, n int) error
	// Decode writes the images of n codes to dst.
	Decode(dst, codes []float32, n int) error
	// Reconstruct writes what becomes of n images x, encoded and decoded, to
	// dst.
	Reconstruct(dst, x []float32, n int) error

	// Summary writes tables of the model's parts.
	Summary(w io.Writer) error
	// Save writes the model's weights to a file that [Load] reads.
	Save(path string) error
	// Close ends the threads of the training.
	Close()
}

// Options change how a model starts and is trained.
type Options struct {
	Seed         uint64          // of the initial weights
	LearningRate float64         // 0 means the tutorial's
	Threads      int             // 0 means runtime.GOMAXPROCS(0); it changes no result
	Precision    graph.Precision // of training's products; reduced, results depend on the machine
}

// An Entry describes a model of the zoo and how its tutorial trains it.
type Entry struct {
	Name         string
	Description  string      // one line
	Dataset      string      // what the tutorial trains it on
	Input        graph.Shape // of an image: (H, W, C)
	Code         graph.Shape // of its code: (D) or (H, W, C)
	Epochs       int
	BatchSize    int
	Optimizer    string
	LearningRate float64
	Loss         string
	New          func(Options) Autoencoder
}

// Entries returns all models, in the order of their tutorials.
func Entries() []Entry {
	image := graph.Shape{28, 28, 1}
	return []Entry{
		{
			Name: "dense-2", Description: "784-300-2-300-784 with leaky ReLUs; the code is a point in the plane",
			Dataset: "mnist", Input: image, Code: graph.Shape{2}, Epochs: 20, BatchSize: 256,
			Optimizer: "Adam", LearningRate: 0.0005, Loss: "mean squared error",
			New: func(o Options) Autoencoder { return NewDense2(o) },
		},
		{
			Name: "sigmoid-32", Description: "784-32-784 with sigmoid code, on the low-level API",
			Dataset: "fashion-mnist", Input: image, Code: graph.Shape{32}, Epochs: 20, BatchSize: 256,
			Optimizer: "Adagrad", LearningRate: 0.1, Loss: "mean squared error",
			New: func(o Options) Autoencoder { return NewSigmoid32(784, 32, Sigmoid32Config{Options: o}) },
		},
		{
			Name: "dense-32", Description: "784-32-784 with ReLU code and sigmoid output",
			Dataset: "fashion-mnist", Input: image, Code: graph.Shape{32}, Epochs: 20, BatchSize: 256,
			Optimizer: "Adam", LearningRate: 0.001, Loss: "mean squared error",
			New: func(o Options) Autoencoder { return NewDense32(784, 32, o) },
		},
		{
			Name: "conv-128", Description: "six 3x3 convolutions around a code of 4x4x8",
			Dataset: "fashion-mnist", Input: image, Code: graph.Shape{4, 4, 8}, Epochs: 10, BatchSize: 128,
			Optimizer: "Adam", LearningRate: 0.001, Loss: "mean squared error",
			New: func(o Options) Autoencoder { return NewConv128(o) },
		},
	}
}

// An UnknownError says that the zoo has no model of a name.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string {
	var names []string
	for _, entry := range Entries() {
		names = append(names, entry.Name)
	}
	return fmt.Sprintf("zoo: there is no model %q; choose one of %s", e.Name, strings.Join(names, ", "))
}

// Lookup returns the entry of that name, or an [*UnknownError], which lists the
// names.
func Lookup(name string) (Entry, error) {
	for _, e := range Entries() {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry{}, &UnknownError{name}
}

var (
	_ Autoencoder = (*Network)(nil)
	_ Autoencoder = (*Sigmoid32)(nil)
)

// diverged returns an error unless the loss of a step is a finite number.
func diverged(step int64, loss float32) error {
	if f := float64(loss); math.IsNaN(f) || math.IsInf(f, 0) {
		return &nn.DivergedError{Step: step, Loss: loss}
	}
	return nil
}
