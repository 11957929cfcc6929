//go:build !amd64 || noasm

package kernel

// currentPools returns nil: there are no SIMD kernels here.
func currentPools() *poolKernels { return nil }
