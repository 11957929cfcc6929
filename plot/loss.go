package plot

import "fmt"

// LossCurves shows how the losses of one or several runs fall over the epochs:
// training solid, validation dashed.
type LossCurves struct {
	Title  string
	YLabel string // "" means "loss"
	LogY   bool
	Runs   []LossRun
}

// LossRun is the losses of one run. A value that is not finite, or not above
// zero on a log axis, leaves a gap, and a note says how many did.
type LossRun struct {
	Name       string    // for the legend; not needed for a single run
	Epochs     []float64 // of each loss; nil means 1, 2, 3 and so on
	Train      []float64 // may be empty
	Validation []float64 // may be empty
}

// fewPoints is up to how many points of a curve are each marked.
const fewPoints = 25

func (f LossCurves) layout() (*sheet, error) {
	c := &chart{
		title: f.Title,
		x:     scale{label: "epoch", integer: true},
		y:     scale{label: orDefault(f.YLabel, "loss"), log: f.LogY},
	}
	dropped := 0
	for i, r := range f.Runs {
		n, err := c.addRun(r, i, len(f.Runs) > 1)
		if err != nil {
			return nil, fmt.Errorf("plot: run %d %q: %w", i, r.Name, err)
		}
		dropped += n
	}
	c.setNote(dropped)
	if len(f.Runs) > 1 {
		c.keys = append(c.keys, f.kinds()...)
	}
	return c.layout()
}

// kinds explains solid and dashed lines where colours tell runs apart.
func (f LossCurves) kinds() (keys []key) {
	var train, validation bool
	for _, r := range f.Runs {
		train = train || len(r.Train) > 0
		validation = validation || len(r.Validation) > 0
	}
	if train {
		keys = append(keys, key{label: "training", style: ink(nil)})
	}
	if validation {
		keys = append(keys, key{label: "validation", style: ink(validationDashes)})
	}
	return keys
}

var validationDashes = []float64{4.5, 2.5}

// addRun adds a run's two curves and returns how many values it left out.
func (c *chart) addRun(r LossRun, i int, several bool) (dropped int, err error) {
	train, validation := nthStyle(i), nthStyle(i)
	if !several {
		validation = nthStyle(1)
	}
	train.line.dashes, validation.line.dashes = nil, validationDashes
	validation.hollow = true
	train.hollow = false
	for _, s := range []struct {
		name   string
		losses []float64
		style  curveStyle
	}{{"training", r.Train, train}, {"validation", r.Validation, validation}} {
		if len(s.losses) == 0 {
			continue
		}
		epochs := r.Epochs
		if epochs == nil {
			epochs = countFromOne(len(s.losses))
		}
		if len(epochs) != len(s.losses) {
			return 0, fmt.Errorf("%d %s losses for %d epochs", len(s.losses), s.name, len(epochs))
		}
		parts, n := c.split(epochs, s.losses)
		dropped += n
		every := markEvery(len(epochs), several)
		c.curves = append(c.curves, curve{parts, s.style, every})
		if !several {
			c.keys = append(c.keys, key{s.name, s.style, every > 0})
		}
	}
	if several {
		name := orDefault(r.Name, fmt.Sprintf("run %d", i+1))
		c.keys = append(c.keys, key{name, train, true})
	}
	return dropped, nil
}

// markEvery marks each of few points, and of many some if the marker is what
// tells a curve from others.
func markEvery(n int, several bool) int {
	switch {
	case n <= fewPoints:
		return 1
	case several:
		return (n + 9) / 10
	}
	return 0
}

func countFromOne(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i + 1)
	}
	return out
}
