//go:build !noasm

package kernel

func sgdSIMD(w, g []float32, p *[4]float32) bool {
	if level == NEON && len(w) > 0 {
		sgdNEON(&w[0], &g[0], len(w), p)
	}
	return level == NEON
}

func momentumSIMD(w, v, g []float32, p *[4]float32) bool {
	if level == NEON && len(w) > 0 {
		momentumNEON(&w[0], &v[0], &g[0], len(w), p)
	}
	return level == NEON
}

func nesterovSIMD(w, v, g []float32, p *[4]float32) bool {
	if level == NEON && len(w) > 0 {
		nesterovNEON(&w[0], &v[0], &g[0], len(w), p)
	}
	return level == NEON
}

func adagradSIMD(w, a, g []float32, p *[8]float32) bool {
	if level == NEON && len(w) > 0 {
		adagradNEON(&w[0], &a[0], &g[0], len(w), p)
	}
	return level == NEON
}

func rmspropSIMD(w, v, g []float32, p *[8]float32) bool {
	if level == NEON && len(w) > 0 {
		rmspropNEON(&w[0], &v[0], &g[0], len(w), p)
	}
	return level == NEON
}

func adamSIMD(w, m, v, g []float32, p *[12]float32) bool {
	if level == NEON && len(w) > 0 {
		adamNEON(&w[0], &m[0], &v[0], &g[0], len(w), p)
	}
	return level == NEON
}
