package nn

import "github.com/hourglass-codec/hourglass/graph"

// Dropout sets a share of the elements to 0 in training and scales up the
// others to keep the mean; otherwise it does nothing (Srivastava et al., 2014).
// Which elements depends on the seed, the layer's name and the step alone.
type Dropout struct {
	Name string  `json:"-"`
	Rate float64 // the share, in [0, 1)
}

// Apply makes the layer and applies it to x of any shape.
func (d Dropout) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d Dropout) forward(c *call, in []*graph.Node) *graph.Node {
	c.want(d.Rate >= 0 && d.Rate < 1, "a rate of %v is not in [0, 1)", d.Rate)
	if !c.training || d.Rate == 0 {
		return in[0]
	}
	u := graph.RandomUniform(in[0], c.noiseSeed())
	kept := graph.LessEqual(graph.Scalar(float32(d.Rate)), u)
	return graph.Mul(in[0], graph.Scale(kept, 1/(1-d.Rate)))
}

// GaussianNoise adds normal noise in training; otherwise it does nothing. The
// noise depends on the seed, the layer's name and the step alone.
type GaussianNoise struct {
	Name   string  `json:"-"`
	StdDev float64 // standard deviation
}

// Apply makes the layer and applies it to x of any shape.
func (d GaussianNoise) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d GaussianNoise) forward(c *call, in []*graph.Node) *graph.Node {
	if !c.training {
		return in[0]
	}
	return graph.Add(in[0], graph.Scale(graph.RandomNormal(in[0], c.noiseSeed()), d.StdDev))
}
