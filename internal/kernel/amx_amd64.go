//go:build amd64 && !noasm

package kernel

import (
	"sync"

	"golang.org/x/sys/cpu"
)

//go:generate go run -C asm ./amx -out ../amx_kernels_amd64.s -decl ../amx_kernels_amd64.go -pkg kernel

// amxKernels holds the primitives for AMX.
var amxKernels = &bf16Kernels{
	convertRows: func(dst *bf16, src *float32, rows, n, dstRow, srcRow int) {
		amxConvertRows(dst, src, rows, n, 2*dstRow, 4*srcRow)
	},
	pairRows: func(dst *bf16, src *float32, rows, cols, srcRow, panel int) {
		amxPairRows(dst, src, rows, cols, 4*srcRow, 2*panel)
	},
	pairCols: func(dst *bf16, src *float32, n, srcRow, cols int) {
		amxPairCols(dst, src, n, 4*srcRow, cols)
	},
	transposeRows: func(dst *bf16, src *float32, n, dstRow, srcRow, rows int) {
		amxTransposeRows(dst, src, n, 2*dstRow, 4*srcRow, rows)
	},
	sweep: func(s *bf16Sweep) {
		if s.mask>>bf16Panel == 0 {
			amxSweep1(s)
		} else {
			amxSweep2(s)
		}
	},
}

// amxUsable reports whether the CPU has what amxKernels need and the system
// grants the process the tiles. It asks once, when bfloat16 is first wanted:
// with the grant, frames of signals grow by the eight kilobytes of the tiles.
var amxUsable = sync.OnceValue(func() bool {
	x := cpu.X86
	return x.HasAMXTile && x.HasAMXBF16 && x.HasAVX512BF16 && x.HasBMI2 && requestTiles()
})

// currentBF16 returns the bfloat16 primitives of the level in use, or nil.
func currentBF16() *bf16Kernels {
	if level != AVX512 || !amxUsable() {
		return nil
	}
	return amxKernels
}
