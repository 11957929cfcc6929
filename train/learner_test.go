package train

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
	"github.com/hourglass-codec/hourglass/internal/safetensors"
	"github.com/hourglass-codec/hourglass/runlog"
)

// linear is a small linear autoencoder trained with momentum: 12 pixels to 3
// numbers and back.
type linear struct {
	steps   int64
	session *graph.Session[float32]
	x, loss *graph.Node
	fetches []*graph.Node
	weights []*graph.Variable
	slots   []*graph.Variable

	// afterStep, if not nil, may spoil what a step did.
	afterStep func(step int64, loss float32) (float32, error)
}

const (
	testPixels = 12
	testCode   = 3
)

func newLinear(s Settings) *linear {
	l := &linear{session: graph.NewSession[float32](graph.SessionOptions{Threads: 1})}
	l.x = graph.Placeholder("x", graph.Unknown, testPixels)
	enc := l.weight("encoder", s.Seed, testPixels, testCode)
	dec := l.weight("decoder", s.Seed+1, testCode, testPixels)
	y := graph.MatMul(graph.MatMul(l.x, enc), dec)
	l.loss = graph.Mean(graph.Square(graph.Sub(y, l.x)))
	l.fetches = []*graph.Node{l.loss}
	for i, g := range graph.Gradients(l.loss, enc, dec) {
		w := l.weights[i]
		slot := graph.NewState(w.Name()+"/momentum", graph.NewTensor(w.Shape()...))
		l.slots = append(l.slots, slot)
		l.fetches = append(l.fetches, graph.Update(graph.SGDRule{Momentum: 0.9}, w, []*graph.Variable{slot}, g, graph.Scalar(float32(s.LearningRate)), nil))
	}
	return l
}

func (l *linear) weight(name string, seed uint64, in, out int) *graph.Variable {
	r := rand.New(rand.NewPCG(seed, 0))
	t := graph.NewTensor(in, out)
	for i := range t.Data {
		t.Data[i] = r.Float32() - 0.5
	}
	v := graph.NewVariable(name, t)
	l.weights = append(l.weights, v)
	return v
}

func (l *linear) run(x []float32, n int, fetches ...*graph.Node) (float32, error) {
	p, err := l.session.Plan(n, fetches...)
	if err != nil {
		return 0, err
	}
	copy(p.Input(l.x), x[:n*testPixels])
	if err := p.Run(l.steps); err != nil {
		return 0, err
	}
	return p.Output(l.loss).Data[0], nil
}

func (l *linear) Step(x, _ []float32, n int) (float32, error) {
	loss, err := l.run(x, n, l.fetches...)
	if err != nil {
		return 0, err
	}
	l.steps++
	if l.afterStep != nil {
		return l.afterStep(l.steps, loss)
	}
	return loss, nil
}

func (l *linear) Loss(x, _ []float32, n int) (float32, error) { return l.run(x, n, l.loss) }
func (l *linear) StepCount() int64                            { return l.steps }
func (l *linear) SetStepCount(n int64)                        { l.steps = n }
func (l *linear) State() []*graph.Variable {
	return append(append([]*graph.Variable(nil), l.weights...), l.slots...)
}

func (l *linear) Save(path string) error {
	f := &safetensors.File{}
	for _, v := range l.weights {
		f.Tensors = append(f.Tensors, safetensors.FromFloat32(v.Name(), v.Shape(), v.Value().Data))
	}
	return atomicfile.Write(path, func(w io.Writer) error { return safetensors.Write(w, f) })
}

// testData is 50 images to train on, for 7 batches of 8 in an epoch, and 11 to
// test with, of 3x4 pixels.
func testData() *dataset.Split {
	r := rand.New(rand.NewPCG(3, 4))
	set := func(n int) *dataset.Set {
		s := &dataset.Set{Name: "noise", N: n, H: 3, W: 4, C: 1, Pixels: make([]uint8, n*testPixels)}
		for i := range s.Pixels {
			s.Pixels[i] = uint8(r.Uint32())
		}
		return s
	}
	return &dataset.Split{Train: set(50), Test: set(11)}
}

var testSettings = Settings{Model: "linear", Dataset: "noise", Epochs: 3, BatchSize: 8, LearningRate: 0.05, Seed: 7}

const testSteps = 3 * 7

func newRun(t *testing.T) *Run {
	t.Helper()
	r, err := Create(filepath.Join(t.TempDir(), "runs", "a"), testSettings, testData(), "test v1")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// observer calls a function after each step.
type observer func(Progress)

func (f observer) Step(p Progress)    { f(p) }
func (f observer) Epoch(runlog.Epoch) {}

// testLogger writes to the test's log.
func testLogger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// files lists what lies below a folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// stepsOf tells what a log holds of the losses, which no stop may change.
func stepsOf(t *testing.T, r *Run) string {
	t.Helper()
	log, err := r.Log()
	if err != nil {
		t.Fatal(err)
	}
	text := log.Status.String()
	for _, s := range log.Steps {
		text += fmt.Sprintf("\nstep %d %d %v", s.Step, s.Epoch, s.Loss)
	}
	for _, e := range log.Epochs {
		text += fmt.Sprintf("\nepoch %d %d %v %v", e.Step, e.Epoch, e.Loss, *e.ValLoss)
	}
	return text
}
