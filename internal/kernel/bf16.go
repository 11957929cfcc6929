package kernel

import (
	"math"
	"unsafe"
)

// A bf16 is a bfloat16 number: the upper half of a float32.
type bf16 = uint16

// Sizes of the tiles and of what they are cut from.
const (
	bf16Step  = 32             // terms of a step
	bf16Panel = 16             // columns of a panel of B
	pairBytes = 4 * bf16Panel  // of a row of a panel: two terms
	tileBytes = 16 * pairBytes // of a step of a panel
	bf16Rows  = 2 * bf16Panel  // rows of a block of C
	bf16Cols  = 2 * bf16Panel  // columns of a block of C
	tileSums  = bf16Panel * bf16Panel
)

// BF16Available reports whether the bfloat16 kernels can be had: the CPU has
// AMX with bfloat16, the operating system grants its use, and the level in use
// is [AVX512]. The first call asks the system.
//
// The bfloat16 kernels trade precision for speed where the CPU multiplies tiles
// of bfloat16 (Intel AMX). Operands and results stay float32; Run rounds the
// operands to bfloat16, to nearest even, and adds exact products up in float32.
// They stand outside the promise of equal bits on every machine, but their
// results do not depend on the number of workers, nor those of one image on
// the rest of its batch.
//
// A sum is taken 32 terms at a time, in the order that each kernel documents,
// the last step filled up with zeros. A step adds its even terms in one chain
// of fused multiply-adds from +0 and its odd terms in another, then the two
// sums to each other, and that to the sum so far. Subnormal operands and sums
// within a step count as zero (Intel 64 and IA-32 Architectures Software
// Developer's Manual, volume 2, TDPBF16PS and VCVTNE2PS2BF16).
//
// The zeros that fill up a step are multiplied by operands of neighbouring
// sums: one infinity or NaN may so reach more results than in float32.
func BF16Available() bool { return currentBF16() != nil }

// bf16Kernels holds the primitives of one implementation: plain Go or AMX.
// Strides count elements.
type bf16Kernels struct {
	// convertRows is dst[r][i] = bf16(src[r][i]) for r < rows, i < n.
	convertRows func(dst *bf16, src *float32, rows, n, dstRow, srcRow int)
	// pairRows is dst[c/16][r/2][c%16][r%2] = bf16(src[r][c]) for r < rows,
	// c < cols, and 0 for the columns that fill up the last panel and an odd
	// last row's missing partner; panels lie so far apart.
	pairRows func(dst *bf16, src *float32, rows, cols, srcRow, panel int)
	// pairCols is dst[k/2][c][k%2] = bf16(src[c][k]) for k < n, c < cols <= 16,
	// and 0 likewise.
	pairCols func(dst *bf16, src *float32, n, srcRow, cols int)
	// transposeRows is dst[r][k] = bf16(src[k][r]) for k < n, r < rows <= 16.
	transposeRows func(dst *bf16, src *float32, n, dstRow, srcRow, rows int)
	sweep         func(*bf16Sweep)
}

// A bf16Sweep multiplies blocks of 32 rows of A by up to 32 columns of B:
//
//	for each block:
//	    sum (32, 32) = A[rows of the block]·B, in steps of 32 terms
//	    for each row r of 32: if to[r] >= 0: C[to[r]:] = activation(sum[r] + bias),
//	        plus the old C before the bias if flagAccumulate is set
//
// Offsets are in bytes. A block's rows of A are two groups of 16, aRow apart;
// a group begins at at[group] and its terms of step i steps[i] further. B is
// two panels of 16 columns, (n·16, 16, 2): pairs of terms, columns, the pair.
type bf16Sweep struct {
	a      unsafe.Pointer
	aRow   int
	at     *int32 // (blocks, 2)
	blocks int
	steps  *int32 // (n)
	n      int
	b      unsafe.Pointer
	bHalf  int            // from one panel to the other
	sum    unsafe.Pointer // scratch space: (2 columns of tiles, 32, 16) float32
	c      unsafe.Pointer
	to     *int32         // (blocks, 32)
	bias   unsafe.Pointer // or nil
	mask   uint64         // bit j for column j
	flags  uint64         // of tile
	slope  float32        // of flagLeaky
	_      float32
}

// columns sets the columns that exist, from n to the end of C.
func (s *bf16Sweep) columns(n int) { s.mask = 1<<min(n, bf16Cols) - 1 }

// use sets the blocks.
func (s *bf16Sweep) use(l *bf16Layout) {
	s.at, s.to, s.blocks = &l.at[0], &l.to[0], l.blocks
}

// finish sets what happens to finished sums, of columns from j on: the bias
// and, if [Epilogue.inKernel], the activation.
func (s *bf16Sweep) finish(ep Epilogue[float32], bias []float32, j int) {
	if ep.Bias {
		s.bias = unsafe.Pointer(&bias[j])
	}
	switch {
	case !ep.inKernel():
	case ep.Act == ActRelu:
		s.flags |= flagRelu
	case ep.Act == ActLeakyRelu:
		s.flags |= flagLeaky
		s.slope = ep.Alpha
	}
}

// pointer returns the address of x[0].
func pointer[T any](x []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(x)) }

// alloc16 returns n zeros that start on a cache line.
func alloc16(n int) []bf16 {
	return unsafe.Slice((*bf16)(pointer(Alloc[float32]((n+1)/2))), n)
}

// toBF16 rounds x to the nearest bfloat16, ties to even.
func toBF16(x float32) bf16 {
	b := math.Float32bits(x)
	switch {
	case x != x:
		return bf16(b>>16 | 1<<6)
	case b&(0xff<<23) == 0: // zero or subnormal
		return bf16(b >> 31 << 15)
	}
	return bf16((b + 0x7fff + b>>16&1) >> 16)
}

// fromBF16 returns the value of b, zero for a subnormal one.
func fromBF16(b bf16) float32 {
	if b&(0xff<<7) == 0 {
		b &= 1 << 15
	}
	return math.Float32frombits(uint32(b) << 16)
}

// bf16PanelSize returns the elements from one panel of so many terms, a multiple
// of a step, to the next: one cache line more than they take, so that panels
// lie in different sets of the cache.
func bf16PanelSize(terms int) int { return terms*bf16Panel + pairBytes/2 }

// oddLines returns the least length not below n of a row of bfloat16 that
// consists of whole steps and is an odd number of cache lines, so that the rows
// of a tile lie in different sets of the cache.
func oddLines(n int) int {
	steps := (n + bf16Step - 1) / bf16Step
	return (steps | 1) * bf16Step
}
