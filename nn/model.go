package nn

import (
	"fmt"
	"slices"

	"github.com/hourglass-codec/hourglass/graph"
)

// A Model is a network from inputs to outputs. It is itself a layer: applying
// it to other nodes shares its weights.
type Model struct {
	name    string
	inputs  []*Node
	outs    []*Node
	order   []*application
	layers  []Layer
	weights []*graph.Variable

	trainer *Trainer
	runner  *runner
}

// NewModel returns the model from an input to an output that depends on no
// other input. With an empty name it is called model, model_1 and so on. It
// panics with a [*BuildError] on a mistake.
func NewModel(name string, input, output *Node) *Model {
	return NewModelOf(name, []*Node{input}, []*Node{output})
}

// NewModelOf is [NewModel] for several inputs and outputs. Such a model can be
// applied with [Model.ApplyAll], saved and loaded; to train and predict a model
// must have one of each.
func NewModelOf(name string, inputs, outputs []*Node) *Model {
	if len(inputs) == 0 || len(outputs) == 0 {
		panic(&BuildError{name, fmt.Errorf("a model without inputs or outputs")})
	}
	for _, n := range inputs {
		if _, ok := n.app.layer.(*inputLayer); !ok {
			panic(&BuildError{name, fmt.Errorf("%q is a %s, not an input", n.app.layer.Name(), n.app.layer.Kind())})
		}
	}
	m := &Model{inputs: slices.Clone(inputs), outs: slices.Clone(outputs)}
	m.name = m.home().claim(name, "model", 0)
	m.collect()
	m.checkNames()
	return m
}

// collect lists the applications that lead to the outputs, each after those
// that it needs, the layers and the weights.
func (m *Model) collect() {
	seen := map[*application]bool{}
	visit := func(*application) {}
	visit = func(app *application) {
		if seen[app] {
			return
		}
		seen[app] = true
		for _, n := range app.in {
			visit(n.app)
		}
		m.add(app)
	}
	for _, n := range append(slices.Clone(m.inputs), m.outs...) {
		visit(n.app)
	}
}

func (m *Model) add(app *application) {
	if in, ok := app.layer.(*inputLayer); ok && !slices.Contains(m.inputs, app.out[0]) {
		panic(&BuildError{m.name, fmt.Errorf("the outputs depend on %q, which is not among the inputs", in.name)})
	}
	m.order = append(m.order, app)
	if slices.Contains(m.layers, app.layer) {
		return
	}
	m.layers = append(m.layers, app.layer)
	for _, v := range app.layer.Weights() {
		if !slices.Contains(m.weights, v) {
			m.weights = append(m.weights, v)
		}
	}
}

// checkNames panics if two layers have one name, as can happen when a model
// joins layers of several builders.
func (m *Model) checkNames() {
	byName := map[string]Layer{}
	m.walk(func(l Layer) {
		if other, ok := byName[l.Name()]; ok && other != l {
			panic(&BuildError{m.name, fmt.Errorf("two layers are called %q", l.Name())})
		}
		byName[l.Name()] = l
	})
}

// walk calls f with the model, its layers and theirs.
func (m *Model) walk(f func(Layer)) {
	f(m)
	for _, l := range m.layers {
		if inner, ok := l.(*Model); ok {
			inner.walk(f)
		} else {
			f(l)
		}
	}
}

// Name returns the model's name.
func (m *Model) Name() string { return m.name }

// Kind returns Model.
func (m *Model) Kind() string { return "Model" }

// Inputs returns the model's inputs, which must not be changed.
func (m *Model) Inputs() []*Node { return m.inputs }

// Outputs returns the model's outputs, which must not be changed.
func (m *Model) Outputs() []*Node { return m.outs }

// Layers returns the model's layers, inputs among them, each after those that
// it needs. They must not be changed.
func (m *Model) Layers() []Layer { return m.layers }

// Node returns the first output of the first use of the layer of a name, nil if
// the model has none: with [NewModel], the way to see inside a model.
func (m *Model) Node(name string) *Node {
	for _, app := range m.order {
		if app.layer.Name() == name {
			return app.out[0]
		}
	}
	return nil
}

// Weights returns all variables of the model's layers, moving averages
// included. Their names differ.
func (m *Model) Weights() []*graph.Variable { return m.weights }

func (m *Model) home() *Builder { return m.inputs[0].app.layer.home() }

// Apply applies a model that has one output to as many nodes as it has inputs.
func (m *Model) Apply(in ...*Node) *Node {
	if len(m.outs) != 1 {
		panic(&BuildError{m.name, fmt.Errorf("Apply wants one output, the model has %d", len(m.outs))})
	}
	return m.ApplyAll(in...)[0]
}

// ApplyAll applies the model to as many nodes as it has inputs and returns a
// node for each output.
func (m *Model) ApplyAll(in ...*Node) []*Node {
	if len(in) != len(m.inputs) {
		panic(&BuildError{m.name, fmt.Errorf("%d inputs given to a model of %d", len(in), len(m.inputs))})
	}
	for i, n := range in {
		if !n.shape.Equal(m.inputs[i].shape) {
			panic(&BuildError{m.name, fmt.Errorf("input of shape %v given where the model has %v", n.shape, m.inputs[i].shape)})
		}
	}
	return apply(m, in).out
}

// Graph builds the model's computation on graph nodes, one for each input, and
// returns one for each output: the way to losses and uses of a model that this
// package does not offer. With training set, layers behave as in training;
// updates are then the nodes to be fetched in each step that keep the moving
// averages.
func (m *Model) Graph(training bool, in ...*graph.Node) (outputs, updates []*graph.Node) {
	if len(in) != len(m.inputs) {
		panic(&BuildError{m.name, fmt.Errorf("%d inputs given to a model of %d", len(in), len(m.inputs))})
	}
	c := &call{training: training}
	outputs = m.outputs(c, in)
	return outputs, c.assignments()
}

func (m *Model) outputs(c *call, in []*graph.Node) []*graph.Node {
	values := map[*Node]*graph.Node{}
	for i, n := range m.inputs {
		values[n] = in[i]
	}
	m.compute(c, values)
	return pick(values, m.outs)
}

// compute builds the value of every node from those of the inputs.
func (m *Model) compute(c *call, values map[*Node]*graph.Node) {
	for _, app := range m.order {
		if len(app.in) == 0 {
			continue // an input
		}
		for i, y := range app.layer.outputs(c, pick(values, app.in)) {
			values[app.out[i]] = y
		}
	}
}

func pick(values map[*Node]*graph.Node, nodes []*Node) []*graph.Node {
	out := make([]*graph.Node, len(nodes))
	for i, n := range nodes {
		out[i] = values[n]
	}
	return out
}

// single panics unless the model has one input and one output.
func (m *Model) single() (input, output *Node) {
	if len(m.inputs) != 1 || len(m.outs) != 1 {
		panic(&BuildError{m.name, fmt.Errorf("want one input and one output, the model has %d and %d", len(m.inputs), len(m.outs))})
	}
	return m.inputs[0], m.outs[0]
}

// sampleSize returns the number of elements of one sample of n.
func sampleSize(n *Node) int { return n.shape[1:].Elements() }
