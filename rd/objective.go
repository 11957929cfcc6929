package rd

import (
	"math"

	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/graph"
)

// objective is a codec's rate and distortion on a batch of N images as graph
// nodes.
type objective struct {
	x       *graph.Node // (N, H, W, C), the images, from 0 to 1
	quality *graph.Node // (N, A), weights of the quality anchors
	lambda  *graph.Node // (N), of the distortion
	weight  *graph.Node // (N), of the image in the loss

	loss *graph.Node // scalar: the mean of weight * (bits + lambda * mse), and a small penalty
	bits *graph.Node // (N), of an image
	mse  *graph.Node // (N), of pixel values from 0 to 255
}

// The range of scales that the entropy coder has, in steps: a latent whose
// scale is the smallest is not coded at all.
const (
	minLogScale = -4 * math.Ln2
	maxLogScale = 6 * math.Ln2
)

// newObjective builds the objective of n. A rounding of nil means that latents
// are rounded as when they are coded. Else it is a scalar: where it is 0 the
// rate is that of latents with uniform noise in place of rounding, whose
// gradients are those of the expected rate (J. Ballé et al., "End-to-end
// Optimized Image Compression", 2017), while what is decoded is rounded, with
// gradients passing straight through (D. Minnen and S. Singh, "Channel-wise
// Autoregressive Entropy Models for Learned Image Compression", 2020); where it
// is 1 the rate is that of rounded latents too, and only what the decoder has
// learns (Z. Guo et al., "Soft then Hard: Rethinking the Quantization in Neural
// Image Compression", 2021).
func newObjective(n *codec.Network, rounding *graph.Node) *objective {
	o := &objective{
		x:       graph.Placeholder("x", graph.Unknown, n.Height, n.Width, n.Channels),
		quality: graph.Placeholder("quality", graph.Unknown, len(n.Lambdas)),
		lambda:  graph.Placeholder("lambda", graph.Unknown),
		weight:  graph.Placeholder("weight", graph.Unknown),
	}
	r := rate{rounding: rounding}
	y, z := n.Analysis(o.x, o.quality)
	y = r.fixed(y)
	var planes *graph.Node
	if z != nil {
		gain, mean, logScale := n.GlobalModel(o.quality)
		z, gain = r.fixed(z), r.fixed(gain)
		steps := r.code(graph.Mul(z, gain), mean, logScale)
		planes = n.Planes(graph.Div(steps, gain))
	}
	steps := r.latents(n, y, planes, o.quality)
	o.bits = r.bits
	pixels := n.Synthesis(graph.Mul(steps, n.InverseGain(o.quality)), planes, o.quality)
	if rounding == nil {
		pixels = graph.Min(graph.Max(pixels, graph.Scalar(0)), graph.Scalar(1))
	}
	o.mse = meanSquaredError(o.x, pixels)
	cost := graph.Add(o.bits, graph.Mul(o.lambda, o.mse))
	o.loss = graph.Add(graph.Mean(graph.Mul(o.weight, cost)), graph.Scale(r.penalty, 1e-2))
	return o
}

// meanSquaredError returns that of each image, (N), as if y were cut to the
// range of pixels, but with the gradients of a y outside that should not be.
func meanSquaredError(x, y *graph.Node) *graph.Node {
	const far = 1e3
	below := graph.Select(graph.LessEqual(x, graph.Scalar(0)), graph.Scalar(-far), x) // errors are below this
	above := graph.Select(graph.LessEqual(graph.Scalar(1), x), graph.Scalar(far), x)  // or above this
	e := graph.Add(graph.Relu(graph.Sub(y, above)), graph.Relu(graph.Sub(below, y)))
	return graph.Scale(graph.Mean(graph.Square(e), 1, 2, 3), 255*255)
}

// rate adds up what it takes to code latents.
type rate struct {
	rounding *graph.Node
	seed     uint64
	bits     *graph.Node // (N)
	penalty  *graph.Node // scalar
}

