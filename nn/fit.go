package nn

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"

	"github.com/hourglass-codec/hourglass/graph"
)

// Compile makes the model ready for [Model.Fit] and [Model.Evaluate], with new
// optimiser state.
func (m *Model) Compile(c CompileConfig) { m.trainer = NewTrainer(m, c) }

// Trainer returns the trainer that Compile made.
func (m *Model) Trainer() *Trainer {
	if m.trainer == nil {
		panic(&BuildError{m.name, errors.New("Compile must come before training")})
	}
	return m.trainer
}

// FitConfig says how [Model.Fit] goes through the data.
type FitConfig struct {
	Epochs       int    // the number of the last epoch; 0 means 1
	InitialEpoch int    // epochs done before
	BatchSize    int    // 0 means 32; the last batch of an epoch may be smaller
	KeepOrder    bool   // do not shuffle
	Seed         uint64 // of the order; epoch e has the same order in every training
	Validation   *Data  // evaluated after each epoch if not nil
	// OnStep is called after each step, OnEpoch after each epoch; an error of
	// either ends the training and is returned.
	OnStep  func(Progress) error
	OnEpoch func(Progress) error
}

// Data are samples and what a model should make of them.
type Data struct {
	X *graph.Tensor // (N, ...)
	Y *graph.Tensor // (N, ...); nil means X
}

// Progress tells where a training stands.
type Progress struct {
	Epoch          int     // from 0
	Step, Steps    int     // steps done in this epoch, of how many
	Loss           float64 // mean over the epoch's samples so far
	ValidationLoss float64 // after an epoch with validation data
}

// History holds the losses of each epoch.
type History struct {
	Loss           []float64 // mean over the samples, while they were trained on
	ValidationLoss []float64 // nil without validation data
}

// Fit trains a compiled model on samples x (N, ...) with targets y (N, ...); a
// nil y means x itself. It ends early with ctx's error, a [*DivergedError] or
// that of a callback; the history is always returned.
func (m *Model) Fit(ctx context.Context, x, y *graph.Tensor, c FitConfig) (*History, error) {
	f := &fit{FitConfig: c, trainer: m.Trainer(), history: &History{}}
	f.Epochs, f.BatchSize = max(c.Epochs, 1), or(c.BatchSize, 32)
	var err error
	if f.data, err = m.samples(Data{x, y}); err != nil {
		return f.history, err
	}
	for epoch := c.InitialEpoch; epoch < f.Epochs && err == nil; epoch++ {
		f.data.order(c.Seed, epoch, !c.KeepOrder)
		err = f.epoch(ctx, Progress{Epoch: epoch, Steps: f.data.batches(f.BatchSize)})
	}
	return f.history, err
}

// fit is a training under way.
type fit struct {
	FitConfig
	trainer *Trainer
	data    *samples
	history *History
}

// epoch goes once through the data.
func (f *fit) epoch(ctx context.Context, p Progress) (err error) {
	sum := 0.0
	for done := 0; done < f.data.n; p.Step++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		x, y, n := f.data.batch(done, f.BatchSize)
		loss, err := f.trainer.Step(x, y, n)
		if err != nil {
			return err
		}
		done += n
		sum += float64(float64(loss) * float64(n))
		p.Loss = sum / float64(done)
		if f.OnStep != nil {
			if err := f.OnStep(p); err != nil {
				return err
			}
		}
	}
	f.history.Loss = append(f.history.Loss, p.Loss)
	if v := f.Validation; v != nil {
		if p.ValidationLoss, err = f.trainer.model.Evaluate(v.X, v.Y); err != nil {
			return err
		}
		f.history.ValidationLoss = append(f.history.ValidationLoss, p.ValidationLoss)
	}
	if f.OnEpoch != nil {
		return f.OnEpoch(p)
	}
	return nil
}

// Evaluate returns the mean loss of a compiled model over samples x (N, ...)
// with targets y (N, ...); a nil y means x itself.
func (m *Model) Evaluate(x, y *graph.Tensor) (float64, error) {
	t := m.Trainer()
	s, err := m.samples(Data{x, y})
	if err != nil {
		return 0, err
	}
	s.order(0, 0, false)
	sum, size := 0.0, m.batchSize()
	for done := 0; done < s.n; {
		x, y, n := s.batch(done, size)
		loss, err := t.Loss(x, y, n)
		if err != nil {
			return 0, err
		}
		done += n
		sum += float64(float64(loss) * float64(n))
	}
	return sum / float64(s.n), nil
}

// samples are data to be taken in batches.
type samples struct {
	n       int
	x, y    []float32 // y is nil if it is x
	in, out int       // elements of a sample
	indices []int     // in the order to take them
	bx, by  []float32 // buffers for batches
}

// samples returns d, or an error if it does not fit the model.
func (m *Model) samples(d Data) (*samples, error) {
	input, output := m.single()
	if err := wantSamples("x", d.X, input); err != nil {
		return nil, err
	}
	s := &samples{n: d.X.Shape[0], x: d.X.Data, in: sampleSize(input), out: sampleSize(output)}
	s.indices = make([]int, s.n)
	targets := d.X
	if d.Y != nil {
		targets, s.y = d.Y, d.Y.Data
	}
	if err := wantSamples("y", targets, output); err != nil {
		return nil, err
	}
	if s.n == 0 || targets.Shape[0] != s.n {
		return nil, fmt.Errorf("nn: %d samples with %d targets", s.n, targets.Shape[0])
	}
	return s, nil
}

// order decides the order of the samples: that of the data, or a Fisher-Yates
// shuffle by the generator PCG-DXSM with state (seed, epoch), so that any
// epoch's order can be regenerated.
func (s *samples) order(seed uint64, epoch int, shuffle bool) {
	for i := range s.indices {
		s.indices[i] = i
	}
	if !shuffle {
		return
	}
	pcg := rand.NewPCG(seed, uint64(epoch))
	for i := s.n - 1; i > 0; i-- {
		j, _ := bits.Mul64(pcg.Uint64(), uint64(i+1))
		s.indices[i], s.indices[j] = s.indices[j], s.indices[i]
	}
}

// batches returns the number of batches of that size.
func (s *samples) batches(size int) int { return (s.n + size - 1) / size }

// batch gathers up to size samples, the first of them at position from of the
// order, and returns their number.
func (s *samples) batch(from, size int) (x, y []float32, n int) {
	indices := s.indices[from:min(from+size, s.n)]
	s.bx = gather(s.bx[:0], s.x, s.in, indices)
	if s.y == nil {
		return s.bx, nil, len(indices)
	}
	s.by = gather(s.by[:0], s.y, s.out, indices)
	return s.bx, s.by, len(indices)
}

// gather appends the samples at indices, of size elements each, to dst.
func gather(dst, from []float32, size int, indices []int) []float32 {
	for _, i := range indices {
		dst = append(dst, from[i*size:(i+1)*size]...)
	}
	return dst
}
