package kernel

import (
	"fmt"
	"slices"
)

// maxAxes is the most axes that Permute takes.
const maxAxes = 6

// Permute copies src, an array of the given shape, into dst with its axes
// reordered: axis i of dst is axis perm[i] of src. dst must not overlap src.
// It allocates nothing and runs in the caller.
func Permute[T Float](dst, src []T, shape, perm []int) {
	if len(shape) > maxAxes || len(perm) != len(shape) {
		// Clones, so that the arguments themselves need no heap.
		panic(fmt.Sprintf("kernel: Permute of shape %v by %v", slices.Clone(shape), slices.Clone(perm)))
	}
	// dims and strides describe dst's axes as seen in src, innermost last.
	var srcStride, dims, strides [maxAxes]int
	size := 1
	for i := len(shape) - 1; i >= 0; i-- {
		srcStride[i] = size
		size *= shape[i]
	}
	checkLen("Permute", "src", len(src), size)
	checkLen("Permute", "dst", len(dst), size)
	n := 0
	for _, axis := range perm {
		switch d, s := shape[axis], srcStride[axis]; {
		case d == 1:
		case n > 0 && strides[n-1] == d*s: // continues the axis before
			dims[n-1] *= d
			strides[n-1] = s
		default:
			dims[n], strides[n] = d, s
			n++
		}
	}
	permuteAxes(dst, src, dims[:n], strides[:n])
}

// permuteAxes fills dst, an array of the given dims, from src, where its axes
// have the given strides.
func permuteAxes[T Float](dst, src []T, dims, strides []int) {
	switch {
	case len(dims) == 0:
		dst[0] = src[0]
	case len(dims) == 1 && strides[0] == 1:
		copy(dst, src[:dims[0]])
	case len(dims) == 1:
		gather(dst, src, strides[0])
	case len(dims) == 2 && strides[0] == 1:
		transpose(dst, src, dims[0], dims[1], strides[1])
	default:
		step := len(dst) / dims[0]
		for i := range dims[0] {
			permuteAxes(dst[i*step:][:step], src[i*strides[0]:], dims[1:], strides[1:])
		}
	}
}

// gather is dst[i] = src[i*stride].
func gather[T Float](dst, src []T, stride int) {
	for i := range dst {
		dst[i] = src[i*stride]
	}
}

// transposeBlock is the side of the blocks in which transpose works: few
// enough cache lines to keep all of them.
const transposeBlock = 16

// transpose is dst[r*cols+c] = src[c*stride+r] for r < rows and c < cols.
func transpose[T Float](dst, src []T, rows, cols, stride int) {
	if set := currentTiles(); set != nil && isFloat32[T]() {
		set.transposeInto(as32(dst), as32(src), rows, cols, cols, stride)
		return
	}
	for r0 := 0; r0 < rows; r0 += transposeBlock {
		for c0 := 0; c0 < cols; c0 += transposeBlock {
			c1 := min(c0+transposeBlock, cols)
			for r := r0; r < min(r0+transposeBlock, rows); r++ {
				gather(dst[r*cols+c0:r*cols+c1], src[c0*stride+r:], stride)
			}
		}
	}
}
