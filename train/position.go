package train

import "fmt"

// position is where a run stands between two steps: with the learner's state,
// all that a resumed run needs to go on exactly as it would have.
type position struct {
	Step    int64    `json:"step"`           // steps done
	Epoch   int      `json:"epoch"`          // epochs done
	Batch   int      `json:"batch"`          // batches done of the epoch under way
	Loss    mean     `json:"loss"`           // over the epoch under way
	Recent  mean     `json:"recent"`         // since steps were last recorded
	Last    *losses  `json:"last,omitempty"` // of the last epoch done
	Best    *float64 `json:"best,omitempty"` // the lowest score of an epoch
	Seconds float64  `json:"seconds"`        // of training, over all resumptions
}

// check returns an error unless the position lies within a run of so many epochs
// and batches.
func (p position) check(epochs, batches int) error {
	if p.Step < 0 || p.Epoch < 0 || p.Epoch > epochs || p.Batch < 0 || p.Batch > batches || p.Epoch > 0 && p.Last == nil {
		return fmt.Errorf("train: a checkpoint after epoch %d and batch %d does not belong to this run of %d epochs of %d batches",
			p.Epoch, p.Batch, epochs, batches)
	}
	return nil
}

// losses are the results of an epoch.
type losses struct {
	Training   float64  `json:"training"`
	Validation *float64 `json:"validation,omitempty"` // nil if there is nothing to validate on
}

// score is what the best model has least of.
func (l losses) score() float64 {
	if l.Validation != nil {
		return *l.Validation
	}
	return l.Training
}

// mean is a mean over images under way.
type mean struct {
	Sum    float64 `json:"sum"`
	Images int     `json:"images"`
}

// add takes in the mean loss of n images.
func (m *mean) add(loss float32, n int) {
	m.Sum += float64(float64(loss) * float64(n)) // the conversion forbids fusing
	m.Images += n
}

func (m mean) value() float64 { return m.Sum / float64(m.Images) }