// fixed returns x, through which no gradient passes once latents are rounded.
func (r *rate) fixed(x *graph.Node) *graph.Node {
	if r.rounding == nil {
		return x
	}
	return graph.Add(x, graph.Mul(r.rounding, graph.Sub(graph.StopGradient(x), x)))
}

// latents codes y (N, h, w, L), natural, step by step, and returns what is
// decoded, in steps of quantisation.
func (r *rate) latents(n *codec.Network, y, planes, quality *graph.Node) *graph.Node {
	gain := r.fixed(n.Gain(quality))
	var known, decoded *graph.Node // latents before, natural and in steps
	var mean, logScale *graph.Node // of the group under way
	for i, s := range n.Schedule() {
		part := func(x *graph.Node, h, w int) *graph.Node {
			return graph.Slice(x, []int{0, 0, 0, s.First}, []int{graph.Unknown, h, w, s.Count})
		}
		scale := part(gain, 1, 1)
		target := graph.Mul(part(y, n.GridH(), n.GridW()), scale)
		seen := known
		if s.Sites == codec.WhiteSites {
			black := graph.Mul(rounded(target, mean), n.Mask(codec.BlackSites))
			seen = join(known, graph.Div(black, scale))
		}
		m, l := n.Context(i, planes, seen, quality)
		m, l = graph.Mul(m, scale), graph.Add(l, graph.Log(scale))
		switch s.Sites {
		case codec.BlackSites:
			mean, logScale = m, l
			continue
		case codec.WhiteSites:
			mask := n.Mask(codec.WhiteSites)
			m, l = graph.Select(mask, m, mean), graph.Select(mask, l, logScale)
		}
		steps := r.code(target, m, l)
		known, decoded = join(known, graph.Div(steps, scale)), join(decoded, steps)
	}
	return decoded
}

func join(a, b *graph.Node) *graph.Node {
	if a == nil {
		return b
	}
	return graph.Concat(3, a, b)
}

// rounded returns y as it is decoded: its difference from mean is rounded.
func rounded(y, mean *graph.Node) *graph.Node {
	r := graph.Sub(y, mean)
	return graph.Add(y, graph.StopGradient(graph.Sub(graph.Round(r), r)))
}

// code counts the bits of y, in steps, and returns it as decoded.
func (r *rate) code(y, mean, logScale *graph.Node) *graph.Node {
	decoded := rounded(y, mean)
	v := graph.Sub(decoded, mean)
	if r.rounding != nil {
		r.seed++
		noise := graph.Shift(graph.RandomUniform(y, r.seed), -0.5)
		noisy := graph.Add(graph.Sub(y, mean), noise)
		v = graph.Add(noisy, graph.Mul(r.rounding, graph.Sub(v, noisy)))
	}
	outside := graph.Relu(graph.Sub(graph.Scalar(minLogScale), logScale))
	logScale = graph.Min(graph.Max(logScale, graph.Scalar(minLogScale)), graph.Scalar(maxLogScale))
	bits := graph.Sum(logisticBits(v, logScale), axes(y)...)
	penalty := graph.Mean(outside)
	if r.bits == nil {
		r.bits, r.penalty = bits, penalty
	} else {
		r.bits, r.penalty = graph.Add(r.bits, bits), graph.Add(r.penalty, penalty)
	}
	return decoded
}

// axes lists all axes but the batch.
func axes(x *graph.Node) []int {
	a := make([]int, len(x.Shape())-1)
	for i := range a {
		a[i] = i + 1
	}
	return a
}

// logisticBits returns the negative base-2 logarithm of the mass that a
// logistic distribution of mean 0 has within 1/2 of v.
func logisticBits(v, logScale *graph.Node) *graph.Node {
	const least = 1.0 / (1 << 20) // of a probability: about what an escape costs
	inverse := graph.Exp(graph.Neg(logScale))
	far := graph.Abs(v)
	near := graph.Sigmoid(graph.Mul(graph.Sub(graph.Scalar(0.5), far), inverse))
	p := graph.Sub(near, graph.Sigmoid(graph.Mul(graph.Sub(graph.Scalar(-0.5), far), inverse)))
	return graph.Scale(graph.Log(graph.Shift(p, least)), -1/math.Ln2)
}
