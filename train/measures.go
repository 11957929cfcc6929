package train

import "github.com/hourglass-codec/hourglass/runlog"

// measures are means of what a [Measurer] measures; nil before the first.
type measures []Measure

// smooth follows the latest batch, the older ones counting less and less.
func (m *measures) smooth(l Learner) {
	const weight = 0.02 // of the newest batch
	m.move(l, weight)
}

// add takes in a batch of n images, after so many before it.
func (m *measures) add(l Learner, before, n int) {
	m.move(l, float64(n)/float64(before+n))
}

// move moves the means towards the last batch by a share of the distance.
func (m *measures) move(l Learner, share float64) {
	measurer, ok := l.(Measurer)
	if !ok {
		return
	}
	latest := measurer.Measures()
	if *m == nil {
		*m = append(*m, latest...)
		return
	}
	for i, v := range latest {
		(*m)[i].Value += share * (v.Value - (*m)[i].Value)
	}
}

// record returns the means as the run log has them.
func (m measures) record() map[string]runlog.Float {
	if m == nil {
		return nil
	}
	r := map[string]runlog.Float{}
	for _, v := range m {
		r[v.Name] = runlog.Float(v.Value)
	}
	return r
}
