//go:build !noasm

package kernel

func apply1SIMD(op Op, dst, x []float32, p float32) bool {
	return level == NEON && apply1NEON(op, &dst[0], &x[0], len(dst), p)
}

func apply2SIMD(op Op, dst, a, b []float32, stepA, stepB int, p float32) bool {
	if level != NEON {
		return false
	}
	var va, vb constantVector
	return apply2NEON(op, &dst[0], va.spread(a, stepA), vb.spread(b, stepB), stepA, stepB, len(dst), p)
}

func apply3SIMD(op Op, dst, a, b, c []float32, stepA, stepB, stepC int) bool {
	if level != NEON {
		return false
	}
	var va, vb, vc constantVector
	pa, pb, pc := va.spread(a, stepA), vb.spread(b, stepB), vc.spread(c, stepC)
	return apply3NEON(op, &dst[0], pa, pb, pc, stepA, stepB, stepC, len(dst), 0)
}
