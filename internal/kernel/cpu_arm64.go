//go:build !noasm

package kernel

// detect relies on every arm64 having NEON.
func detect() []Level { return []Level{Plain, NEON} }
