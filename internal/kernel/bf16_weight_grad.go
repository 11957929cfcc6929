package kernel

// A Conv2DWeightGradBF16 is the planned gradient of a convolution with respect
// to its weights that rounds its operands to bfloat16; see [BF16Available] for
// the arithmetic.
//
// The terms of an image are its output pixels, row by row, a few zeros after
// each row; they are filled up to whole steps. Images come in groups whose
// number depends on the shape. The steps of a group are cut into chains of equal
// length, the last perhaps shorter, of at most weightGradSteps; their sums are
// added in ascending order.
type Conv2DWeightGradBF16 struct {
	shape   ConvShape
	kernels *bf16Kernels

	images      int    // of a group
	rows, pitch int    // of a phase of x, as of bf16ConvPlan; pitch is even
	length      int    // elements of a channel of a phase
	size        int    // elements of an image of x
	terms       int    // of an image
	panel       int    // elements of a panel of dy
	x           []bf16 // (images, StrideH, StrideW, C16, length)
	dy          []bf16 // (panels, images, terms/2, 16, 2)
	steps       []int32
	tiles       bf16Layout // pairs of 16 channels, then taps
	parts       int        // of tiles
	scratch     freeList[*bf16Scratch]

	// Of the Run in progress; first and n are the images of the group.
	dw, xs, dys []float32
	first, n    int
}

const (
	weightGradSteps    = 10      // steps that make a chain: their operands stay in the L1 cache
	weightGradMinSteps = 16      // of a group, so that its sums repay their addition
	weightGradBytes    = 1 << 20 // of a group, to keep it in the L2 cache
)

// NewConv2DWeightGradBF16 plans the gradient of the convolution s, or returns
// nil as [NewConv2DBF16] does. It panics if s is no convolution.
func NewConv2DWeightGradBF16(s ConvShape) *Conv2DWeightGradBF16 {
	s = s.planned()
	k := currentBF16()
	if k == nil || !s.paysInBF16(bf16MinGradWeights) {
		return nil
	}
	return newConv2DWeightGradBF16(k, s)
}

func newConv2DWeightGradBF16(k *bf16Kernels, s ConvShape) *Conv2DWeightGradBF16 {
	c := &Conv2DWeightGradBF16{shape: s, kernels: k}
	c.pitch = roundUp(s.OutW()+(s.KW-1)*s.DilW/s.StrideW, 2)
	c.rows = s.OutH() + (s.KH-1)*s.DilH/s.StrideH
	c.terms = roundUp((s.OutH()-1)*c.pitch+s.OutW(), bf16Step)
	lastTap := (s.KH-1)*s.DilH/s.StrideH*c.pitch + (s.KW-1)*s.DilW/s.StrideW
	c.length = oddLines(max(c.rows*c.pitch, lastTap+c.terms))
	c.size = s.StrideH * s.StrideW * roundUp(s.C, bf16Panel) * c.length
	perImage := c.size + bf16Panels(s.OutC)*bf16Panel*c.terms
	c.images = (weightGradMinSteps*bf16Step + c.terms - 1) / c.terms
	c.images = max(1, min(s.N, c.images, weightGradBytes/(2*perImage)))
	c.x = alloc16(c.images * c.size)
	c.panel = bf16PanelSize(c.images * c.terms)
	c.dy = alloc16(bf16Panels(s.OutC) * c.panel)
	for i := range c.images {
		for k := 0; k < c.terms; k += bf16Step {
			c.steps = append(c.steps, int32(2*(i*c.size+k)))
		}
	}
	c.layTiles()
	c.scratch = newFreeList(func() *bf16Scratch { return newBF16Scratch(0) })
	return c
}

// layTiles lists the tiles of 16 channels by one tap: for every two tiles of
// channels all taps, so that these channels are read from the L1 cache.
func (c *Conv2DWeightGradBF16) layTiles() {
	s := c.shape
	for first := 0; first < s.C; first += 2 * bf16Panel {
		for tap := range s.KH * s.KW {
			i, j := tap/s.KW*s.DilH, tap%s.KW*s.DilW
			phase := i%s.StrideH*s.StrideW + j%s.StrideW
			at := i/s.StrideH*c.pitch + j/s.StrideW
			for channel := first; channel < min(first+2*bf16Panel, s.C); channel += bf16Panel {
				c.tile(at+(phase*roundUp(s.C, bf16Panel)+channel)*c.length, tap*s.C+channel, min(bf16Panel, s.C-channel))
			}
		}
	}
	if len(c.tiles.at)%2 == 1 {
		c.tile(0, 0, 0)
	}
	c.tiles.blocks = len(c.tiles.at) / 2
	c.parts = (c.tiles.blocks + s.KH*s.KW - 1) / (s.KH * s.KW)
}

