package graph_test

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/graph"
)

// A line is fitted to four points by gradient descent.
func Example() {
	x := graph.Placeholder("x", graph.Unknown, 1)
	y := graph.Placeholder("y", graph.Unknown, 1)
	slope := graph.NewVariable("slope", graph.NewTensor(1, 1))
	offset := graph.NewVariable("offset", graph.NewTensor(1))

	predicted := graph.Add(graph.MatMul(x, slope), offset)
	loss := graph.Mean(graph.Square(graph.Sub(predicted, y)))
	grads := graph.Gradients(loss, slope, offset)
	rate := graph.Scalar(0.1)
	train := []*graph.Node{
		graph.Update(graph.SGDRule{}, slope, nil, grads[0], rate, nil),
		graph.Update(graph.SGDRule{}, offset, nil, grads[1], rate, nil),
	}

	sess := graph.NewSession[float32](graph.SessionOptions{})
	defer sess.Close()
	feeds := map[*graph.Node]*graph.Tensor{
		x: graph.TensorOf([]float32{0, 1, 2, 3}, 4, 1),
		y: graph.TensorOf([]float32{1, 3, 5, 7}, 4, 1),
	}
	for range 500 {
		if _, err := sess.Run(feeds, train...); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("y = %.2f x + %.2f\n", slope.Value().Data[0], offset.Value().Data[0])
	// Output: y = 2.00 x + 1.00
}

// A program is planned once for a batch size and then runs without
// allocating.
func ExampleSession_Plan() {
	x := graph.Placeholder("x", graph.Unknown, 3)
	y := graph.Softmax(x)
	sess := graph.NewSession[float32](graph.SessionOptions{})
	defer sess.Close()
	prog, err := sess.Plan(2, y)
	if err != nil {
		fmt.Println(err)
		return
	}
	copy(prog.Input(x), []float32{0, 0, 0, 10, 0, 0})
	if err := prog.Run(0); err != nil {
		fmt.Println(err)
		return
	}
	out := prog.Output(y)
	fmt.Printf("%v %.3f\n", out.Shape, out.Data)
	// Output: (2, 3) [0.333 0.333 0.333 1.000 0.000 0.000]
}

// Shapes are checked when a node is made.
func ExampleShapeError() {
	defer func() { fmt.Println(recover()) }()
	images := graph.Placeholder("images", graph.Unknown, 784)
	weights := graph.NewVariable("weights", graph.NewTensor(300, 2))
	graph.MatMul(images, weights)
	// Output: graph: matrix product of (None, 784) and (300, 2): inner dimensions 784 and 300 differ
}
