package codec

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/hourglass-codec/hourglass/graph"
)

// A Network holds the weights of a codec as variables and builds its parts on
// graph nodes, for training and for use alike.
//
// Letters in comments: N images, (H, W, C) their shape, (h, w) the grid of
// sites, L latents a site, G global latents, P planes, F features, A quality
// anchors. An image's quality is a vector of A weights that interpolate between
// the anchors.
//
// Latents come in two units. In natural units they are what the transforms
// compute with; times the gain of their channel, which rises with quality, they
// are in steps: rounded to whole numbers, up to a predicted fraction, when an
// image is coded.
type Network struct {
	Config
	vars []*graph.Variable
	seed uint64

	fold      conv // analysis
	foldBlock []block
	latents   conv
	squeeze   conv // towards the global latents
	global    dense

	unfold      dense // of the global latents into planes
	start       conv  // synthesis
	startBlock  []block
	pixels      conv
	gain        *graph.Variable // (A, L), logarithms
	inverse     *graph.Variable // (A, L), logarithms
	globalGain  *graph.Variable // (A, G), logarithms
	globalMean  *graph.Variable // (A, G), in steps
	globalScale *graph.Variable // (A, G), logarithms

	context []contextNet // one for each step
}

// conv is a convolution that keeps the size, with a bias that depends on
// quality.
type conv struct {
	w, b *graph.Variable // (K, K, in, out), (out)
	q    *graph.Variable // (A, out), or nil
}

// block is a residual block: x + b(act(a(act(x)))).
type block struct{ a, b conv }

// dense is a product with a bias.
type dense struct{ w, b *graph.Variable }

// contextNet predicts the latents of a step from the planes and what has been
// coded before.
type contextNet struct{ first, second, last conv }

// slope is that of the transforms' LeakyReLU for negative numbers.
const slope = 0.2

// NewNetwork returns a network with initial weights that follow from the seed.
// It panics if c does not pass [Config.Check].
func NewNetwork(c Config, seed uint64) *Network {
	if err := c.Check(); err != nil {
		panic(err)
	}
	n := &Network{Config: c, seed: seed}
	f, pixels := c.Features, c.Patch*c.Patch*c.Channels
	n.fold = n.conv("analysis/fold", 3, pixels, f, 1, true)
	n.foldBlock = n.blocks("analysis", f)
	n.latents = n.conv("analysis/latents", 3, f, c.Latents(), 1, false)
	if c.Global > 0 {
		sites := c.poolH() * c.poolW()
		n.squeeze = n.conv("analysis/squeeze", 1, f, squeezed, 1, false)
		n.global = n.dense("analysis/global", squeezed*sites, c.Global)
		n.unfold = n.dense("global/unfold", c.Global, sites*c.Planes)
		n.globalGain = n.anchored("global/gain", c.Global, 1)
		n.globalMean = n.fill("global/mean", 0, len(c.Lambdas), c.Global)
		n.globalScale = n.fill("global/scale", 0, len(c.Lambdas), c.Global)
	}
	n.start = n.conv("synthesis/start", 3, c.Latents()+c.planes(), f, 1, true)
	n.startBlock = n.blocks("synthesis", f)
	n.pixels = n.conv("synthesis/pixels", 3, f, pixels, 1, false)
	n.gain = n.anchored("latents/gain", c.Latents(), 1)
	n.inverse = n.anchored("latents/inverse", c.Latents(), -1)
	for i, s := range c.Schedule() {
		name := fmt.Sprintf("context%d", i)
		n.context = append(n.context, contextNet{
			first:  n.conv(name+"/first", 3, max(s.Seen+c.planes(), 1), c.Hidden, 1, true),
			second: n.conv(name+"/second", 1, c.Hidden, c.Hidden, 1, false),
			last:   n.conv(name+"/last", 1, c.Hidden, 2*s.Count, 0.1, false),
		})
	}
	return n
}

// squeezed is the number of channels from which the global latents are made.
const squeezed = 8

// Variables returns the weights, in the order in which a model file has them.
func (n *Network) Variables() []*graph.Variable { return n.vars }

// weight adds a variable drawn from the uniform distribution of variance
// (scale²)/fanIn.
func (n *Network) weight(name string, scale float64, fanIn int, shape ...int) *graph.Variable {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.NewPCG(n.seed, h.Sum64())
	t := graph.NewTensor(shape...)
	limit := scale * math.Sqrt(3/float64(fanIn))
	for i := range t.Data {
		t.Data[i] = float32(limit * (2*(float64(r.Uint64()>>11)/(1<<53)) - 1))
	}
	return n.variable(name, t)
}

func (n *Network) fill(name string, value float32, shape ...int) *graph.Variable {
	t := graph.NewTensor(shape...)
	for i := range t.Data {
		t.Data[i] = value
	}
	return n.variable(name, t)
}

func (n *Network) variable(name string, t *graph.Tensor) *graph.Variable {
	v := graph.NewVariable(name, t)
	n.vars = append(n.vars, v)
	return v
}

