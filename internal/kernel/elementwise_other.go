//go:build (!amd64 && !arm64) || noasm

package kernel

func apply1SIMD(Op, []float32, []float32, float32) bool { return false }

func apply2SIMD(_ Op, _, _, _ []float32, _, _ int, _ float32) bool { return false }

func apply3SIMD(_ Op, _, _, _, _ []float32, _, _, _ int) bool { return false }
