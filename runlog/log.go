package runlog

import "time"

// Status is how far a run has come.
type Status int

// A run that is StatusRunning has no closing event: it runs, or it was killed.
const (
	StatusEmpty Status = iota
	StatusRunning
	StatusFinished
	StatusStopped
)

// String names the status in a word.
func (s Status) String() string {
	return [...]string{"empty", "running", "finished", "stopped"}[s]
}

// Log is the account of a run that its events add up to, without what later
// events superseded: steps and epochs ascend and each occurs once.
//
// The zero value is an empty log. Fields are for reading; only [Log.Add]
// changes them.
type Log struct {
	Started     Started
	Steps       []Step
	Epochs      []Epoch
	Checkpoints []Checkpoint
	Pictures    []Picture
	Notes       []Note
	Resumptions []Resumed // all of them: none supersedes another

	Status  Status
	Reason  string    // why the run stopped, if it was stopped
	Updated time.Time // of the last event
}

// Add takes in the next event of the file.
//
// Started begins afresh. Resumed drops what was recorded for later steps. So
// that a log without it reads as well, a step also drops the steps recorded
// for itself and later ones, and so does an epoch with epochs.
func (l *Log) Add(e Event) {
	switch b := e.Body.(type) {
	case Started:
		*l = Log{Started: b, Status: StatusRunning}
	case Resumed:
		l.rewind(b.Step)
		l.Resumptions = append(l.Resumptions, b)
		l.setStatus(StatusRunning, "")
	case Step:
		l.Steps = append(before(l.Steps, b.Step), b)
		l.setStatus(StatusRunning, "")
	case Epoch:
		l.Epochs = append(before(l.Epochs, b.Step), b)
		l.setStatus(StatusRunning, "")
	case Checkpoint:
		l.Checkpoints = append(l.Checkpoints, b)
	case Picture:
		l.Pictures = append(l.Pictures, b)
	case Note:
		l.Notes = append(l.Notes, b)
	case Finished:
		l.setStatus(StatusFinished, "")
	case Stopped:
		l.setStatus(StatusStopped, b.Reason)
	}
	l.Updated = e.Time
}

func (l *Log) setStatus(s Status, reason string) { l.Status, l.Reason = s, reason }

// rewind drops what was recorded after step. Notes stay: they tell what
// happened, and it did.
func (l *Log) rewind(step int64) {
	l.Steps = before(l.Steps, step+1)
	l.Epochs = before(l.Epochs, step+1)
	l.Checkpoints = before(l.Checkpoints, step+1)
	l.Pictures = before(l.Pictures, step+1)
}

// before cuts off the records at the end that belong to step or a later one.
func before[T Body](records []T, step int64) []T {
	n := len(records)
	for n > 0 && records[n-1].position() >= step {
		n--
	}
	return records[:n]
}

// BestEpoch returns the epoch with the lowest validation loss, or training
// loss where there was no validation; false if no epoch has a finite one.
func (l *Log) BestEpoch() (best Epoch, ok bool) {
	for _, e := range l.Epochs {
		if v := e.score(); isFinite(v) && (!ok || v < best.score()) {
			best, ok = e, true
		}
	}
	return best, ok
}

// score is the loss that epochs are ranked by.
func (e Epoch) score() Float {
	if e.ValLoss != nil {
		return *e.ValLoss
	}
	return e.Loss
}

func isFinite(f Float) bool { return f-f == 0 }
