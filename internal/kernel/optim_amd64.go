//go:build amd64 && !noasm

package kernel

func sgdSIMD(w, g []float32, p *[4]float32) bool {
	switch {
	case len(w) == 0:
	case level == AVX512:
		sgdAVX512(&w[0], &g[0], len(w), p)
	case level == AVX2:
		sgdAVX2(&w[0], &g[0], len(w), p)
	default:
		return false
	}
	return true
}

func momentumSIMD(w, v, g []float32, p *[4]float32) bool {
	switch {
	case len(w) == 0:
	case level == AVX512:
		momentumAVX512(&w[0], &v[0], &g[0], len(w), p)
	case level == AVX2:
		momentumAVX2(&w[0], &v[0], &g[0], len(w), p)
	default:
		return false
	}
	return true
}

func nesterovSIMD(w, v, g []float32, p *[4]float32) bool {
	switch {
	case len(w) == 0:
	case level == AVX512:
		nesterovAVX512(&w[0], &v[0], &g[0], len(w), p)
	case level == AVX2:
		nesterovAVX2(&w[0], &v[0], &g[0], len(w), p)
	default:
		return false
	}
	return true
}

func adagradSIMD(w, a, g []float32, p *[8]float32) bool {
	switch {
	case len(w) == 0:
	case level == AVX512:
		adagradAVX512(&w[0], &a[0], &g[0], len(w), p)
	case level == AVX2:
		adagradAVX2(&w[0], &a[0], &g[0], len(w), p)
	default:
		return false
	}
	return true
}

func rmspropSIMD(w, v, g []float32, p *[8]float32) bool {
	switch {
	case len(w) == 0:
	case level == AVX512:
		rmspropAVX512(&w[0], &v[0], &g[0], len(w), p)
	case level == AVX2:
		rmspropAVX2(&w[0], &v[0], &g[0], len(w), p)
	default:
		return false
	}
	return true
}

func adamSIMD(w, m, v, g []float32, p *[12]float32) bool {
	switch {
	case len(w) == 0:
	case level == AVX512:
		adamAVX512(&w[0], &m[0], &v[0], &g[0], len(w), p)
	case level == AVX2:
		adamAVX2(&w[0], &m[0], &v[0], &g[0], len(w), p)
	default:
		return false
	}
	return true
}
