package nn

import "github.com/hourglass-codec/hourglass/graph"

// A Loss builds the scalar to be made small from a model's output and the
// target, which have one shape (N, ...).
type Loss func(output, target *graph.Node) *graph.Node

// MeanSquaredError is the mean of (output - target)^2 over all elements.
func MeanSquaredError(output, target *graph.Node) *graph.Node {
	return graph.Mean(graph.Square(graph.Sub(output, target)))
}

// MeanAbsoluteError is the mean of |output - target| over all elements.
func MeanAbsoluteError(output, target *graph.Node) *graph.Node {
	return graph.Mean(graph.Abs(graph.Sub(output, target)))
}

// crossEntropyMargin is how close to 0 and 1 a probability may come.
const crossEntropyMargin = 1e-7

// BinaryCrossEntropy is the mean over all elements of -t*log(y) -
// (1-t)*log(1-y), in nats, for outputs y and targets t in 0 ... 1. Of an output
// that is a sigmoid's it is computed from the sigmoid's input, which loses
// nothing however sure the model is; other outputs are first brought into
// 1e-7 ... 1-1e-7.
func BinaryCrossEntropy(output, target *graph.Node) *graph.Node {
	if z, ok := logits(output); ok {
		return graph.Mean(graph.Sub(graph.Softplus(z), graph.Mul(z, target)))
	}
	y := graph.Min(graph.Max(output, graph.Scalar(crossEntropyMargin)), graph.Scalar(1-crossEntropyMargin))
	one := graph.Scalar(1)
	ones := graph.Mul(target, graph.Log(y))
	zeros := graph.Mul(graph.Sub(one, target), graph.Log(graph.Sub(one, y)))
	return graph.Neg(graph.Mean(graph.Add(ones, zeros)))
}

// sigmoidKind is the kind of [graph.Sigmoid]'s op.
var sigmoidKind = graph.Sigmoid(graph.Scalar(0)).Op().(*graph.Elementwise).Kind

// logits returns the input of the sigmoid that y is.
func logits(y *graph.Node) (*graph.Node, bool) {
	op, ok := y.Op().(*graph.Elementwise)
	if !ok || op.Kind != sigmoidKind {
		return nil, false
	}
	return y.Inputs()[0], true
}
