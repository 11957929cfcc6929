package kernel_test

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// A dense layer for a batch of two: planned once, run as often as needed.
func ExampleMatMul() {
	layer := kernel.NewMatMul(
		kernel.MatMulShape{Batch: 1, M: 2, K: 3, N: 2},
		kernel.Epilogue[float32]{Bias: true, Act: kernel.ActRelu},
	)
	x := []float32{1, 2, 3, 4, 5, 6}
	w := []float32{1, -1, 0, 1, 2, -2}
	bias := []float32{0.5, 1}
	y := make([]float32, 4)
	pool := kernel.NewPool(2)
	defer pool.Close()
	layer.Run(pool, y, x, w, bias)
	fmt.Println(y)
	// Output: [7.5 0 16.5 0]
}

// The sum of each pixel's neighbours, in a picture of 3 by 3.
func ExampleConv2D() {
	s := kernel.ConvShape{N: 1, H: 3, W: 3, C: 1, KH: 3, KW: 3, OutC: 1, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1}
	conv := kernel.NewConv2D(s, kernel.Epilogue[float32]{})
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}
	w := []float32{1, 1, 1, 1, 1, 1, 1, 1, 1}
	y := make([]float32, s.OutH()*s.OutW())
	conv.Run(nil, y, x, w, nil)
	fmt.Println(y)
	// Output: [12 21 16 27 45 33 24 39 28]
}

func ExampleMaxPool() {
	s := kernel.PoolShape{N: 1, H: 2, W: 4, C: 1, KH: 2, KW: 2}
	y := make([]float32, s.OutH()*s.OutW())
	kernel.NewMaxPool[float32](s).Run(nil, y, []float32{1, 2, 5, 3, 4, 0, 6, 7})
	fmt.Println(y)
	// Output: [4 7]
}

func ExamplePermute() {
	nhwc := []float32{1, 10, 2, 20, 3, 30} // one row of three pixels of two channels
	nchw := make([]float32, len(nhwc))
	kernel.Permute(nchw, nhwc, []int{1, 1, 3, 2}, []int{0, 3, 1, 2})
	fmt.Println(nchw)
	// Output: [1 2 3 10 20 30]
}
