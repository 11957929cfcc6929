package nn

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/graph"
)

// Shape lists dimensions; the batch, where it is part, is [graph.Unknown].
type Shape = graph.Shape

// A Node is the symbolic result of applying a layer: a shape, and how to
// compute it.
type Node struct {
	app   *application
	index int // among the layer's outputs
	shape Shape
}

// Shape returns the node's shape, batch first. It must not be changed.
func (n *Node) Shape() Shape { return n.shape }

// An application is one use of a layer.
type application struct {
	layer Layer
	in    []*Node
	out   []*Node
}

// A Layer is something with weights that can be applied: what [New] returns, or
// a [*Model].
type Layer interface {
	// Name returns the layer's name; it has one once it has been applied.
	Name() string
	// Kind returns the name of the layer's type: Dense, Model.
	Kind() string
	// Weights returns the layer's variables in the order of their making;
	// there are none before the first application.
	Weights() []*graph.Variable
	// Apply applies the layer to nodes. Every application shares the weights.
	// It panics with a [*BuildError] if the layer cannot take the shapes.
	Apply(in ...*Node) *Node

	outputs(c *call, in []*graph.Node) []*graph.Node
	home() *Builder
}

// A Config describes a layer: one of this package's structs. Each has a method
// Apply, which makes a new layer and applies it.
type Config interface {
	// forward builds the layer's computation. c gives the layer's weights.
	forward(c *call, in []*graph.Node) *graph.Node
}

// manyInputs is implemented by configs of layers that take more than one node.
type manyInputs interface{ takesMany() }

// New returns a layer to be applied more than once. The first application
// gives it its name and weights.
func New(c Config) Layer { return &layer{config: c, name: nameOf(c)} }

// layer is a layer made from a Config.
type layer struct {
	config  Config
	name    string
	builder *Builder // nil before the first application
	weights []*graph.Variable
}

func (l *layer) Name() string               { return l.name }
func (l *layer) Kind() string               { return kindOf(l.config) }
func (l *layer) Weights() []*graph.Variable { return l.weights }
func (l *layer) home() *Builder             { return l.builder }

func (l *layer) Apply(in ...*Node) *Node {
	if _, many := l.config.(manyInputs); len(in) == 0 || !many && len(in) > 1 {
		panic(&BuildError{l.name, fmt.Errorf("%s applied to %d nodes", l.Kind(), len(in))})
	}
	if l.builder == nil {
		l.builder = in[0].app.layer.home()
		l.name = l.builder.claim(l.name, snakeCase(l.Kind()), 0)
	}
	return apply(l, in).out[0]
}

func (l *layer) outputs(c *call, in []*graph.Node) []*graph.Node {
	outer := c.layer
	c.layer = l
	defer func() { c.layer = outer }()
	return []*graph.Node{l.config.forward(c, in)}
}

// apply applies l, finding the shapes of its outputs by building it for
// inference.
func apply(l Layer, in []*Node) *application {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *graph.ShapeError:
			panic(&BuildError{l.Name(), e})
		default:
			panic(e)
		}
	}()
	app := &application{layer: l, in: in}
	for i, y := range l.outputs(&call{}, placeholders(in)) {
		app.out = append(app.out, &Node{app: app, index: i, shape: y.Shape()})
	}
	return app
}

// placeholders returns a placeholder for each node.
func placeholders(nodes []*Node) []*graph.Node {
	ph := make([]*graph.Node, len(nodes))
	for i, n := range nodes {
		ph[i] = graph.Placeholder(n.app.layer.Name(), n.shape...)
	}
	return ph
}

// inputLayer stands where an input comes from.
type inputLayer struct {
	name    string
	builder *Builder
}

func (l *inputLayer) Name() string               { return l.name }
func (l *inputLayer) Kind() string               { return "InputLayer" }
func (l *inputLayer) Weights() []*graph.Variable { return nil }
func (l *inputLayer) home() *Builder             { return l.builder }
func (l *inputLayer) Apply(...*Node) *Node       { panic("nn: an input cannot be applied") }
func (l *inputLayer) outputs(*call, []*graph.Node) []*graph.Node {
	panic("nn: an input is not computed")
}
