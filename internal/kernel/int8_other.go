//go:build !amd64 || noasm

package kernel

// currentIntSet returns nil: there are no micro-kernels here.
func currentIntSet[In Activations]() *intSet { return nil }

// intSets returns none.
func intSets[In Activations](Level) []*intSet { return nil }

// widen256 is dst[i] = src[i] for i < n. No plan calls it here.
func widen256(dst *int16, src *uint8, n int) { panic("kernel: no micro-kernels") }
