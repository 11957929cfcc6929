package kernel

// A Conv2DBF16 is a planned convolution with an [Epilogue] that rounds its
// operands to bfloat16; see [BF16Available] for the arithmetic. Terms are taken
// by kh, then by kw with those first that are a multiple of StrideW, then those
// one more than a multiple, and so on, then by c. Steps end with each such
// group of taps.
type Conv2DBF16 struct {
	shape ConvShape
	plan  *bf16ConvPlan
}

// NewConv2DBF16 plans a convolution, or returns nil where a [Conv2D] is as
// fast: if there are no such kernels here, the convolution is grouped, or the
// image or the number of weights is small. It panics if s is no convolution.
func NewConv2DBF16(s ConvShape, ep Epilogue[float32]) *Conv2DBF16 {
	s = s.planned()
	k := currentBF16()
	if k == nil || !s.paysInBF16(bf16MinWeights) {
		return nil
	}
	return newConv2DBF16(k, s, ep)
}

func newConv2DBF16(k *bf16Kernels, s ConvShape, ep Epilogue[float32]) *Conv2DBF16 {
	return &Conv2DBF16{s, newBF16ConvPlan(k, []*bf16Window{{correlation: s.forward()}}, ep)}
}

// Fewer weights, or fewer positions, leave most of the tiles empty.
const (
	bf16MinWeights     = 1 << 10
	bf16MinGradWeights = 1 << 11 // for the gradient of the weights
	bf16MinPositions   = 16
)

// paysInBF16 reports whether tiles of bfloat16 are faster than float32, by half
// at least, given that they are for so many weights.
func (s ConvShape) paysInBF16(minWeights int) bool {
	return s.Groups == 1 && max(s.C, s.OutC) >= bf16Panel &&
		s.KH*s.KW*s.C*s.OutC >= minWeights && s.OutH()*s.OutW() >= bf16MinPositions
}

// Run computes y (N, OutH, OutW, OutC) from x (N, H, W, C), w (KH, KW, C, OutC)
// and bias (OutC) or nil. y must not overlap the others. One Run at a time.
func (c *Conv2DBF16) Run(p *Pool, y, x, w, bias []float32) {
	c.shape.checkLens("Conv2DBF16", len(x), len(w), len(y))
	c.plan.ep.checkBias("Conv2DBF16", bias, c.shape.OutC)
	c.plan.run(p, y, x, w, bias)
}

// A Conv2DInputGradBF16 is the planned gradient of a convolution with respect
// to its input, or transposed convolution, that rounds its operands to
// bfloat16; see [BF16Available] for the arithmetic. Terms are taken in the
// order of [Conv2DInputGrad]; steps end with each kh.
type Conv2DInputGradBF16 struct {
	shape ConvShape
	plan  *bf16ConvPlan
}

// NewConv2DInputGradBF16 plans the gradient of the convolution s, or returns
// nil as [NewConv2DBF16] does. It panics if s is no convolution.
func NewConv2DInputGradBF16(s ConvShape, ep Epilogue[float32]) *Conv2DInputGradBF16 {
	s = s.planned()
	k := currentBF16()
	if k == nil || !s.paysInBF16(bf16MinWeights) {
		return nil
	}
	return newConv2DInputGradBF16(k, s, ep)
}

func newConv2DInputGradBF16(k *bf16Kernels, s ConvShape, ep Epilogue[float32]) *Conv2DInputGradBF16 {
	var phases []*bf16Window
	for ph := range min(s.StrideH, s.H) {
		for pw := range min(s.StrideW, s.W) {
			c, taps := s.phase(ph, pw)
			if len(taps) == 0 { // an empty sum
				c.kh, c.kw = 0, 0
			}
			phases = append(phases, &bf16Window{correlation: c, taps: taps, gradient: true})
		}
	}
	return &Conv2DInputGradBF16{s, newBF16ConvPlan(k, phases, ep)}
}

// Run computes dx (N, H, W, C) from dy (N, OutH, OutW, OutC), w (KH, KW, C,
// OutC) and bias (C) or nil. dx must not overlap the others. One Run at a time.
func (c *Conv2DInputGradBF16) Run(p *Pool, dx, dy, w, bias []float32) {
	c.shape.checkLens("Conv2DInputGradBF16", len(dx), len(w), len(dy))
	c.plan.ep.checkBias("Conv2DInputGradBF16", bias, c.shape.C)
	c.plan.run(p, dx, dy, w, bias)
}
