package nn

import "github.com/hourglass-codec/hourglass/graph"

// Dense is a fully connected layer: x (N, ..., I) becomes (N, ..., Units),
// x times a kernel (I, Units) plus a bias (Units). Like Keras it works on the
// last dimension; see [Flatten] to join the others.
type Dense struct {
	Name       string `json:"-"`
	Units      int
	Activation Activation  `json:"-"`          // nil means none
	NoBias     bool        `json:",omitempty"` // leave out the bias
	KernelInit Initializer `json:"-"`          // nil means GlorotUniform
	BiasInit   Initializer `json:"-"`          // nil means Zeros
}

// Apply makes the layer and applies it to x (N, ..., I).
func (d Dense) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d Dense) forward(c *call, in []*graph.Node) *graph.Node {
	x := in[0]
	shape := x.Shape()
	features := shape[len(shape)-1]
	f := fans{features, d.Units}
	kernel := c.weight("kernel", d.KernelInit.or(GlorotUniform), f, features, d.Units)
	y := graph.MatMul(asMatrix(x), kernel)
	if !d.NoBias {
		y = graph.Add(y, c.weight("bias", d.BiasInit.or(Zeros), f, d.Units))
	}
	return activate(c, d.Activation, fromMatrix(y, shape))
}

// asMatrix returns x (N, ..., C) as (N*..., C).
func asMatrix(x *graph.Node) *graph.Node {
	if s := x.Shape(); len(s) != 2 {
		return graph.Reshape(x, graph.Unknown, s[len(s)-1])
	}
	return x
}

// fromMatrix undoes [asMatrix] for an x of that shape, but for the channels,
// which are y's.
func fromMatrix(y *graph.Node, shape Shape) *graph.Node {
	if len(shape) == 2 {
		return y
	}
	out := append(Shape{}, shape...)
	out[len(out)-1] = y.Shape()[1]
	return graph.Reshape(y, out...)
}
