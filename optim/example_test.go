package optim_test

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/optim"
)

// The minimum of (w-3)² is found by gradient descent.
func Example() {
	w := graph.NewVariable("w", graph.NewTensor())
	loss := graph.Square(graph.Sub(w, graph.Scalar(3)))
	updates := optim.SGD{LearningRate: optim.Constant(0.25)}.Minimize(loss, []*graph.Variable{w})

	session := graph.NewSession[float32](graph.SessionOptions{})
	defer session.Close()
	for range 4 {
		if _, err := session.Run(nil, updates...); err != nil {
			panic(err)
		}
		fmt.Println(w.Value().Data[0])
	}
	// Output:
	// 1.5
	// 2.25
	// 2.625
	// 2.8125
}
