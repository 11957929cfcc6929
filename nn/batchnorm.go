package nn

import "github.com/hourglass-codec/hourglass/graph"

// BatchNormalization brings each channel of x (N, ..., C) to mean 0 and
// variance 1, then scales it by gamma and adds beta, both learned (Ioffe and
// Szegedy, 2015). Training uses the batch's mean and biased variance and keeps
// moving averages of them, which are used otherwise. Its weights are gamma,
// beta, moving_mean and moving_variance, each (C).
type BatchNormalization struct {
	Name     string  `json:"-"`
	Momentum float64 `json:",omitzero"` // of the averages; 0 means 0.99
	Epsilon  float64 `json:",omitzero"` // added to the variance; 0 means 1e-3
}

// Apply makes the layer and applies it to x (N, ..., C).
func (d BatchNormalization) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d BatchNormalization) forward(c *call, in []*graph.Node) *graph.Node {
	x := in[0]
	s := x.Shape()
	channels := s[len(s)-1]
	gamma := c.weight("gamma", Ones, fans{}, channels)
	beta := c.weight("beta", Zeros, fans{}, channels)
	movingMean := c.state("moving_mean", Zeros, channels)
	movingVariance := c.state("moving_variance", Ones, channels)
	epsilon := or(d.Epsilon, 1e-3)
	if !c.training {
		return normalize(x, movingMean, movingVariance, gamma, beta, epsilon)
	}
	mean, variance := moments(x)
	momentum := or(d.Momentum, 0.99)
	c.average(movingMean, mean, momentum)
	c.average(movingVariance, variance, momentum)
	return normalize(x, mean, variance, gamma, beta, epsilon)
}

// moments returns the mean and biased variance of each channel of x (N, ...,
// C), both (C).
func moments(x *graph.Node) (mean, variance *graph.Node) {
	axes := make([]int, len(x.Shape())-1)
	for i := range axes {
		axes[i] = i
	}
	mean = graph.Mean(x, axes...)
	return mean, graph.Mean(graph.Square(graph.Sub(x, mean)), axes...)
}

// normalize returns (x - mean)/sqrt(variance + epsilon)*gamma + beta.
func normalize(x, mean, variance, gamma, beta graph.Value, epsilon float64) *graph.Node {
	scale := graph.Mul(gamma, graph.Rsqrt(graph.Shift(variance, epsilon)))
	return graph.Add(graph.Mul(graph.Sub(x, mean), scale), beta)
}

// average moves the state v towards value when training.
func (c *call) average(v *graph.Variable, value *graph.Node, momentum float64) {
	kept := graph.Scale(c.current(v), momentum)
	c.assign(v, graph.Add(kept, graph.Scale(graph.StopGradient(value), 1-momentum)))
}
