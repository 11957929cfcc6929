// Package kernel holds the hot loops of the engine: matrix products,
// convolutions, pooling, elementwise maths, reductions and optimiser updates.
//
// # The same bits everywhere
//
// Every float32 kernel gives the same bits on every instruction set, for any
// number of workers, and for one image the same bits whatever else is in its
// batch. Three rules bring that about; docs/numerics.md explains them.
//
//   - A sum of products is one chain of fused multiply-adds in a fixed,
//     documented order of its terms: acc = fma(a[k], b[k], acc), k ascending,
//     from acc = +0. Long reductions are cut into blocks of a fixed size, one
//     chain a block, and the block sums are added in order. How work is tiled
//     or shared between workers never changes a chain.
//   - No other product is fused. Go may contract x*y+z on some architectures;
//     an explicit conversion float32(x*y) forbids it, and [FMA] asks for it.
//   - exp, log, tanh, erf and their kin are our own polynomials, evaluated in
//     that arithmetic, never those of package math, which differ between
//     architectures.
//
// Each kernel is written first as a plain Go loop, generic over float32 and
// float64. SIMD versions stand beside it for float32 and must agree with it
// bit for bit. float64 exists to check gradients numerically; it is plain Go
// only and may use package math.
package kernel

import "unsafe"

// Float is an element type of the engine. float32 is the working precision
// and the only one with the guarantee of equal bits; float64 serves gradient
// checks.
type Float interface{ float32 | float64 }

// isFloat32 reports whether T is float32; the compiler folds it to a constant
// in each instantiation.
func isFloat32[T Float]() bool {
	var z T
	return unsafe.Sizeof(z) == 4
}

// as32 views x, whose element type must be float32, as a []float32.
func as32[T Float](x []T) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// alignment of buffers in bytes: a cache line, and one AVX-512 vector.
const alignment = 64

// Alloc returns a zeroed slice of n elements that starts on a 64-byte
// boundary.
func Alloc[T Float](n int) []T {
	var z T
	size := int(unsafe.Sizeof(z))
	pad := alignment / size
	buf := make([]T, n+pad)
	off := 0
	if r := uintptr(unsafe.Pointer(unsafe.SliceData(buf))) % alignment; r != 0 {
		off = int(alignment-r) / size
	}
	return buf[off : off+n : off+n]
}
