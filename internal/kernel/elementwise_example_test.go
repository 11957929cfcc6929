package kernel_test

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

func ExampleApply2() {
	x := []float32{1, 2, 3, 4}
	mean := []float32{2.5} // one element stands for all
	kernel.Apply2(kernel.Sub, x, x, mean, 0)
	fmt.Println(x)
	// Output: [-1.5 -0.5 0.5 1.5]
}

func ExampleApplyRows2() {
	x := []float32{1, 2, 3, 4, 5, 6} // (2, 3)
	bias := []float32{10, 20, 30}
	kernel.ApplyRows2(kernel.Add, x, x, bias, 2, 3, kernel.Full, kernel.EachRow, 0)
	fmt.Println(x)
	// Output: [11 22 33 14 25 36]
}

func ExampleReduce() {
	x := []float32{1, 2, 3, 4, 5, 6}                                  // (1, 3, 2)
	channels := kernel.NewReduce[float32](kernel.ReduceMean, 1, 3, 2) // planned once
	mean := make([]float32, 2)
	channels.Run(nil, mean, x)
	fmt.Println(mean)
	// Output: [3 4]
}

func ExampleNormal() {
	// The same numbers, whether made at once or in parts.
	all, part := make([]float32, 256), make([]float32, 64)
	kernel.Normal(all, 1, 0, 0, 0, 1)
	kernel.Normal(part, 1, 0, 128, 0, 1)
	fmt.Println(all[130] == part[2])
	// Output: true
}