// anchored returns logarithms of gains, for each anchor and channel: at first
// steps of a fifth at lambda 1, and such as give equal slopes elsewhere.
func (n *Network) anchored(name string, channels int, sign float64) *graph.Variable {
	t := graph.NewTensor(len(n.Lambdas), channels)
	for i := range t.Data {
		t.Data[i] = float32(sign * math.Log(5*math.Sqrt(n.Lambdas[i/channels])))
	}
	return n.variable(name, t)
}

func (n *Network) conv(name string, k, in, out int, scale float64, anchored bool) conv {
	c := conv{w: n.weight(name+"/kernel", scale, k*k*in, k, k, in, out), b: n.fill(name+"/bias", 0, out)}
	if anchored {
		c.q = n.fill(name+"/quality", 0, len(n.Lambdas), out)
	}
	return c
}

func (n *Network) dense(name string, in, out int) dense {
	return dense{n.weight(name+"/kernel", 1, in, in, out), n.fill(name+"/bias", 0, out)}
}

func (n *Network) blocks(name string, f int) []block {
	bs := make([]block, n.Blocks)
	for i := range bs {
		bs[i] = block{
			a: n.conv(fmt.Sprintf("%s/block%d/a", name, i), 3, f, f, math.Sqrt2, false),
			b: n.conv(fmt.Sprintf("%s/block%d/b", name, i), 3, f, f, 0.3, false),
		}
	}
	return bs
}

// apply convolves x (N, h, w, in) to (N, h, w, out). quality (N, A) may be nil
// if the bias does not depend on it.
func (c conv) apply(x graph.Value, quality *graph.Node) *graph.Node {
	y := graph.Add(graph.Conv2D(x, c.w, graph.Stride(1, graph.Same)), c.b)
	return c.addQuality(y, quality)
}

func (c conv) addQuality(y, quality *graph.Node) *graph.Node {
	if c.q == nil {
		return y
	}
	bias := graph.MatMul(quality, c.q)
	return graph.Add(y, graph.Reshape(bias, graph.Unknown, 1, 1, c.q.Shape()[1]))
}

// applyInt is apply as the entropy model computes it: x holds whole numbers,
// multiples of 1/activationUnit, and the weights are rounded to as many steps
// as eight bits have.
func (c conv) applyInt(x, quality *graph.Node) *graph.Node {
	k, step := eightBits(c.w)
	y := graph.Conv2D(x, k, graph.Stride(1, graph.Same))
	y = graph.Add(graph.Mul(y, graph.Scale(step, 1.0/activationUnit)), c.b)
	return c.addQuality(y, quality)
}

// eightBits returns the whole numbers from -127 to 127 that stand for the
// weights w (..., out), and the step (out) that they count. Gradients pass the
// rounding.
func eightBits(w *graph.Variable) (k, step *graph.Node) {
	axes := make([]int, len(w.Shape())-1)
	for i := range axes {
		axes[i] = i
	}
	largest := graph.Max(graph.ReduceMax(graph.Abs(w), axes...), graph.Scalar(1e-6))
	step = graph.StopGradient(graph.Scale(largest, 1.0/127))
	return graph.Round(graph.Div(w, step)), step
}

func (b block) apply(x *graph.Node) *graph.Node {
	t := graph.LeakyRelu(b.a.apply(graph.LeakyRelu(x, slope), nil), slope)
	return graph.Add(x, b.b.apply(t, nil))
}

// Analysis returns the latents (N, h, w, L) and the global latents (N, G) of
// images x (N, H, W, C) of values from 0 to 1, in natural units; the second is
// nil if the codec has none.
func (n *Network) Analysis(x, quality *graph.Node) (y, z *graph.Node) {
	t := graph.Shift(x, -0.5)
	if bottom, right := n.GridH()*n.Patch-n.Height, n.GridW()*n.Patch-n.Width; bottom > 0 || right > 0 {
		t = graph.Pad(t, []int{0, 0, 0, 0}, []int{0, bottom, right, 0})
	}
	t = n.fold.apply(graph.PixelUnshuffle(t, n.Patch), quality)
	for _, b := range n.foldBlock {
		t = b.apply(t)
	}
	y = n.latents.apply(t, nil)
	if n.Global == 0 {
		return y, nil
	}
	s := n.squeeze.apply(graph.LeakyRelu(t, slope), nil)
	if p := n.pool(); p > 1 {
		s = graph.AveragePool2D(s, p, p, graph.Stride(p, graph.Same))
	}
	return y, graph.Add(graph.MatMul(graph.Flatten(s), n.global.w), n.global.b)
}

