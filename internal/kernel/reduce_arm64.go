//go:build !noasm

package kernel

func accumulateSIMD(op ReduceOp, acc, a, b []float32, rows, stride int) bool {
	switch {
	case level != NEON:
		return false
	case op.inputs() == 2:
		columns2NEON(op, &acc[0], &a[0], &b[0], len(acc), rows, stride)
	default:
		columns1NEON(op, &acc[0], &a[0], len(acc), rows, stride)
	}
	return true
}

// rowSIMD is left to accumulateSIMD.
func rowSIMD(ReduceOp, []float32, []float32) (float32, bool) { return 0, false }
