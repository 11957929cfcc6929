//go:build !noasm

package kernel

func randomSIMD(dst []float32, s *randomState, normal bool) bool {
	groups := len(dst) / randomGroup
	switch {
	case level != NEON:
		return false
	case normal:
		normalNEON(&dst[0], groups, s)
	default:
		uniformNEON(&dst[0], groups, s)
	}
	return true
}
