package kernel

// An inputGradPlan computes the gradient of a convolution with respect to its
// input: a correlation for each of the StrideH·StrideW phases of pixels of dx,
// those that meet the same taps.
type inputGradPlan struct {
	shape  ConvShape
	ep     Epilogue[float32]
	phases []*convPlan
	empty  []correlation // phases that meet no tap
	grid   grid          // over the units of all phases, then the empty phases
}

// newInputGradPlan plans the gradient of s.
func newInputGradPlan(set *tileSet, s ConvShape, ep Epilogue[float32]) *inputGradPlan {
	g := &inputGradPlan{shape: s, ep: ep}
	units := 0
	for ph := range min(s.StrideH, s.H) {
		for pw := range min(s.StrideW, s.W) {
			c, taps := s.phase(ph, pw)
			if len(taps) == 0 {
				g.empty = append(g.empty, c)
				continue
			}
			p := newConvPlan(set, c, ep, taps)
			g.phases = append(g.phases, p)
			units += p.units
		}
	}
	units += len(g.empty)
	g.grid = newGrid(units, s.N*s.macs()/units)
	return g
}

// phase returns the correlation of dy that gives the pixels of dx in rows ph,
// ph+StrideH, ... and columns pw, pw+StrideW, ..., and its taps.
func (s ConvShape) phase(ph, pw int) (c correlation, taps []int) {
	rows := phaseTaps(s.KH, ph+s.PadTop, s.StrideH, s.DilH)
	cols := phaseTaps(s.KW, pw+s.PadLeft, s.StrideW, s.DilW)
	for _, kh := range rows {
		for _, kw := range cols {
			taps = append(taps, kh*s.KW+kw)
		}
	}
	c = correlation{
		n: s.N, h: s.OutH(), w: s.OutW(), c: s.OutC, kh: len(rows), kw: len(cols),
		strideH: 1, strideW: 1,
		dilH: s.DilH / gcd(s.StrideH, s.DilH), dilW: s.DilW / gcd(s.StrideW, s.DilW),
		groups: s.Groups, outC: s.C,
		outH: (s.H - ph + s.StrideH - 1) / s.StrideH, outW: (s.W - pw + s.StrideW - 1) / s.StrideW,
		first: (ph*s.W + pw) * s.C, yImage: s.H * s.W * s.C, yRow: s.StrideH * s.W * s.C, yPixel: s.StrideW * s.C,
	}
	if len(taps) > 0 {
		c.top = (rows[0]*s.DilH - ph - s.PadTop) / s.StrideH
		c.left = (cols[0]*s.DilW - pw - s.PadLeft) / s.StrideW
	}
	return c, taps
}

// phaseTaps returns, descending, the taps k < n with at - k·dil a multiple of
// stride.
func phaseTaps(n, at, stride, dil int) (taps []int) {
	for k := n - 1; k >= 0; k-- {
		if (at-k*dil)%stride == 0 {
			taps = append(taps, k)
		}
	}
	return taps
}

// gcd returns the greatest common divisor.
func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// prepare gets ready for so many workers, the weights and the bias.
func (g *inputGradPlan) prepare(workers int, w, bias []float32) {
	for _, p := range g.phases {
		p.prepare(workers, w, bias, g.shape.OutC)
	}
}

// run computes units lo to hi-1 of dx from dy.
func (g *inputGradPlan) run(lo, hi int, dx, dy, bias []float32) {
	for _, p := range g.phases {
		if lo < min(hi, p.units) {
			p.run(max(lo, 0), min(hi, p.units), dx, dy, nil, bias)
		}
		lo -= p.units
		hi -= p.units
	}
	for i := max(lo, 0); i < hi; i++ {
		g.fillEmpty(g.empty[i], dx, bias)
	}
}

// fillEmpty gives the pixels of a phase that meets no tap their value, an
// empty sum.
func (g *inputGradPlan) fillEmpty(c correlation, dx, bias []float32) {
	for n := range c.n {
		for i := range c.outH {
			for j := range c.outW {
				pixel := dx[c.first+n*c.yImage+i*c.yRow+j*c.yPixel:][:c.outC]
				clear(pixel)
				g.ep.apply(pixel, bias, c.outC)
			}
		}
	}
}
