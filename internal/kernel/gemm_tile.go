package kernel

import "unsafe"

// A tile tells a micro-kernel what to compute: some rows by some vectors of a
// matrix C, in registers:
//
//	for each row i of C and column j:
//	    acc := C[i][j] if flagAccumulate is set, else +0
//	    for run := range runs {
//	        for range k { acc = fma(A[i], B[j], acc); A += aK; B += bK }
//	        A += aSkip; B += bSkip
//	    }
//	    acc += bias[j] if bias != nil
//	    C[i][j] = activation(acc)
//
// Rows of A lie aRow apart and come in groups, each with its own first address;
// columns of B are contiguous. All strides are in bytes. The two levels of k
// serve a product (one run), a convolution (a run for each row of the kernel)
// and a weight gradient (a run for each row of the image) without rearranging A.
//
// The depthwise kernels take A[i][j], a vector like B, for A[i].
//
// The pair kernels convolve two images, interleaved in A, at once: even lanes
// of B and acc belong to the first image, odd ones to the second, whose C lies
// cPair further on.
type tile struct {
	a           [4]unsafe.Pointer
	aRow, aK    int
	aSkip       int
	b           unsafe.Pointer
	bK, bSkip   int
	c           unsafe.Pointer
	cRow, cPair int
	k, runs     int
	bias        unsafe.Pointer
	mask        uint64         // AVX-512: bit j for lane j of the last vector
	lanes       unsafe.Pointer // AVX2: all ones for each such lane
	flags       uint64
	slope       float32 // of flagLeaky, finite and not negative
	_           float32
}

// Bits of tile.flags.
const (
	flagAccumulate = 1 << iota
	flagRelu
	flagLeaky
)

// A tileKernel is one micro-kernel.
type tileKernel struct {
	rows, group, vecs int  // the rows in groups of group
	pair              bool // for two interleaved images
	ragged, full      func(*tile)
}
