package kernel_test

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// A layer of a decoder doubles the size of an image by a transposed
// convolution with a kernel of 2x2.
func ExampleNewConv2DTransposeInt8() {
	shape := kernel.ConvShape{N: 1, H: 2, W: 4, C: 1, KH: 2, KW: 2, OutC: 1, StrideH: 2, StrideW: 2}
	upsample, err := kernel.NewConv2DTransposeInt8[uint8, uint8](shape, []int8{127, 64, 32, -127}, kernel.Requant{
		InZero:     100, // x of 100 stands for 0
		Multiplier: []int32{1 << 27},
		Shift:      []uint8{34}, // 2^27/2^34 = 1/128
		OutZero:    128,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	y := make([]uint8, 2*4)
	upsample.Run(nil, y, []uint8{200, 104})
	fmt.Println(y[:4], y[4:])
	// Output: [227 178 132 130] [153 29 129 124]
}
