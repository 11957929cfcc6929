//go:build amd64 && !noasm

package kernel

func accumulateSIMD(op ReduceOp, acc, a, b []float32, rows, stride int) bool {
	two := op.inputs() == 2
	switch {
	case level == AVX512 && two:
		columns2AVX512(op, &acc[0], &a[0], &b[0], len(acc), rows, stride)
	case level == AVX512:
		columns1AVX512(op, &acc[0], &a[0], len(acc), rows, stride)
	case level == AVX2 && two:
		columns2AVX2(op, &acc[0], &a[0], &b[0], len(acc), rows, stride)
	case level == AVX2:
		columns1AVX2(op, &acc[0], &a[0], len(acc), rows, stride)
	default:
		return false
	}
	return true
}

func rowSIMD(op ReduceOp, a, b []float32) (y float32, ok bool) {
	two := op.inputs() == 2
	switch {
	case level == AVX512 && two:
		return row2AVX512(op, &a[0], &b[0], len(a)), true
	case level == AVX512:
		return row1AVX512(op, &a[0], len(a)), true
	case level == AVX2 && two:
		return row2AVX2(op, &a[0], &b[0], len(a)), true
	case level == AVX2:
		return row1AVX2(op, &a[0], len(a)), true
	}
	return 0, false
}
