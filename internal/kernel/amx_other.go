//go:build !amd64 || noasm

package kernel

// currentBF16 returns nil: there are no bfloat16 kernels here.
func currentBF16() *bf16Kernels { return nil }
