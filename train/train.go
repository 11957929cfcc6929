package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"time"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/runlog"
)

// Learner is what a run trains: an autoencoder with its optimiser. It must be
// made anew from the run's settings for every [Run.Train], which then restores
// its state.
type Learner interface {
	// Step makes one training step on n images x, (n, H, W, C), to become y,
	// or x itself if y is nil, and returns the mean loss before it.
	Step(x, y []float32, n int) (loss float32, err error)
	// Loss returns the mean loss of n images without training on them.
	Loss(x, y []float32, n int) (float32, error)
	// StepCount and SetStepCount are about the number of steps done.
	StepCount() int64
	SetStepCount(n int64)
	// State returns all else that steps change: weights, moving averages, the
	// optimiser's state. Names differ.
	State() []*graph.Variable
	// Save writes the model to a file, which appears whole or not at all.
	Save(path string) error
}

// A Measurer is a Learner that measures more of its batches than their loss.
type Measurer interface {
	// Measures returns what the last Step or Loss measured: always the same
	// names in the same order, values of this batch's mean.
	Measures() []Measure
}

// A Measure is a named mean over images, such as bits or PSNR.
type Measure struct {
	Name  string
	Value float64
}

// A Scheduled is a Learner whose learning rate changes.
type Scheduled interface {
	// LearningRate returns the rate of the next step.
	LearningRate() float64
}

// Options say how a run is trained, without a bearing on its outcome. The zero
// value is the default.
type Options struct {
	Observer Observer     // told how training goes on; may be nil
	Logger   *slog.Logger // told about damaged checkpoints; nil means silence
	Program  string       // name and version of the program, for the record; "" means that of Create
	// CheckpointEvery is the time between checkpoints within an epoch; 0 means
	// two minutes.
	CheckpointEvery time.Duration
}

// A DivergedError says that a training got a loss or a weight that is no finite
// number. The checkpoints are from before.
type DivergedError struct {
	Step  int64 // the number of the step, from 1
	Epoch int   // the epoch under way, from 1
	What  string
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("train: the training diverged: %s after step %d, in epoch %d; use a lower learning rate", e.What, e.Step, e.Epoch)
}

// Train trains l on data from where the run stands to its end, and returns what
// it recorded of its last epoch. l must be as new, made from the run's
// settings, and data what the run was created with ([ErrDataChanged]).
//
// When ctx is done, Train writes a checkpoint and returns the context's cause.
// After any other error (a [*DivergedError], a full disk) the checkpoints are
// those that were written before it. A run that has done all its epochs gives
// [ErrFinished]; one that another process is training, [ErrBusy].
func (r *Run) Train(ctx context.Context, l Learner, data *dataset.Split, o Options) (*runlog.Finished, error) {
	if fingerprint(data) != r.settings.Data {
		return nil, fmt.Errorf("train: %s: %w", r.dir, ErrDataChanged)
	}
	lock, err := r.lock()
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	t, err := r.prepare(l, data, o)
	if err != nil {
		return nil, err
	}
	result, err := t.train(ctx)
	return result, errors.Join(err, t.log.Close())
}

// prepare brings the learner to where the run stands.
func (r *Run) prepare(l Learner, data *dataset.Split, o Options) (*loop, error) {
	log, err := r.Log()
	if err != nil {
		return nil, err
	}
	if log.Status == runlog.StatusFinished {
		return nil, fmt.Errorf("train: %s: %w (%d epochs)", r.dir, ErrFinished, r.settings.Epochs)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.CheckpointEvery == 0 {
		o.CheckpointEvery = 2 * time.Minute
	}
	t := &loop{
		run: r, learner: l, data: data, opts: o,
		batches: r.settings.batches(data.Train),
		x:       make([]float32, r.settings.BatchSize*data.Train.Size()),
		store:   store{filepath.Join(r.dir, checkpointDir)},
	}
	t.reportEvery = max(1, t.batches.Len()/reportsPerEpoch)
	path, err := t.store.restore(l, &t.at, o.Logger)
	if err != nil {
		return nil, err
	}
	if err := t.at.check(r.settings.Epochs, t.batches.Len()); err != nil {
		return nil, err
	}
	if t.log, err = runlog.Open(r.LogPath()); err != nil {
		return nil, err
	}
	if begun(log) {
		err = t.log.Write(runlog.Resumed{
			Step: t.at.Step, Epoch: t.at.Epoch, Checkpoint: r.relative(path),
			Program: cmp.Or(o.Program, log.Started.Program), Runtime: platform(),
		})
	}
	if err != nil {
		t.log.Close()
		return nil, err
	}
	return t, nil
}

// begun reports whether a process has trained the run before.
func begun(l *runlog.Log) bool {
	return len(l.Steps) > 0 || len(l.Epochs) > 0 || len(l.Checkpoints) > 0 ||
		len(l.Resumptions) > 0 || l.Status == runlog.StatusStopped
}

// finite reports whether v is a number.
func finite[T float32 | float64](v T) bool {
	return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0)
}
