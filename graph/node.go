package graph

import (
	"fmt"
	"slices"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// Float is an element type that a session may compute in: float32 to work
// with, float64 to check gradients.
type Float = kernel.Float

// An Array is a dense tensor in row-major order.
type Array[T Float] struct {
	Shape Shape
	Data  []T
}

// A Tensor is an Array of the engine's working precision.
type Tensor = Array[float32]

// NewTensor returns a zero tensor.
func NewTensor(shape ...int) *Tensor {
	s := Shape(slices.Clone(shape))
	return &Tensor{Shape: s, Data: make([]float32, s.Elements())}
}

// TensorOf returns a tensor over data, which it keeps. It panics unless the
// number of elements fits.
func TensorOf(data []float32, shape ...int) *Tensor {
	s := Shape(slices.Clone(shape))
	if s.Elements() != len(data) {
		panic(fmt.Sprintf("graph: %d values do not fill shape %v", len(data), s))
	}
	return &Tensor{Shape: s, Data: data}
}

// An Op is what a node computes: one of this package's exported structs, so
// that other engines can translate a graph.
type Op interface {
	fmt.Stringer
	// infer returns the output's shape or panics with a ShapeError.
	infer(in []Shape) Shape
	// grad returns the gradient with respect to each input of n, nil where
	// there is none, given dy, the gradient with respect to n.
	grad(n, dy *Node) []*Node
}

// A Value is what operations take: a *Node, or a *Variable to be read.
type Value interface{ node() *Node }

// A Node is the result of an operation on other nodes.
type Node struct {
	op    Op
	in    []*Node
	shape Shape
}

func (n *Node) node() *Node { return n }

// Op returns the node's operation.
func (n *Node) Op() Op { return n.op }

// Inputs returns the operation's inputs, which must not be changed.
func (n *Node) Inputs() []*Node { return n.in }

// Shape returns the node's shape, which must not be changed.
func (n *Node) Shape() Shape { return n.shape }

// newNode applies op, inferring the shape.
func newNode(op Op, in ...Value) *Node {
	n := &Node{op: op, in: make([]*Node, len(in))}
	for i, v := range in {
		n.in[i] = v.node()
	}
	n.shape = op.infer(shapesOf(n.in))
	return n
}

func shapesOf(nodes []*Node) []Shape {
	s := make([]Shape, len(nodes))
	for i, n := range nodes {
		s[i] = n.shape
	}
	return s
}

// Input is the op of a placeholder.
type Input struct {
	Name  string
	Shape Shape
}

func (o *Input) String() string          { return "placeholder " + o.Name }
func (o *Input) infer([]Shape) Shape     { return o.Shape }
func (o *Input) grad(_, _ *Node) []*Node { return nil }

// Placeholder returns a node whose value is given at each run. Dimensions may
// be [Unknown].
func Placeholder(name string, shape ...int) *Node {
	return newNode(&Input{Name: name, Shape: slices.Clone(shape)})
}

// A Variable is a tensor that keeps its value between runs and that updates
// may change.
type Variable struct {
	name      string
	trainable bool
	value     *Tensor
	read      *Node
}

// NewVariable returns a trainable variable that starts as value, which it
// keeps.
func NewVariable(name string, value *Tensor) *Variable {
	v := &Variable{name: name, trainable: true, value: value}
	v.read = newNode(&Read{v})
	return v
}

// NewState returns a variable that training does not change by gradients:
// moving averages, optimiser state.
func NewState(name string, value *Tensor) *Variable {
	v := NewVariable(name, value)
	v.trainable = false
	return v
}

func (v *Variable) node() *Node { return v.read }

// Name returns the variable's name.
func (v *Variable) Name() string { return v.name }

// Trainable reports whether optimisers change the variable.
func (v *Variable) Trainable() bool { return v.trainable }

// Shape returns the variable's shape.
func (v *Variable) Shape() Shape { return v.value.Shape }

// Value returns the variable's value; runs of float32 sessions read and write
// it in place.
func (v *Variable) Value() *Tensor { return v.value }

// Read is the op of a variable's value.
type Read struct{ Variable *Variable }

func (o *Read) String() string          { return "variable " + o.Variable.name }
func (o *Read) infer([]Shape) Shape     { return o.Variable.value.Shape }
func (o *Read) grad(_, _ *Node) []*Node { return nil }

// Literal is the op of a constant.
type Literal struct{ Value *Tensor }

func (o *Literal) String() string          { return "constant" }
func (o *Literal) infer([]Shape) Shape     { return o.Value.Shape }
func (o *Literal) grad(_, _ *Node) []*Node { return nil }

// Constant returns a node of fixed value.
func Constant(value *Tensor) *Node { return newNode(&Literal{value}) }

// Scalar returns a constant of no dimensions.
func Scalar(v float32) *Node { return Constant(TensorOf([]float32{v})) }

// Host is the op of a scalar that the host computes, in float64, from the
// number of the step: a learning rate, a temperature.
type Host struct {
	Name string
	Func func(step int64) float64
}

func (o *Host) String() string          { return "host value " + o.Name }
func (o *Host) infer([]Shape) Shape     { return Shape{} }
func (o *Host) grad(_, _ *Node) []*Node { return nil }

// HostScalar returns a scalar that is f(step) at each run.
func HostScalar(name string, f func(step int64) float64) *Node {
	return newNode(&Host{name, f})
}
