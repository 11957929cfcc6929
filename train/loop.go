package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/runlog"
)

// reportsPerEpoch is how often steps are recorded in the run log.
const reportsPerEpoch = 50

// loop is a training under way.
type loop struct {
	run     *Run
	learner Learner
	data    *dataset.Split
	opts    Options

	batches     *dataset.Batches
	x           []float32 // (BatchSize, H, W, C)
	log         *runlog.Writer
	store       store
	reportEvery int // steps

	at     position
	clock  clock
	recent measures // of the steps of late
	tested measures // of the last validation
}

// train trains to the end of the run.
func (t *loop) train(ctx context.Context) (*runlog.Finished, error) {
	t.clock.start(t.at.Seconds)
	for t.at.Epoch < t.run.settings.Epochs {
		if err := t.epoch(ctx); err != nil {
			return nil, t.stop(ctx, err)
		}
	}
	return t.finish()
}

// epoch trains to the end of the epoch under way.
func (t *loop) epoch(ctx context.Context) error {
	t.batches.Start(t.at.Epoch, t.at.Batch)
	for t.at.Batch < t.batches.Len() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := t.step(); err != nil {
			return err
		}
		if t.clock.sinceCheckpoint() >= t.opts.CheckpointEvery {
			if err := t.checkpoint(false); err != nil {
				return err
			}
		}
	}
	validation, err := t.validate(ctx)
	if err != nil {
		return err
	}
	return t.endEpoch(losses{t.at.Loss.value(), validation})
}

// step trains on the next batch.
func (t *loop) step() error {
	n := t.batches.Next(t.x)
	loss, err := t.learner.Step(t.x, nil, n)
	if err != nil {
		return fmt.Errorf("train: epoch %d: %w", t.at.Epoch+1, err)
	}
	t.at.Step = t.learner.StepCount()
	if !finite(loss) {
		return t.diverged(fmt.Sprintf("the loss is %v", loss))
	}
	t.at.Batch++
	t.at.Loss.add(loss, n)
	t.at.Recent.add(loss, n)
	t.clock.step(n)
	t.recent.smooth(t.learner)
	if t.opts.Observer != nil {
		t.opts.Observer.Step(t.progress())
	}
	if t.at.Batch%t.reportEvery == 0 {
		return t.report()
	}
	return nil
}

// report records the steps since the last report.
func (t *loop) report() error {
	err := t.log.Write(runlog.Step{
		Step: t.at.Step, Epoch: t.at.Epoch + 1, Loss: runlog.Float(t.at.Recent.value()),
		LearningRate:    runlog.Float(t.learningRate()),
		ImagesPerSecond: runlog.Float(t.clock.imagesPerSecond()), Seconds: runlog.Float(t.clock.seconds()),
	})
	t.at.Recent = mean{}
	return err
}

// learningRate returns that of the next step.
func (t *loop) learningRate() float64 {
	if s, ok := t.learner.(Scheduled); ok {
		return s.LearningRate()
	}
	return t.run.settings.LearningRate
}

// validate returns the mean loss of the test images; nil if there are none.
func (t *loop) validate(ctx context.Context) (*float64, error) {
	set, m := t.data.Test, mean{}
	defer t.clock.validated(time.Now())
	t.tested = nil
	for m.Images < set.N {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		n := set.Float32(t.x, m.Images)
		loss, err := t.learner.Loss(t.x, nil, n)
		if err != nil {
			return nil, fmt.Errorf("train: validation after epoch %d: %w", t.at.Epoch+1, err)
		}
		if !finite(loss) {
			return nil, t.diverged(fmt.Sprintf("the validation loss is %v", loss))
		}
		t.tested.add(t.learner, m.Images, n)
		m.add(loss, n)
	}
	if m.Images == 0 {
		return nil, nil
	}
	loss := m.value()
	return &loss, nil
}

// endEpoch keeps what came of an epoch: the best model, the record, and then
// the checkpoint, so that nothing is missing when a run resumes from it.
func (t *loop) endEpoch(l losses) error {
	if err := t.checkState(); err != nil {
		return err
	}
	best := t.at.Best == nil || l.score() < *t.at.Best
	if best {
		if err := t.learner.Save(t.run.BestPath()); err != nil {
			return err
		}
		score := l.score()
		t.at.Best = &score
	}
	t.at.Epoch++
	t.at.Batch, t.at.Loss, t.at.Recent, t.at.Last = 0, mean{}, mean{}, &l
	record := runlog.Epoch{
		Step: t.at.Step, Epoch: t.at.Epoch, Loss: runlog.Float(l.Training), ValLoss: optional(l.Validation),
		ImagesPerSecond: runlog.Float(t.clock.epoch()), Seconds: runlog.Float(t.clock.seconds()),
		Metrics: t.tested.record(),
	}
	if err := t.log.Write(record); err != nil {
		return err
	}
	if err := t.checkpoint(best); err != nil {
		return err
	}
	if t.opts.Observer != nil {
		t.opts.Observer.Epoch(record)
	}
	return nil
}

// checkpoint writes the learner's state and the position.
func (t *loop) checkpoint(best bool) error {
	if err := t.checkState(); err != nil {
		return err
	}
	t.at.Seconds = t.clock.seconds()
	path, err := t.store.save(t.learner.State(), t.at)
	if err != nil {
		return err
	}
	t.clock.checkpointed()
	return t.log.Write(runlog.Checkpoint{Step: t.at.Step, Epoch: t.at.Epoch, Path: t.run.relative(path), Best: best})
}

// checkState returns a [*DivergedError] if any number of the state is not
// finite: a step with a good loss may have spoilt the weights.
func (t *loop) checkState() error {
	for _, v := range t.learner.State() {
		for _, x := range v.Value().Data {
			if !finite(x) {
				return t.diverged(fmt.Sprintf("%s has the value %v", v.Name(), x))
			}
		}
	}
	return nil
}

func (t *loop) diverged(what string) error {
	return &DivergedError{Step: t.at.Step, Epoch: t.at.Epoch + 1, What: what}
}

// stop ends a training before its time: in order if ctx is the reason.
func (t *loop) stop(ctx context.Context, reason error) error {
	if ctx.Err() != nil && errors.Is(reason, context.Cause(ctx)) {
		if err := t.checkpoint(false); err != nil {
			return err
		}
	}
	// If this cannot be recorded either, the reason itself matters more.
	_ = t.log.Write(runlog.Stopped{Step: t.at.Step, Epoch: t.at.Epoch, Reason: reason.Error()})
	return reason
}

// finish closes a run whose epochs are done.
func (t *loop) finish() (*runlog.Finished, error) {
	if err := t.learner.Save(t.run.ModelPath()); err != nil {
		return nil, err
	}
	f := runlog.Finished{
		Step: t.at.Step, Epoch: t.at.Epoch, Loss: runlog.Float(t.at.Last.Training),
		ValLoss: optional(t.at.Last.Validation), Seconds: runlog.Float(t.clock.seconds()),
	}
	return &f, t.log.Write(f)
}

func optional(v *float64) *runlog.Float {
	if v == nil {
		return nil
	}
	f := runlog.Float(*v)
	return &f
}
