//go:build (!amd64 && !arm64) || noasm

package kernel

// currentTiles returns nil: there are no micro-kernels here.
func currentTiles() *tileSet { return nil }

// interleavePair is dst[2i] = a[i], dst[2i+1] = b[i] for i < n.
func interleavePair(dst, a, b []float32, n int) {
	for i := range n {
		dst[2*i], dst[2*i+1] = a[i], b[i]
	}
}
