package metrics

import (
	"fmt"
	"math"
)

// Wang 2004: an 11x11 Gaussian window of standard deviation 1.5, and the two
// constants (K1 L)² and (K2 L)² with K1 = 0.01, K2 = 0.03 and L = 255.
const (
	windowSize = 11
	ssimC1     = (0.01 * 255) * (0.01 * 255)
	ssimC2     = (0.03 * 255) * (0.03 * 255)
)

// gaussian returns the window's one-dimensional factor; it sums to 1.
func gaussian() (g [windowSize]float64) {
	const sigma = 1.5
	var sum float64
	for i := range g {
		d := float64(i - windowSize/2)
		g[i] = math.Exp(-d * d / (2 * sigma * sigma))
		sum += g[i]
	}
	for i := range g {
		g[i] /= sum
	}
	return g
}

// SSIM is the mean structural similarity of Wang et al. 2004, at most 1 and
// 1 for identical images: an 11x11 Gaussian window of standard deviation 1.5
// with population (not sample) variances, only windows that lie within the
// image, no downsampling beforehand, and the mean over channels.
//
// The error wraps [ErrShape] if the images do not have the same shape, and
// [ErrTooSmall] if a side is shorter than 11 pixels.
func SSIM(a, b Image) (float64, error) {
	a, b, err := pair(a, b)
	if err != nil {
		return 0, err
	}
	if min(a.Width, a.Height) < windowSize {
		return 0, fmt.Errorf("%w: SSIM needs sides of at least %d pixels, got %dx%d", ErrTooSmall, windowSize, a.Width, a.Height)
	}
	var sum float64
	for c := range a.Channels {
		ssim, _ := similarity(newPlane(a, c), newPlane(b, c))
		sum += ssim
	}
	return sum / float64(a.Channels), nil
}

// msssimWeights are the exponents of Wang 2003, finest scale first.
var msssimWeights = [...]float64{0.0448, 0.2856, 0.3001, 0.2363, 0.1333}

// MSSSIM is the multi-scale structural similarity of Wang et al. 2003 over
// five scales with the paper's weights: the product of the contrast-structure
// means of the four finer scales and the SSIM of the coarsest, each raised to
// its weight. A scale is the one before averaged over 2x2 blocks (an odd last
// row or column is dropped, as in the authors' program). A mean below zero,
// which has no real power, counts as zero. The result is the mean over
// channels.
//
// The error wraps [ErrShape] if the images do not have the same shape, and
// [ErrTooSmall] if a side is shorter than 11·2⁴ = 176 pixels.
func MSSSIM(a, b Image) (float64, error) {
	a, b, err := pair(a, b)
	if err != nil {
		return 0, err
	}
	if need := windowSize << (len(msssimWeights) - 1); min(a.Width, a.Height) < need {
		return 0, fmt.Errorf("%w: MS-SSIM needs sides of at least %d pixels, got %dx%d", ErrTooSmall, need, a.Width, a.Height)
	}
	var sum float64
	for c := range a.Channels {
		sum += multiscale(newPlane(a, c), newPlane(b, c))
	}
	return sum / float64(a.Channels), nil
}

func multiscale(p, q plane) float64 {
	product := 1.0
	last := len(msssimWeights) - 1
	for scale, weight := range msssimWeights {
		ssim, contrast := similarity(p, q)
		if scale == last {
			return product * math.Pow(max(0, ssim), weight)
		}
		product *= math.Pow(max(0, contrast), weight)
		p, q = p.halved(), q.halved()
	}
	panic("unreachable")
}

// moments are the weighted sums of a window (or of one row of it).
type moments struct{ x, y, xx, yy, xy float64 }

// similarity returns the mean over all whole windows of the SSIM and of its
// contrast-structure factor.
func similarity(p, q plane) (ssim, contrast float64) {
	g := gaussian()
	// rows holds the last 11 rows, each filtered along x, as a ring.
	var rows [windowSize][]moments
	n := p.w - windowSize + 1
	for i := range rows {
		rows[i] = make([]moments, n)
	}
	for y := range p.h {
		filterRow(rows[y%windowSize], p.row(y), q.row(y), &g)
		if y < windowSize-1 {
			continue
		}
		for x := range n {
			var m moments
			for i, w := range g {
				r := &rows[(y+1+i)%windowSize][x] // the oldest row first
				m.x += w * r.x
				m.y += w * r.y
				m.xx += w * r.xx
				m.yy += w * r.yy
				m.xy += w * r.xy
			}
			s, c := m.similarity()
			ssim += s
			contrast += c
		}
	}
	windows := float64(n) * float64(p.h-windowSize+1)
	return ssim / windows, contrast / windows
}

// filterRow writes to dst the moments of each run of 11 samples of p and q.
func filterRow(dst []moments, p, q []float64, g *[windowSize]float64) {
	for x := range dst {
		var m moments
		for i, w := range g {
			a, b := p[x+i], q[x+i]
			m.x += w * a
			m.y += w * b
			m.xx += w * a * a
			m.yy += w * b * b
			m.xy += w * a * b
		}
		dst[x] = m
	}
}

// similarity returns a window's SSIM and its contrast-structure factor.
func (m moments) similarity() (ssim, contrast float64) {
	varX := m.xx - m.x*m.x
	varY := m.yy - m.y*m.y
	cov := m.xy - m.x*m.y
	luminance := (2*m.x*m.y + ssimC1) / (m.x*m.x + m.y*m.y + ssimC1)
	contrast = (2*cov + ssimC2) / (varX + varY + ssimC2)
	return luminance * contrast, contrast
}

// plane is one channel as float64, rows without gaps.
type plane struct {
	w, h int
	pix  []float64
}

func newPlane(m Image, channel int) plane {
	p := plane{m.Width, m.Height, make([]float64, m.Width*m.Height)}
	for y := range m.Height {
		src, dst := m.row(y)[channel:], p.row(y)
		for x := range dst {
			dst[x] = float64(src[x*m.Step])
		}
	}
	return p
}

func (p plane) row(y int) []float64 { return p.pix[y*p.w : (y+1)*p.w] }

// halved averages blocks of 2x2.
func (p plane) halved() plane {
	w, h := p.w/2, p.h/2
	out := plane{w, h, make([]float64, w*h)}
	for y := range h {
		top, bottom, dst := p.row(2*y), p.row(2*y+1), out.row(y)
		for x := range dst {
			dst[x] = (top[2*x] + top[2*x+1] + bottom[2*x] + bottom[2*x+1]) / 4
		}
	}
	return out
}