// tile adds a tile that begins at element at of an image; row is the first of
// its rows of dw, of which so many exist.
func (c *Conv2DWeightGradBF16) tile(at, row, rows int) {
	c.tiles.at = append(c.tiles.at, int32(2*at))
	for r := range bf16Panel {
		to := int32(-1)
		if r < rows {
			to = int32(4 * (row + r) * c.shape.OutC)
		}
		c.tiles.to = append(c.tiles.to, to)
	}
}

// Run computes dw (KH, KW, C, OutC) from x (N, H, W, C) and dy (N, OutH, OutW,
// OutC). One Run at a time.
func (c *Conv2DWeightGradBF16) Run(p *Pool, dw, x, dy []float32) {
	s := c.shape
	s.checkLens("Conv2DWeightGradBF16", len(x), len(dw), len(dy))
	c.dw, c.xs, c.dys = dw, x, dy
	for c.first = 0; c.first < s.N; c.first += c.images {
		c.n = min(c.images, s.N-c.first)
		p.Do(c.n*c.rows, (*weightGradRound)(c))
		p.Do(bf16Panels(s.OutC+bf16Panel)/2*c.parts, (*weightGradSums)(c))
	}
	c.dw, c.xs, c.dys = nil, nil, nil
}

// weightGradRound is the task of rounding a group of images.
type weightGradRound Conv2DWeightGradBF16

// Part rounds row i % rows of the phases of x, and of dy, of image i / rows of
// the group.
func (c *weightGradRound) Part(i int) {
	image, r := i/c.rows, i%c.rows
	for phase := range c.shape.StrideH * c.shape.StrideW {
		c.roundX(image, phase, r)
	}
	if r < c.shape.OutH() {
		c.roundDY(image, r)
	}
}

// roundX rounds and transposes a row of a phase of x.
func (c *weightGradRound) roundX(image, phase, r int) {
	s := c.shape
	h := r*s.StrideH + phase/s.StrideW - s.PadTop
	first := phase%s.StrideW - s.PadLeft
	from := max(0, (s.StrideW-1-first)/s.StrideW)
	to := min(c.pitch, (s.W-first+s.StrideW-1)/s.StrideW)
	if h < 0 || h >= s.H || from >= to {
		return
	}
	dst := c.x[image*c.size+phase*roundUp(s.C, bf16Panel)*c.length+r*c.pitch+from:]
	src := c.xs[(((c.first+image)*s.H+h)*s.W+first+from*s.StrideW)*s.C:]
	for channel := 0; channel < s.C; channel += bf16Panel {
		c.kernels.transposeRows(&dst[channel*c.length], &src[channel], to-from, c.length, s.StrideW*s.C, min(bf16Panel, s.C-channel))
	}
}

// roundDY rounds a row of dy.
func (c *weightGradRound) roundDY(image, r int) {
	s := c.shape
	src := &c.dys[((c.first+image)*s.OutH()+r)*s.OutW()*s.OutC]
	dst := &c.dy[(image*c.terms+r*c.pitch)*bf16Panel]
	c.kernels.pairRows(dst, src, s.OutW(), s.OutC, s.OutC, c.panel)
}

// weightGradSums is the task of adding a group of images to dw.
type weightGradSums Conv2DWeightGradBF16

// Part computes one part of the tiles, for 32 output channels.
func (c *weightGradSums) Part(i int) {
	w := c.scratch.get()
	defer c.scratch.put(w)
	s := c.shape
	j := i / c.parts * bf16Cols
	size := (c.tiles.blocks + c.parts - 1) / c.parts
	lo := i % c.parts * size
	t := &w.bf16Sweep
	t.a, t.aRow = pointer(c.x), 2*c.length
	t.at, t.to = &c.tiles.at[2*lo], &c.tiles.to[bf16Rows*lo]
	t.blocks = min(size, c.tiles.blocks-lo)
	t.bHalf = 2 * c.panel
	t.c = pointer(c.dw[j:])
	t.columns(s.OutC - j)
	steps := c.n * c.terms / bf16Step
	chains := (steps + weightGradSteps - 1) / weightGradSteps
	chain := (steps + chains - 1) / chains
	for k := 0; k < steps; k += chain {
		t.steps, t.n = &c.steps[k], min(chain, steps-k)
		t.b = pointer(c.dy[j/bf16Panel*c.panel+k*bf16Step*bf16Panel:])
		t.flags = 0
		if c.first+k > 0 {
			t.flags = flagAccumulate
		}
		c.kernels.sweep(t)
	}
}
