//go:build !amd64 || noasm

package kernel

// currentTiles returns nil: there are no micro-kernels here.
func currentTiles() *tileSet { return nil }
