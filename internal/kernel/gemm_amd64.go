//go:build amd64 && !noasm

package kernel

import "unsafe"

//go:generate go run -C asm ./gemm -out ../gemm_tiles_amd64.s -decl ../gemm_tiles_amd64.go -pkg kernel

// transposes holds those of AVX-512 and, after the first, of AVX2.
var transposes = []blockTranspose{{16, transpose16x16}, {8, transpose8x8}}

// tileSets holds the micro-kernels of each level that has some.
var tileSets = func() (sets [NEON + 1]*tileSet) {
	sets[AVX2] = newTileSet(8, 6, tiles256, transposes[1:], copyAVX2)
	sets[AVX2].depthwise = depthwise256
	sets[AVX512] = newTileSet(16, 8, tiles512, transposes, copyAVX512)
	sets[AVX512].depthwise = depthwise512
	return sets
}()

// currentTiles returns the micro-kernels of the level in use, or nil.
func currentTiles() *tileSet { return tileSets[level] }

func copyAVX2(dst, src *float32, rows, n, dstRow, srcRow int) {
	copyRows256(dst, src, rows, 4*dstRow, 4*srcRow, n/8, unsafe.Pointer(&laneMasks[8-n%8]))
}

func copyAVX512(dst, src *float32, rows, n, dstRow, srcRow int) {
	copyRows512(dst, src, rows, 4*dstRow, 4*srcRow, n/16, 1<<(n%16)-1)
}

// interleavePair is dst[2i] = a[i], dst[2i+1] = b[i] for i < n. It needs
// AVX-512, the level of the pair kernels.
func interleavePair(dst, a, b []float32, n int) { interleave512(&dst[0], &a[0], &b[0], n) }
