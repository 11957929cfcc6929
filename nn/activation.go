package nn

import "github.com/hourglass-codec/hourglass/graph"

// An Activation is a layer without weights that works on each element (softmax:
// on each vector of channels). It can be applied as a layer of its own or be
// the Activation of [Dense] and the convolutions, where nil means none.
type Activation interface {
	Config
	activate(c *call, x *graph.Node) *graph.Node
}

// activate applies a, which may be nil.
func activate(c *call, a Activation, x *graph.Node) *graph.Node {
	if a == nil {
		return x
	}
	return a.activate(c, x)
}

// ReLU is max(x, 0).
type ReLU struct {
	Name string `json:"-"`
}

// LeakyReLU is x where it is positive, else Slope*x.
type LeakyReLU struct {
	Name  string  `json:"-"`
	Slope float64 `json:",omitzero"` // 0 means 0.3
}

// ELU is x where it is positive, else Alpha*(exp(x) - 1).
type ELU struct {
	Name  string  `json:"-"`
	Alpha float64 `json:",omitzero"` // 0 means 1
}

// Sigmoid is 1/(1 + exp(-x)).
type Sigmoid struct {
	Name string `json:"-"`
}

// Tanh is the hyperbolic tangent.
type Tanh struct {
	Name string `json:"-"`
}

// Softmax is exp(x) divided by its sum over the last dimension.
type Softmax struct {
	Name string `json:"-"`
}

// GELU is x times the normal distribution function of x, in the exact form.
type GELU struct {
	Name string `json:"-"`
}

// SiLU is x*sigmoid(x), also called swish.
type SiLU struct {
	Name string `json:"-"`
}

// Softplus is log(1 + exp(x)).
type Softplus struct {
	Name string `json:"-"`
}

func (a ReLU) activate(_ *call, x *graph.Node) *graph.Node     { return graph.Relu(x) }
func (a Sigmoid) activate(_ *call, x *graph.Node) *graph.Node  { return graph.Sigmoid(x) }
func (a Tanh) activate(_ *call, x *graph.Node) *graph.Node     { return graph.Tanh(x) }
func (a Softmax) activate(_ *call, x *graph.Node) *graph.Node  { return graph.Softmax(x) }
func (a GELU) activate(_ *call, x *graph.Node) *graph.Node     { return graph.Gelu(x) }
func (a SiLU) activate(_ *call, x *graph.Node) *graph.Node     { return graph.Silu(x) }
func (a Softplus) activate(_ *call, x *graph.Node) *graph.Node { return graph.Softplus(x) }

func (a LeakyReLU) activate(c *call, x *graph.Node) *graph.Node {
	c.want(a.Slope >= 0, "a slope of %v", a.Slope)
	return graph.LeakyRelu(x, or(a.Slope, 0.3))
}

func (a ELU) activate(c *call, x *graph.Node) *graph.Node {
	c.want(a.Alpha >= 0, "an alpha of %v", a.Alpha)
	return graph.Elu(x, or(a.Alpha, 1))
}

func (a ReLU) forward(c *call, in []*graph.Node) *graph.Node      { return a.activate(c, in[0]) }
func (a LeakyReLU) forward(c *call, in []*graph.Node) *graph.Node { return a.activate(c, in[0]) }
func (a ELU) forward(c *call, in []*graph.Node) *graph.Node       { return a.activate(c, in[0]) }
func (a Sigmoid) forward(c *call, in []*graph.Node) *graph.Node   { return a.activate(c, in[0]) }
func (a Tanh) forward(c *call, in []*graph.Node) *graph.Node      { return a.activate(c, in[0]) }
func (a Softmax) forward(c *call, in []*graph.Node) *graph.Node   { return a.activate(c, in[0]) }
func (a GELU) forward(c *call, in []*graph.Node) *graph.Node      { return a.activate(c, in[0]) }
func (a SiLU) forward(c *call, in []*graph.Node) *graph.Node      { return a.activate(c, in[0]) }
func (a Softplus) forward(c *call, in []*graph.Node) *graph.Node  { return a.activate(c, in[0]) }

// Apply makes the layer and applies it to x of any shape.
func (a ReLU) Apply(x *Node) *Node { return New(a).Apply(x) }

// Apply makes the layer and applies it to x of any shape.
func (a LeakyReLU) Apply(x *Node) *Node { return New(a).Apply(x) }

// Apply makes the layer and applies it to x of any shape.
func (a ELU) Apply(x *Node) *Node { return New(a).Apply(x) }

// Apply makes the layer and applies it to x of any shape.
func (a Sigmoid) Apply(x *Node) *Node { return New(a).Apply(x) }

// Apply makes the layer and applies it to x of any shape.
func (a Tanh) Apply(x *Node) *Node { return New(a).Apply(x) }

// Apply makes the layer and applies it to x of any shape.
func (a Softmax) Apply(x *Node) *Node { return New(a).Apply(x) }

// Apply makes the layer and applies it to x of any shape.
func (a GELU) Apply(x *Node) *Node { return New(a).Apply(x) }

// Apply makes the layer and applies it to x of any shape.
func (a SiLU) Apply(x *Node) *Node { return New(a).Apply(x) }

// Apply makes the layer and applies it to x of any shape.
func (a Softplus) Apply(x *Node) *Node { return New(a).Apply(x) }

// or returns v, or the default if v is zero.
func or[T comparable](v, byDefault T) T {
	var zero T
	if v == zero {
		return byDefault
	}
	return v
}
