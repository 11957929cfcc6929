package nn

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/graph"
)

// A call builds a network's computation once, out of graph nodes.
type call struct {
	training bool
	layer    *layer // the one being built
	uses     map[*layer]int
	pending  map[*graph.Variable]*graph.Node // values that training assigns
	assigned []*graph.Variable               // in order
}

// weight returns the current layer's trainable variable of that name, made by
// its first application. A fan is the number of weights that meet in one unit.
func (c *call) weight(part string, init Initializer, fans fans, shape ...int) *graph.Variable {
	return c.variable(part, init, fans, graph.NewVariable, shape)
}

// state is weight for a variable that gradients do not change.
func (c *call) state(part string, init Initializer, shape ...int) *graph.Variable {
	return c.variable(part, init, fans{}, graph.NewState, shape)
}

func (c *call) variable(part string, init Initializer, fans fans,
	create func(string, *graph.Tensor) *graph.Variable, shape []int) *graph.Variable {
	l := c.layer
	name := l.name + "/" + part
	for _, v := range l.weights {
		if v.Name() == name {
			if !v.Shape().Equal(shape) {
				panic(&BuildError{l.name, fmt.Errorf("its %s has shape %v, this input calls for %v", part, v.Shape(), Shape(shape))})
			}
			return v
		}
	}
	for _, d := range shape {
		if d < 1 {
			panic(&BuildError{l.name, fmt.Errorf("its %s would have shape %v", part, Shape(shape))})
		}
	}
	v := create(name, l.builder.initial(name, init, fans, shape))
	l.weights = append(l.weights, v)
	return v
}

// want panics with a BuildError of the current layer unless ok.
func (c *call) want(ok bool, format string, args ...any) {
	if !ok {
		panic(&BuildError{c.layer.name, fmt.Errorf(format, args...)})
	}
}

// initial returns a variable's first value.
func (b *Builder) initial(name string, init Initializer, fans fans, shape []int) *graph.Tensor {
	if b.stored != nil {
		t, ok := b.stored[name]
		if !ok || !t.Shape.Equal(shape) {
			panic(&BuildError{name, fmt.Errorf("the file has no weights of shape %v", Shape(shape))})
		}
		return t
	}
	t := graph.NewTensor(shape...)
	init(t.Data, fans.in, fans.out, b.random(name))
	return t
}

// noiseSeed returns a seed for the current use of the current layer.
func (c *call) noiseSeed() uint64 {
	if c.uses == nil {
		c.uses = map[*layer]int{}
	}
	c.uses[c.layer]++
	return c.layer.builder.random(fmt.Sprintf("%s/noise_%d", c.layer.name, c.uses[c.layer])).Uint64()
}

// current returns what v will be after the assignments so far.
func (c *call) current(v *graph.Variable) graph.Value {
	if n := c.pending[v]; n != nil {
		return n
	}
	return v
}

// assign gives v a new value at the end of a training step.
func (c *call) assign(v *graph.Variable, value *graph.Node) {
	if c.pending == nil {
		c.pending = map[*graph.Variable]*graph.Node{}
	}
	if c.pending[v] == nil {
		c.assigned = append(c.assigned, v)
	}
	c.pending[v] = value
}

// assignments returns the nodes to be fetched in a training step.
func (c *call) assignments() []*graph.Node {
	nodes := make([]*graph.Node, len(c.assigned))
	for i, v := range c.assigned {
		nodes[i] = graph.Assign(v, c.pending[v])
	}
	return nodes
}
