package nn

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/graph"
)

// A runner keeps the programs of one computation, a program for each batch
// size and number of values given.
type runner struct {
	session  *graph.Session[float32]
	inputs   []*graph.Node
	fetches  []*graph.Node
	programs map[programKey]*graph.Program[float32]
}

// A programKey tells programs of one runner apart: n samples, of which values
// inputs are given, the others having the first one's value.
type programKey struct{ n, values int }

// program returns the program for a key.
func (r *runner) program(k programKey) (*graph.Program[float32], error) {
	if p := r.programs[k]; p != nil {
		return p, nil
	}
	same := map[*graph.Node]*graph.Node{}
	for _, ph := range r.inputs[k.values:] {
		same[ph] = r.inputs[0]
	}
	p, err := r.session.PlanSame(k.n, same, r.fetches...)
	if err != nil {
		return nil, err
	}
	if r.programs == nil {
		r.programs = map[programKey]*graph.Program[float32]{}
	}
	r.programs[k] = p
	return p, nil
}

// run computes the fetches for n samples, filling the inputs first, and returns
// the first one's value, which is valid until the next run. Inputs beyond the
// given values have the first one's.
func (r *runner) run(step int64, n int, values ...[]float32) ([]float32, error) {
	p, err := r.program(programKey{n, len(values)})
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		copy(p.Input(r.inputs[i]), v)
	}
	if err := p.Run(step); err != nil {
		return nil, err
	}
	return p.Output(r.fetches[0]).Data, nil
}

// inference returns the runner that predicts.
func (m *Model) inference() *runner {
	if m.runner == nil {
		input, _ := m.single()
		x := graph.Placeholder(m.name, input.shape...)
		y, _ := m.Graph(false, x)
		m.runner = &runner{
			session: graph.NewSession[float32](graph.SessionOptions{}),
			inputs:  []*graph.Node{x}, fetches: y,
		}
	}
	return m.runner
}

// predictBatch is how many samples are predicted at once, if they are small.
const predictBatch = 512

// predictElements bounds the elements of the largest value of a batch, so that
// it stays in the L2 cache on its way from layer to layer.
const predictElements = 1 << 19

// batchSize returns how many samples to predict at once.
func (m *Model) batchSize() int {
	largest := 1
	for _, app := range m.order {
		for _, n := range app.out {
			largest = max(largest, sampleSize(n))
		}
	}
	return min(max(predictElements/largest, 1), predictBatch)
}

// Predict computes the model's output for x, whose first dimension is any
// number of samples. A sample's output does not depend on the others.
func (m *Model) Predict(x *graph.Tensor) (*graph.Tensor, error) {
	input, output := m.single()
	if err := wantSamples("x", x, input); err != nil {
		return nil, err
	}
	n := x.Shape[0]
	y := graph.NewTensor(append([]int{n}, output.shape[1:]...)...)
	return y, m.PredictInto(y.Data, x.Data, n)
}

// PredictInto is [Model.Predict] for n samples from x into dst, which allocates
// only what each batch size needs at its first use.
func (m *Model) PredictInto(dst, x []float32, n int) error {
	input, output := m.single()
	in, out := sampleSize(input), sampleSize(output)
	if len(x) < n*in || len(dst) < n*out {
		return fmt.Errorf("nn: %d samples of %d numbers from a slice of %d, to samples of %d in a slice of %d",
			n, in, len(x), out, len(dst))
	}
	r, batch := m.inference(), m.batchSize()
	for i := 0; i < n; i += batch {
		k := min(batch, n-i)
		y, err := r.run(0, k, x[i*in:(i+k)*in])
		if err != nil {
			return err
		}
		copy(dst[i*out:(i+k)*out], y)
	}
	return nil
}

// wantSamples returns an error unless t is samples of n's shape.
func wantSamples(name string, t *graph.Tensor, n *Node) error {
	if len(t.Shape) == 0 || !t.Shape[1:].Equal(n.shape[1:]) {
		return fmt.Errorf("nn: %s has shape %v, the model wants %v", name, t.Shape, n.shape)
	}
	return nil
}
