//go:build !linux && !noasm

package kernel

// requestTiles returns false: how to ask this system for tile registers is not
// implemented.
func requestTiles() bool { return false }
