package runlog

import (
	"encoding/json"
	"time"
)

// Version is the schema version that this package writes, and the newest that
// it reads.
const Version = 1

// Event is one line of a run log.
type Event struct {
	Time time.Time // when it was written, in UTC
	Body Body
}

// Body is what an event says: one of Started, Resumed, Step, Epoch,
// Checkpoint, Picture, Note, Finished, Stopped or Unknown, as a value.
type Body interface {
	kind() string
	// position is the training step that the event belongs to.
	position() int64
}

// Started opens a run. It holds all that is needed to run it again.
type Started struct {
	Program string `json:"program"` // with version, as in "hourglass v0.1.0"
	Runtime string `json:"runtime"` // as in "go1.26.0 linux/amd64 avx512"
	Model   string `json:"model"`
	Dataset string `json:"dataset"`

	Train      int `json:"train"`      // training images
	Validation int `json:"validation"` // validation images, 0 if none

	Epochs        int    `json:"epochs"`
	StepsPerEpoch int    `json:"steps_per_epoch"`
	BatchSize     int    `json:"batch_size"`
	Seed          uint64 `json:"seed,string"` // a string: JavaScript's numbers end at 2⁵³

	// Settings are all of the trainer's settings, as it would read them back.
	Settings json.RawMessage `json:"settings,omitempty"`
}

// Resumed says that the run goes on from the checkpoint at Step: what was
// recorded for later steps is superseded.
type Resumed struct {
	Step       int64  `json:"step"`
	Epoch      int    `json:"epoch"`
	Checkpoint string `json:"checkpoint"` // path
	Program    string `json:"program"`
	Runtime    string `json:"runtime"`
}

// Step reports on training within an epoch.
type Step struct {
	Step            int64            `json:"step"`  // optimiser steps done, from 1
	Epoch           int              `json:"epoch"` // the epoch under way, from 1
	Loss            Float            `json:"loss"`  // mean since the report before
	LearningRate    Float            `json:"learning_rate"`
	ImagesPerSecond Float            `json:"images_per_second"`
	Seconds         Float            `json:"seconds"` // of training, over all resumptions
	Metrics         map[string]Float `json:"metrics,omitempty"`
}

// Epoch reports on a whole epoch.
type Epoch struct {
	Step            int64            `json:"step"`
	Epoch           int              `json:"epoch"`              // epochs done, from 1
	Loss            Float            `json:"loss"`               // mean over the epoch
	ValLoss         *Float           `json:"val_loss,omitempty"` // nil without validation
	ImagesPerSecond Float            `json:"images_per_second"`
	Seconds         Float            `json:"seconds"` // of training, over all resumptions
	Metrics         map[string]Float `json:"metrics,omitempty"`
}

// Checkpoint says that the state after Step lies in a file.
type Checkpoint struct {
	Step  int64  `json:"step"`
	Epoch int    `json:"epoch"`
	Path  string `json:"path"`
	Best  bool   `json:"best,omitempty"` // the lowest validation loss so far
}

// Picture says that a figure of the state after Step was drawn.
type Picture struct {
	Step  int64  `json:"step"`
	Epoch int    `json:"epoch"`
	Path  string `json:"path"`
	Title string `json:"title"`
}

// Note is a remark for people.
type Note struct {
	Step int64  `json:"step"`
	Text string `json:"text"`
}

// Finished closes a run that did all its epochs.
type Finished struct {
	Step    int64  `json:"step"`
	Epoch   int    `json:"epoch"`
	Loss    Float  `json:"loss"`
	ValLoss *Float `json:"val_loss,omitempty"`
	Seconds Float  `json:"seconds"`
}

// Stopped closes a run that ended early but in order; it may be resumed.
type Stopped struct {
	Step   int64  `json:"step"`
	Epoch  int    `json:"epoch"`
	Reason string `json:"reason"`
}

// Unknown is an event of a kind that this version of the package lacks.
type Unknown struct {
	Kind string
	Data json.RawMessage
}

func (Started) kind() string    { return "started" }
func (Resumed) kind() string    { return "resumed" }
func (Step) kind() string       { return "step" }
func (Epoch) kind() string      { return "epoch" }
func (Checkpoint) kind() string { return "checkpoint" }
func (Picture) kind() string    { return "picture" }
func (Note) kind() string       { return "note" }
func (Finished) kind() string   { return "finished" }
func (Stopped) kind() string    { return "stopped" }
func (u Unknown) kind() string  { return u.Kind }

func (Started) position() int64      { return 0 }
func (r Resumed) position() int64    { return r.Step }
func (s Step) position() int64       { return s.Step }
func (e Epoch) position() int64      { return e.Step }
func (c Checkpoint) position() int64 { return c.Step }
func (p Picture) position() int64    { return p.Step }
func (n Note) position() int64       { return n.Step }
func (f Finished) position() int64   { return f.Step }
func (s Stopped) position() int64    { return s.Step }
func (Unknown) position() int64      { return 0 }

// important says whether an event must survive a power cut: whether the file
// is synced after it.
func important(b Body) bool {
	switch b.(type) {
	case Step, Note, Picture, Unknown:
		return false
	}
	return true
}