// Planes returns what global latents z (N, G), in natural units, tell about
// each site: (N, h, w, P), multiples of 1/activationUnit.
func (n *Network) Planes(z *graph.Node) *graph.Node {
	k, step := eightBits(n.unfold.w)
	t := graph.Add(graph.Mul(graph.MatMul(z, k), step), n.unfold.b)
	t = graph.Reshape(t, graph.Unknown, n.poolH(), n.poolW(), n.Config.Planes)
	if p := n.pool(); p > 1 {
		t = graph.Upsample2D(t, p, p, graph.Nearest)
		t = graph.Slice(t, []int{0, 0, 0, 0}, []int{graph.Unknown, n.GridH(), n.GridW(), n.Config.Planes})
	}
	return graph.Scale(whole(t, activationUnit, -128, 127), 1.0/activationUnit)
}

// Synthesis returns the images (N, H, W, C) for latents y (N, h, w, L), in
// steps times their [Network.InverseGain], and planes (N, h, w, P), nil if
// there are none. Values are meant to be from 0 to 1 but may leave that range.
func (n *Network) Synthesis(y, planes, quality *graph.Node) *graph.Node {
	t := y
	if planes != nil {
		t = graph.Concat(3, planes, t)
	}
	t = n.start.apply(t, quality)
	for _, b := range n.startBlock {
		t = b.apply(t)
	}
	x := graph.Shift(graph.PixelShuffle(n.pixels.apply(t, nil), n.Patch), 0.5)
	if n.GridH()*n.Patch > n.Height || n.GridW()*n.Patch > n.Width {
		x = graph.Slice(x, []int{0, 0, 0, 0}, []int{graph.Unknown, n.Height, n.Width, n.Channels})
	}
	return x
}

// Gain returns the steps in a natural unit of each latent (N, 1, 1, L).
func (n *Network) Gain(quality *graph.Node) *graph.Node { return n.perChannel(n.gain, quality) }

// InverseGain returns what the synthesis takes a step of each latent for, (N, 1,
// 1, L): the gain's inverse at first, but learned.
func (n *Network) InverseGain(quality *graph.Node) *graph.Node {
	return n.perChannel(n.inverse, quality)
}

// perChannel returns the exponentials of logarithms (A, L) as (N, 1, 1, L).
func (n *Network) perChannel(logarithms *graph.Variable, quality *graph.Node) *graph.Node {
	g := graph.Exp(graph.MatMul(quality, logarithms))
	return graph.Reshape(g, graph.Unknown, 1, 1, logarithms.Shape()[1])
}

// GlobalModel returns, for each of the global latents, the steps in a natural
// unit, and the mean, in steps, and the logarithm of the scale, in steps, of
// its distribution, all (N, G).
func (n *Network) GlobalModel(quality *graph.Node) (gain, mean, logScale *graph.Node) {
	return graph.Exp(graph.MatMul(quality, n.globalGain)), graph.MatMul(quality, n.globalMean), graph.MatMul(quality, n.globalScale)
}

// Context returns the means (N, h, w, g) and the logarithms of the scales, both
// in natural units, that step i of the schedule predicts for its latents,
// given planes (N, h, w, P) and the latents known before (N, h, w, l), in
// natural units, with zeros at sites that are not known yet. Either may be nil.
func (n *Network) Context(i int, planes, known, quality *graph.Node) (mean, logScale *graph.Node) {
	var in *graph.Node
	if planes != nil {
		in = graph.Scale(planes, activationUnit)
	}
	if known != nil {
		k := whole(known, latentUnit, -128, 127)
		if in == nil {
			in = k
		} else {
			in = graph.Concat(3, in, k)
		}
	}
	if in == nil {
		in = n.nothing(quality)
	}
	c, size := n.context[i], n.Schedule()[i].Count
	t := whole(c.first.applyInt(in, quality), activationUnit, 0, 255)
	t = whole(c.second.applyInt(t, nil), activationUnit, 0, 255)
	out := c.last.applyInt(t, nil)
	part := func(i int) *graph.Node {
		return graph.Slice(out, []int{0, 0, 0, i * size}, []int{graph.Unknown, n.GridH(), n.GridW(), size})
	}
	return part(0), part(1)
}

// nothing returns zeros, (N, h, w, 1), for a step that sees nothing.
func (n *Network) nothing(quality *graph.Node) *graph.Node {
	one := graph.Scale(graph.Slice(quality, []int{0, 0}, []int{graph.Unknown, 1}), 0)
	return graph.Add(graph.Reshape(one, graph.Unknown, 1, 1, 1), graph.Constant(graph.NewTensor(1, n.GridH(), n.GridW(), 1)))
}

// The entropy model computes in integers when an image is coded: activations
// count 1/activationUnit, the latents that it sees 1/latentUnit of a natural
// unit. Training rounds to the same numbers.
const (
	activationUnit = 16
	latentUnit     = 1 << latentBits
	latentBits     = 5
)

// whole returns x*unit rounded to whole numbers from low to high, passing
// gradients through the rounding.
func whole(x *graph.Node, unit float64, low, high float32) *graph.Node {
	t := graph.Min(graph.Max(graph.Scale(x, unit), graph.Scalar(low)), graph.Scalar(high))
	return graph.Round(t)
}
