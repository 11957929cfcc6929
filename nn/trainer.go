package nn

import (
	"fmt"
	"math"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/optim"
)

// CompileConfig says how to train a model.
type CompileConfig struct {
	Optimizer optim.Optimizer // nil means RMSprop
	Loss      Loss            // nil means MeanSquaredError
	Threads   int             // 0 means runtime.GOMAXPROCS(0); it changes no result
	Precision graph.Precision // of the training's products and convolutions
}

// A Trainer trains a model step by step: what [Model.Fit] is made of. It and
// the model are for one goroutine at a time.
type Trainer struct {
	model    *Model
	train    *runner // loss first, then updates
	evaluate *runner // loss
	state    []*graph.Variable
	steps    int64
	in, out  int  // elements of a sample
	alike    bool // input and output have one shape
}

// NewTrainer returns a trainer with new optimiser state. It panics with a
// [*BuildError] if the model has several inputs or outputs.
func NewTrainer(m *Model, c CompileConfig) *Trainer {
	input, output := m.single()
	if c.Optimizer == nil {
		c.Optimizer = optim.RMSprop{}
	}
	if c.Loss == nil {
		c.Loss = MeanSquaredError
	}
	session := graph.NewSession[float32](graph.SessionOptions{Threads: c.Threads, Precision: c.Precision})
	t := &Trainer{model: m, in: sampleSize(input), out: sampleSize(output), alike: input.shape.Equal(output.shape)}
	t.evaluate = m.lossRunner(session, c.Loss, false)
	t.train = m.lossRunner(session, c.Loss, true)
	updates := c.Optimizer.Minimize(t.train.fetches[0], m.trainable())
	t.train.fetches = append(t.train.fetches, updates...)
	t.state = append(append(t.state, m.weights...), optim.Slots(updates)...)
	return t
}

// lossRunner returns the computation of the loss, for training with the
// updates of moving averages.
func (m *Model) lossRunner(s *graph.Session[float32], loss Loss, training bool) *runner {
	input, output := m.single()
	x := graph.Placeholder("x", input.shape...)
	target := graph.Placeholder("y", output.shape...)
	y, updates := m.Graph(training, x)
	l := loss(y[0], target)
	return &runner{session: s, inputs: []*graph.Node{x, target}, fetches: append([]*graph.Node{l}, updates...)}
}

func (m *Model) trainable() (vars []*graph.Variable) {
	for _, v := range m.weights {
		if v.Trainable() {
			vars = append(vars, v)
		}
	}
	return vars
}

// A DivergedError says that training got a loss that is no finite number. The
// weights are spoilt.
type DivergedError struct {
	Step int64 // the number of the step, from 1
	Loss float32
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("nn: the loss is %v in step %d: the training diverged; use a lower learning rate, clip the gradients, or look for bad values in the data", e.Loss, e.Step)
}

// Step makes one training step on n samples, x their inputs and y the targets;
// a nil y means x itself, as for an autoencoder. It returns the loss before the
// step, or a [*DivergedError]. After the first step with a batch size it
// allocates nothing.
func (t *Trainer) Step(x, y []float32, n int) (loss float32, err error) {
	if loss, err = t.run(t.train, x, y, n); err != nil {
		return 0, err
	}
	t.steps++
	if f := float64(loss); math.IsNaN(f) || math.IsInf(f, 0) {
		return loss, &DivergedError{t.steps, loss}
	}
	return loss, nil
}

// Loss returns the loss of n samples without training on them, its layers
// behaving as in prediction. y is as in [Trainer.Step].
func (t *Trainer) Loss(x, y []float32, n int) (float32, error) {
	return t.run(t.evaluate, x, y, n)
}

func (t *Trainer) run(r *runner, x, y []float32, n int) (float32, error) {
	self := y == nil && t.alike // then the programs read the target where the input is
	if y == nil {
		y = x
	}
	if n < 1 || len(x) < n*t.in || len(y) < n*t.out {
		return 0, fmt.Errorf("nn: a batch of %d samples of %d and %d numbers from slices of %d and %d", n, t.in, t.out, len(x), len(y))
	}
	values := [...][]float32{x[:n*t.in], y[:n*t.out]}
	given := values[:]
	if self {
		given = values[:1]
	}
	v, err := r.run(t.steps, n, given...)
	if err != nil {
		return 0, err
	}
	return v[0], nil
}

// StepCount returns the number of training steps done.
func (t *Trainer) StepCount() int64 { return t.steps }

// SetStepCount says how many steps have been done, for a training that is
// resumed: learning rates, optimisers and noise depend on it.
func (t *Trainer) SetStepCount(n int64) { t.steps = n }

// State returns all that changes in training but for the number of steps:
// weights, moving averages, optimiser state. With their values and the step
// count put back, a training goes on as if it had never stopped. Names differ.
func (t *Trainer) State() []*graph.Variable { return t.state }

// Close ends the trainer's threads at once; else they end when it is garbage
// collected.
func (t *Trainer) Close() { t.train.session.Close() }
