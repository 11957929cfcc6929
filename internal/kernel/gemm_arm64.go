//go:build !noasm

package kernel

import "unsafe"

//go:generate go run -C asm ./gemmneon -out ../gemm_tiles_arm64.s -decl ../gemm_tiles_arm64.go

// neonTiles holds the micro-kernels of level NEON.
var neonTiles = newTileSet(4, 6, tilesNEON, []blockTranspose{{4, transpose4x4}}, copyNEON)

// currentTiles returns the micro-kernels of the level in use, or nil.
func currentTiles() *tileSet {
	if level == NEON {
		return neonTiles
	}
	return nil
}

// copyNEON leaves the copies to copy, which uses vectors on arm64.
func copyNEON(dst, src *float32, rows, n, dstRow, srcRow int) {
	to := unsafe.Slice(dst, (rows-1)*dstRow+n)
	from := unsafe.Slice(src, (rows-1)*srcRow+n)
	for r := range rows {
		copy(to[r*dstRow:][:n], from[r*srcRow:])
	}
}

// interleavePair is dst[2i] = a[i], dst[2i+1] = b[i] for i < n.
func interleavePair(dst, a, b []float32, n int) {
	for i := range n {
		dst[2*i], dst[2*i+1] = a[i], b[i]
	}
}
