package nn

import "github.com/hourglass-codec/hourglass/graph"

// Flatten joins all dimensions but the batch.
type Flatten struct {
	Name string `json:"-"`
}

// Apply makes the layer and applies it to x of any shape.
func (d Flatten) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d Flatten) forward(_ *call, in []*graph.Node) *graph.Node { return graph.Flatten(in[0]) }

// Reshape gives each sample another shape with as many elements. One dimension
// may be -1 and is worked out.
type Reshape struct {
	Name  string `json:"-"`
	Shape Shape  // without the batch
}

// Apply makes the layer and applies it to x of any shape.
func (d Reshape) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d Reshape) forward(c *call, in []*graph.Node) *graph.Node {
	// By way of vectors, so that the dimension to be worked out is one of the
	// sample's and not the batch.
	x := graph.Flatten(in[0])
	total, rest := x.Shape()[1], 1
	out := append(Shape{graph.Unknown}, d.Shape...)
	for _, n := range d.Shape {
		if n != graph.Unknown {
			rest *= n
		}
	}
	for i, n := range d.Shape {
		if n == graph.Unknown && rest > 0 {
			out[i+1] = total / rest
		}
	}
	c.want(out[1:].Elements() == total, "%v cannot become %v", in[0].Shape(), d.Shape)
	return graph.Reshape(x, out...)
}

// Add adds nodes of one shape.
type Add struct {
	Name string `json:"-"`
}

// Apply makes the layer and applies it to two or more nodes.
func (d Add) Apply(in ...*Node) *Node { return New(d).Apply(in...) }

func (d Add) takesMany() {}

func (d Add) forward(c *call, in []*graph.Node) *graph.Node {
	sum := in[0]
	for _, x := range in[1:] {
		c.want(x.Shape().Equal(sum.Shape()), "shapes %v and %v differ", sum.Shape(), x.Shape())
		sum = graph.Add(sum, x)
	}
	return sum
}

// Concatenate joins nodes along the last dimension, the channels.
type Concatenate struct {
	Name string `json:"-"`
}

// Apply makes the layer and applies it to two or more nodes.
func (d Concatenate) Apply(in ...*Node) *Node { return New(d).Apply(in...) }

func (d Concatenate) takesMany() {}

func (d Concatenate) forward(_ *call, in []*graph.Node) *graph.Node {
	xs := make([]graph.Value, len(in))
	for i, x := range in {
		xs[i] = x
	}
	return graph.Concat(-1, xs...)
}

// ZeroPadding2D puts rows and columns of zeros around x (N, H, W, C): one on
// each side if none is said, as in Keras.
type ZeroPadding2D struct {
	Name                     string `json:"-"`
	Top, Bottom, Left, Right int    `json:",omitzero"`
}

// Apply makes the layer and applies it to x (N, H, W, C).
func (d ZeroPadding2D) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d ZeroPadding2D) forward(c *call, in []*graph.Node) *graph.Node {
	wantImage(c, in[0])
	if d.Top == 0 && d.Bottom == 0 && d.Left == 0 && d.Right == 0 {
		d.Top, d.Bottom, d.Left, d.Right = 1, 1, 1, 1
	}
	return graph.Pad(in[0], []int{0, d.Top, d.Left, 0}, []int{0, d.Bottom, d.Right, 0})
}

// Cropping2D cuts rows and columns off x (N, H, W, C).
type Cropping2D struct {
	Name                     string `json:"-"`
	Top, Bottom, Left, Right int    `json:",omitzero"`
}

// Apply makes the layer and applies it to x (N, H, W, C).
func (d Cropping2D) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d Cropping2D) forward(c *call, in []*graph.Node) *graph.Node {
	wantImage(c, in[0])
	s := in[0].Shape()
	h, w := s[1]-d.Top-d.Bottom, s[2]-d.Left-d.Right
	c.want(min(d.Top, d.Bottom, d.Left, d.Right) >= 0, "cropping by a negative amount")
	c.want(h > 0 && w > 0, "nothing of %v would be left", s)
	return graph.Slice(in[0], []int{0, d.Top, d.Left, 0}, []int{graph.Unknown, h, w, s[3]})
}
