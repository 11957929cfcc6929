package optim

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/graph"
)

// Clipping bounds gradients: [ByValue], [ByNorm] or [ByGlobalNorm].
type Clipping interface {
	// clip returns the gradients to use and a scalar that scales them all, nil
	// for 1.
	clip(gradients []*graph.Node) ([]*graph.Node, graph.Value)
}

// ByValue bounds each element of a gradient to -v ... v.
type ByValue float64

func (v ByValue) clip(gradients []*graph.Node) ([]*graph.Node, graph.Value) {
	limit := graph.Scalar(positive(float64(v)))
	least := graph.Neg(limit)
	out := make([]*graph.Node, len(gradients))
	for i, g := range gradients {
		out[i] = graph.Max(graph.Min(g, limit), least)
	}
	return out, nil
}

// ByNorm scales down each gradient whose Euclidean norm exceeds v to norm v.
type ByNorm float64

func (v ByNorm) clip(gradients []*graph.Node) ([]*graph.Node, graph.Value) {
	out := make([]*graph.Node, len(gradients))
	for i, g := range gradients {
		out[i] = graph.Mul(g, shrink(positive(float64(v)), g))
	}
	return out, nil
}

// ByGlobalNorm scales down all gradients by one factor if the Euclidean norm of
// all of them together exceeds v, to norm v (Pascanu, Mikolov and Bengio, "On
// the difficulty of training recurrent neural networks", 2013).
type ByGlobalNorm float64

func (v ByGlobalNorm) clip(gradients []*graph.Node) ([]*graph.Node, graph.Value) {
	return gradients, shrink(positive(float64(v)), gradients...)
}

// shrink returns the scalar limit/max(norm, limit), norm being that of all
// gradients together.
func shrink(limit float32, gradients ...*graph.Node) *graph.Node {
	sum := graph.Sum(graph.Square(gradients[0]))
	for _, g := range gradients[1:] {
		sum = graph.Add(sum, graph.Sum(graph.Square(g)))
	}
	l := graph.Scalar(limit)
	return graph.Div(l, graph.Max(graph.Sqrt(sum), l))
}

// positive panics unless v is.
func positive(v float64) float32 {
	if !(v > 0) {
		panic(fmt.Sprintf("optim: gradients cannot be clipped to %v", v))
	}
	return float32(v)
}
