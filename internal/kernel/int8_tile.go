package kernel

import "unsafe"

// An intTile tells a micro-kernel of integer products what to compute: rows of
// int32 sums, each some vectors wide.
//
//	for each group g, row i of it and lane j:
//	    A := a[g] + i·aRow
//	    acc := bias[j]
//	    for r := range runs {
//	        for range k { acc += the products of A and B[j]; A += 4; B += a row }
//	        A += skip[r]
//	    }
//	    c[g][i][j] = acc
//
// The products of a k are those of four bytes: four uint8 by int8, or two
// int16 by int16. Rows of B and C are as wide as the tile. Strides are in
// bytes.
type intTile struct {
	a, c    [4]unsafe.Pointer
	aRow    int
	b, bias unsafe.Pointer
	k, runs int
	skip    unsafe.Pointer // (runs) int
}

// An intKernel is one micro-kernel.
type intKernel struct {
	groups, group, vecs int // groups of group rows
	run                 func(*intTile)
}

// An intSet holds the micro-kernels of one instruction.
type intSet struct {
	name  string
	lanes int // int32 in a vector
	size  int // bytes of an activation; one of uint8 may have to be widened to two
	// rate is how many vectors of products can be done in a cycle, about.
	rate    float64
	kernels []intKernel
	// requant8 and requant16 are requantRows.run for uint8 and int16.
	requant8, requant16 func(*requantRows)
}

// A requantRows tells how to requantise lines of rows of n sums each: of the
// sum v in column j comes
//
//	min(max((v·multiplier[j] >> 32 + round[j]) >> shift[j], min), max)
//
// with a product of 64 bits. Lines and rows are so many bytes apart; a vector
// beyond the sums and constants must be readable.
type requantRows struct {
	dst, src                 unsafe.Pointer
	lines, rows              int
	dstLine, srcLine         int
	dstRow, srcRow           int
	multiplier, round, shift unsafe.Pointer // (n) int32
	n                        int
	min, max                 int32
}
