//go:build amd64 && !noasm

package kernel

func apply1SIMD(Op, []float32, []float32, float32) bool { return false }

func apply2SIMD(_ Op, _, _, _ []float32, _, _ int, _ float32) bool { return false }

func apply3SIMD(_ Op, _, _, _, _ []float32, _, _, _ int) bool { return false }

func accumulateSIMD(ReduceOp, []float32, []float32, []float32, int, int) bool { return false }

func sgdSIMD(_, _ []float32, _ *[4]float32) bool { return false }

func momentumSIMD(_, _, _ []float32, _ *[4]float32) bool { return false }

func nesterovSIMD(_, _, _ []float32, _ *[4]float32) bool { return false }

func adagradSIMD(_, _, _ []float32, _ *[8]float32) bool { return false }

func rmspropSIMD(_, _, _ []float32, _ *[8]float32) bool { return false }

func adamSIMD(_, _, _, _ []float32, _ *[12]float32) bool { return false }

func randomSIMD([]float32, uint64, uint64, uint64, randomParams) bool { return false }
