package train

import (
	"time"

	"github.com/hourglass-codec/hourglass/runlog"
)

// Observer is told how a training goes on, in its goroutine: the sooner the
// methods return, the better.
type Observer interface {
	// Step is called after each step.
	Step(Progress)
	// Epoch is called after each epoch, once it is recorded and saved.
	Epoch(runlog.Epoch)
}

// Progress is how far a training is.
type Progress struct {
	Epoch, Epochs  int   // the epoch under way, from 1, of how many
	Batch, Batches int   // batches done of the epoch under way, of how many
	Step, Steps    int64 // steps done, of how many in the whole run

	Loss            float64       // mean over the epoch so far
	Validation      *float64      // validation loss after the last epoch; nil if there is none yet
	ImagesPerSecond float64       // of late
	Left            time.Duration // estimated time to the end of the run
	Measures        []Measure     // what a [Measurer] measured of late, smoothed; valid until the next step
}

// progress returns how far the training is.
func (t *loop) progress() Progress {
	epochs, batches := t.run.settings.Epochs, t.batches.Len()
	p := Progress{
		Epoch: t.at.Epoch + 1, Epochs: epochs, Batch: t.at.Batch, Batches: batches,
		Step: t.at.Step, Steps: int64(epochs) * int64(batches),
		Loss: t.at.Loss.value(), ImagesPerSecond: t.clock.imagesPerSecond(),
		Measures: t.recent,
	}
	if t.at.Last != nil {
		p.Validation = t.at.Last.Validation
	}
	p.Left = t.clock.left(p.Steps-p.Step, epochs-t.at.Epoch)
	return p
}

// clock measures a training. It has no bearing on the outcome.
type clock struct {
	began      time.Time     // of the run, had it never stopped
	last       time.Time     // the end of the last step or validation
	saved      time.Time     // the last checkpoint
	stepTime   time.Duration // of a step, smoothed
	stepImages float64       // images of a step, smoothed likewise
	validation time.Duration // of the last validation

	epochTime   time.Duration // of this process's steps of the epoch under way
	epochImages int
}

// start begins to measure a run that has taken so many seconds before.
func (c *clock) start(seconds float64) {
	now := time.Now()
	c.began = now.Add(-time.Duration(seconds * float64(time.Second)))
	c.last, c.saved = now, now
}

// step takes note of the end of a step with n images.
func (c *clock) step(n int) {
	const weight = 0.05 // of the newest step
	now := time.Now()
	d := now.Sub(c.last)
	c.last = now
	c.epochTime += d
	c.epochImages += n
	if c.stepTime == 0 {
		c.stepTime, c.stepImages = d, float64(n)
	}
	c.stepTime += time.Duration(weight * float64(d-c.stepTime))
	c.stepImages += weight * (float64(n) - c.stepImages)
}

// pause keeps what happens between steps out of their time.
func (c *clock) pause() { c.last = time.Now() }

// validated takes note of a validation that began at the given time.
func (c *clock) validated(began time.Time) {
	c.validation = time.Since(began)
	c.pause()
}

// checkpointed takes note of a checkpoint.
func (c *clock) checkpointed() {
	c.pause()
	c.saved = c.last
}

func (c *clock) sinceCheckpoint() time.Duration { return c.last.Sub(c.saved) }

// seconds returns how long the run has taken.
func (c *clock) seconds() float64 { return time.Since(c.began).Seconds() }

// imagesPerSecond returns the speed of late.
func (c *clock) imagesPerSecond() float64 {
	return c.stepImages / max(c.stepTime, 1).Seconds()
}

// epoch returns the mean speed of an epoch's steps and begins with the next.
func (c *clock) epoch() (imagesPerSecond float64) {
	imagesPerSecond = float64(c.epochImages) / max(c.epochTime, 1).Seconds()
	c.epochTime, c.epochImages = 0, 0
	return imagesPerSecond
}

// left estimates how long so many steps and validations will take.
func (c *clock) left(steps int64, validations int) time.Duration {
	return time.Duration(steps)*c.stepTime + time.Duration(validations)*c.validation
}
