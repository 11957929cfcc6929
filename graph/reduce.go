package graph

import (
	"fmt"
	"slices"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// Reduce is the op of reductions over some axes.
type Reduce struct {
	Kind     kernel.ReduceOp
	Axes     []int // ascending, none negative
	KeepDims bool  // reduced dimensions stay as 1
}

func (o *Reduce) String() string { return fmt.Sprintf("reduce %v over %v", o.Kind, o.Axes) }

func (o *Reduce) infer(in []Shape) Shape {
	out := Shape{}
	for i, d := range in[0] {
		switch {
		case !slices.Contains(o.Axes, i):
			out = append(out, d)
		case o.KeepDims:
			out = append(out, 1)
		}
	}
	return out
}

func (o *Reduce) grad(n, dy *Node) []*Node {
	x := n.in[0]
	y := n
	if !o.KeepDims { // put the reduced axes back as 1, so that y and dy broadcast to x
		y = keepDims(n, x, o.Axes)
		dy = keepDims(dy, x, o.Axes)
	}
	switch o.Kind {
	case kernel.ReduceSum:
		return []*Node{broadcastLike(dy, x)}
	case kernel.ReduceMax, kernel.ReduceMin:
		// Ties share the gradient equally.
		hit := Equal(x, y)
		return []*Node{Mul(hit, Div(dy, reduce(kernel.ReduceSum, hit, true, o.Axes...)))}
	default:
		panic(fmt.Sprintf("graph: %v has no gradient", o))
	}
}

func reduce(kind kernel.ReduceOp, x Value, keep bool, axes ...int) *Node {
	op := &Reduce{Kind: kind, KeepDims: keep}
	s := x.node().shape
	for _, a := range axes {
		op.Axes = append(op.Axes, s.axis(op, a))
	}
	if len(axes) == 0 {
		for i := range s {
			op.Axes = append(op.Axes, i)
		}
	}
	slices.Sort(op.Axes)
	op.Axes = slices.Compact(op.Axes)
	return newNode(op, x)
}

// Sum adds over axes, or over all of them if none are given; negative axes
// count from the end. The summed dimensions disappear.
func Sum(x Value, axes ...int) *Node { return reduce(kernel.ReduceSum, x, false, axes...) }

// SumKeep is Sum with the summed dimensions kept as 1.
func SumKeep(x Value, axes ...int) *Node { return reduce(kernel.ReduceSum, x, true, axes...) }

// ReduceMax returns the maximum over axes, or over all of them if none are
// given. In the gradient, equal maxima share equally.
func ReduceMax(x Value, axes ...int) *Node { return reduce(kernel.ReduceMax, x, false, axes...) }

// ReduceMin returns the minimum over axes, or over all of them if none are
// given. In the gradient, equal minima share equally.
func ReduceMin(x Value, axes ...int) *Node { return reduce(kernel.ReduceMin, x, false, axes...) }

// Mean averages over axes, or over all of them if none are given.
func Mean(x Value, axes ...int) *Node { return perElement(Sum(x, axes...), x) }

// MeanKeep is Mean with the averaged dimensions kept as 1.
func MeanKeep(x Value, axes ...int) *Node { return perElement(SumKeep(x, axes...), x) }

// PerElement scales its first input by elements(first)/elements(second): what
// turns a sum into a mean. The second input gives only its shape.
type PerElement struct{}

func (o *PerElement) String() string         { return "mean scale" }
func (o *PerElement) infer(in []Shape) Shape { return in[0] }
func (o *PerElement) shapeOnly(i int) bool   { return i == 1 }
func (o *PerElement) grad(n, dy *Node) []*Node {
	ratio := newNode(&ElementRatio{}, n.in[0], n.in[1])
	return []*Node{Mul(dy, ratio), nil}
}

func perElement(sum *Node, x Value) *Node { return newNode(&PerElement{}, sum, x) }

// ElementRatio is the scalar elements(first)/elements(second) of the shapes of
// its inputs.
type ElementRatio struct{}

func (o *ElementRatio) String() string          { return "element ratio" }
func (o *ElementRatio) infer([]Shape) Shape     { return Shape{} }
func (o *ElementRatio) shapeOnly(int) bool      { return true }
func (o *ElementRatio) grad(_, _ *Node) []*Node { return []*Node{nil, nil} }

// Broadcast repeats its first input to the shape of its second, by NumPy's
// rule. The second input gives only its shape.
type Broadcast struct{}

func (o *Broadcast) String() string       { return "broadcast" }
func (o *Broadcast) shapeOnly(i int) bool { return i == 1 }
func (o *Broadcast) infer(in []Shape) Shape {
	out := broadcast(o, in[0], in[1])
	if len(out) != len(in[1]) {
		fail(o, in, "the first has more dimensions")
	}
	return out
}
func (o *Broadcast) grad(n, dy *Node) []*Node { return []*Node{sumLike(dy, n.in[0]), nil} }

// broadcastLike returns x repeated to like's shape.
func broadcastLike(x, like *Node) *Node {
	if x.shape.Known() && x.shape.Equal(like.shape) {
		return x
	}
	return newNode(&Broadcast{}, x, like)
}

// Unbroadcast sums its first input to the shape of its second: the gradient of
// a broadcast. The second input gives only its shape.
type Unbroadcast struct{}

func (o *Unbroadcast) String() string           { return "sum to shape" }
func (o *Unbroadcast) shapeOnly(i int) bool     { return i == 1 }
func (o *Unbroadcast) infer(in []Shape) Shape   { return in[1] }
func (o *Unbroadcast) grad(n, dy *Node) []*Node { return []*Node{broadcastLike(dy, n.in[0]), nil} }

// sumLike returns x summed to like's shape.
func sumLike(x, like *Node) *Node {
	if x.shape.Equal(like.shape) {
		return x
	}
	return newNode(&Unbroadcast{}, x, like)
}
