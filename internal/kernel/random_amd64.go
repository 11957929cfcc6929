//go:build amd64 && !noasm

package kernel

func randomSIMD(dst []float32, s *randomState, normal bool) bool {
	groups := len(dst) / randomGroup
	switch {
	case level == AVX512 && normal:
		normalAVX512(&dst[0], groups, s)
	case level == AVX512:
		uniformAVX512(&dst[0], groups, s)
	case level == AVX2 && normal:
		normalAVX2(&dst[0], groups, s)
	case level == AVX2:
		uniformAVX2(&dst[0], groups, s)
	default:
		return false
	}
	return true
}
