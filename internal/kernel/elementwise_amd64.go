//go:build amd64 && !noasm

package kernel

func apply1SIMD(op Op, dst, x []float32, p float32) bool {
	switch level {
	case AVX512:
		return apply1AVX512(op, &dst[0], &x[0], len(dst), p)
	case AVX2:
		return apply1AVX2(op, &dst[0], &x[0], len(dst), p)
	}
	return false
}

func apply2SIMD(op Op, dst, a, b []float32, stepA, stepB int, p float32) bool {
	var va, vb constantVector
	switch level {
	case AVX512:
		return apply2AVX512(op, &dst[0], va.spread(a, stepA), vb.spread(b, stepB), stepA, stepB, len(dst), p)
	case AVX2:
		return apply2AVX2(op, &dst[0], va.spread(a, stepA), vb.spread(b, stepB), stepA, stepB, len(dst), p)
	}
	return false
}

func apply3SIMD(op Op, dst, a, b, c []float32, stepA, stepB, stepC int) bool {
	var va, vb, vc constantVector
	pa, pb, pc := va.spread(a, stepA), vb.spread(b, stepB), vc.spread(c, stepC)
	switch level {
	case AVX512:
		return apply3AVX512(op, &dst[0], pa, pb, pc, stepA, stepB, stepC, len(dst), 0)
	case AVX2:
		return apply3AVX2(op, &dst[0], pa, pb, pc, stepA, stepB, stepC, len(dst), 0)
	}
	return false
}
