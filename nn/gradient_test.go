package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
)

// TestLayerGradients compares the gradients of every layer, as it behaves in
// training, with central differences in float64.
func TestLayerGradients(t *testing.T) {
	for i, c := range layerCases {
		t.Run(fmt.Sprintf("%d_%s", i, kindOf(c.config)), func(t *testing.T) {
			checkLayer(t, c.config, c.in)
		})
	}
}

func checkLayer(t *testing.T, config Config, shape Shape) {
	b := &Builder{Seed: 1}
	in := b.Input("x", shape...)
	m := NewModel("m", in, New(config).Apply(in))
	perturb(m.Weights())
	x := graph.Placeholder("x", append(Shape{3}, shape...)...)
	y, _ := m.Graph(true, x)
	weights := graph.Placeholder("weights", y[0].Shape()...)
	loss := graph.Sum(graph.Mul(y[0], weights))

	c := &gradientCheck{
		t: t, session: graph.NewSession[float64](graph.SessionOptions{Threads: 1}), loss: loss,
		feeds: map[*graph.Node]*graph.Array[float64]{x: normals(1, x.Shape()), weights: normals(2, y[0].Shape())},
	}
	defer c.session.Close()
	xs, values := []graph.Value{x}, [][]float64{c.feeds[x].Data}
	for _, v := range m.trainable() {
		xs, values = append(xs, v), append(values, c.session.Values(v))
	}
	c.run(xs, values)
}

// perturb moves weights away from where their initialisers put them, which may
// be special: zero biases, unit scales.
func perturb(vars []*graph.Variable) {
	for i, v := range vars {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		for k := range v.Value().Data {
			v.Value().Data[k] += 0.1 + 0.2*r.Float32()
		}
	}
}

func normals(seed uint64, shape Shape) *graph.Array[float64] {
	r := rand.New(rand.NewPCG(seed, 0))
	a := &graph.Array[float64]{Shape: shape, Data: make([]float64, shape.Elements())}
	for i := range a.Data {
		a.Data[i] = r.NormFloat64()
	}
	return a
}

type gradientCheck struct {
	t       *testing.T
	session *graph.Session[float64]
	loss    *graph.Node
	feeds   map[*graph.Node]*graph.Array[float64]
}

// run compares the gradients with respect to xs, whose values are given.
func (c *gradientCheck) run(xs []graph.Value, values [][]float64) {
	got, err := c.session.Run(c.feeds, graph.Gradients(c.loss, xs...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	const h = 1e-6
	for i, v := range values {
		for k := range v {
			old := v[k]
			v[k] = old + h
			up := c.value()
			v[k] = old - h
			want := (up - c.value()) / (2 * h)
			v[k] = old
			if d := math.Abs(got[i].Data[k] - want); !(d <= 1e-6*(1+math.Abs(want))) {
				c.t.Errorf("gradient %d, element %d: %v, want %v", i, k, got[i].Data[k], want)
				return
			}
		}
	}
}

func (c *gradientCheck) value() float64 {
	out, err := c.session.Run(c.feeds, c.loss)
	if err != nil {
		c.t.Fatal(err)
	}
	return out[0].Data[0]
}

// TestLossGradients does the same for losses, cross-entropy in both its forms.
func TestLossGradients(t *testing.T) {
	for name, c := range map[string]struct {
		loss   Loss
		output func(x *graph.Node) *graph.Node
	}{
		"squared":                    {MeanSquaredError, func(x *graph.Node) *graph.Node { return x }},
		"absolute":                   {MeanAbsoluteError, func(x *graph.Node) *graph.Node { return x }},
		"cross-entropy of a sigmoid": {BinaryCrossEntropy, func(x *graph.Node) *graph.Node { return graph.Sigmoid(x) }},
		"cross-entropy of others": {BinaryCrossEntropy, func(x *graph.Node) *graph.Node {
			return graph.Shift(graph.Scale(graph.Tanh(x), 0.5), 0.5)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			x, target := graph.Placeholder("x", 3, 4), graph.Placeholder("target", 3, 4)
			targets := normals(2, target.Shape())
			for i, v := range targets.Data {
				targets.Data[i] = 1 / (1 + math.Exp(v))
			}
			check := &gradientCheck{
				t: t, session: graph.NewSession[float64](graph.SessionOptions{Threads: 1}),
				loss:  c.loss(c.output(x), target),
				feeds: map[*graph.Node]*graph.Array[float64]{x: normals(1, x.Shape()), target: targets},
			}
			defer check.session.Close()
			check.run([]graph.Value{x}, [][]float64{check.feeds[x].Data})
		})
	}
}
