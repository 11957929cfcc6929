package nn

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/graph"
)

// Padding says what a window meets outside of the image.
type Padding uint8

const (
	// Valid keeps the window inside the image: the default.
	Valid Padding = iota
	// Same pads with zeros so that the output has ceil(size/stride) positions;
	// of an odd total the larger half is at the bottom and right.
	Same
)

var paddingNames = [...]string{"valid", "same"}

func (p Padding) String() string { return paddingNames[p] }

// MarshalText writes valid or same.
func (p Padding) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (p *Padding) UnmarshalText(text []byte) error {
	for i, name := range paddingNames {
		if name == string(text) {
			*p = Padding(i)
			return nil
		}
	}
	return fmt.Errorf("padding %q is neither valid nor same", text)
}

// window returns the geometry for strides and dilations of (height, width), 0
// meaning 1.
func (p Padding) window(strides, dilations [2]int) graph.Window {
	return graph.Window{
		StrideH: strides[0], StrideW: strides[1],
		DilationH: dilations[0], DilationW: dilations[1],
		Mode: [...]graph.PaddingMode{graph.Valid, graph.Same}[p],
	}
}

// Conv2D is a convolution of x (N, H, W, C) with Filters kernels, giving
// (N, OH, OW, Filters). The kernel is (KH, KW, C/Groups, Filters). Pairs are
// {height, width}.
type Conv2D struct {
	Name       string `json:"-"`
	Filters    int
	Kernel     [2]int      // {KH, KW}
	Strides    [2]int      `json:",omitzero"` // 0 means 1
	Dilations  [2]int      `json:",omitzero"` // 0 means 1
	Groups     int         `json:",omitzero"` // 0 means 1
	Padding    Padding     `json:",omitzero"`
	Activation Activation  `json:"-"` // nil means none
	NoBias     bool        `json:",omitzero"`
	KernelInit Initializer `json:"-"` // nil means GlorotUniform
	BiasInit   Initializer `json:"-"` // nil means Zeros
}

// Apply makes the layer and applies it to x (N, H, W, C).
func (d Conv2D) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d Conv2D) forward(c *call, in []*graph.Node) *graph.Node {
	wantImage(c, in[0])
	groups := or(d.Groups, 1)
	kh, kw, channels := d.Kernel[0], d.Kernel[1], in[0].Shape()[3]
	c.want(groups > 0 && channels%max(groups, 1) == 0 && d.Filters%max(groups, 1) == 0,
		"%d channels and %d filters do not divide into %d groups", channels, d.Filters, groups)
	c.want(min(d.Strides[0], d.Strides[1], d.Dilations[0], d.Dilations[1]) >= 0,
		"strides %v and dilations %v must not be negative", d.Strides, d.Dilations)
	area := kh * kw
	f := fans{area * channels / groups, area * d.Filters}
	kernel := c.weight("kernel", d.KernelInit.or(GlorotUniform), f, kh, kw, channels/groups, d.Filters)
	y := graph.GroupedConv2D(in[0], kernel, d.Padding.window(d.Strides, d.Dilations), groups)
	if !d.NoBias {
		y = graph.Add(y, c.weight("bias", d.BiasInit.or(Zeros), f, d.Filters))
	}
	return activate(c, d.Activation, y)
}

// Conv2DTranspose is a transposed convolution of x (N, H, W, C), giving
// (N, OH, OW, Filters): OH is H*stride with Same padding and H*stride +
// max(KH-stride, 0) with Valid. The kernel is (KH, KW, Filters, C), as in
// Keras. Pairs are {height, width}.
type Conv2DTranspose struct {
	Name       string `json:"-"`
	Filters    int
	Kernel     [2]int      // {KH, KW}
	Strides    [2]int      `json:",omitzero"` // 0 means 1
	Padding    Padding     `json:",omitzero"`
	Activation Activation  `json:"-"` // nil means none
	NoBias     bool        `json:",omitzero"`
	KernelInit Initializer `json:"-"` // nil means GlorotUniform
	BiasInit   Initializer `json:"-"` // nil means Zeros
}

// Apply makes the layer and applies it to x (N, H, W, C).
func (d Conv2DTranspose) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d Conv2DTranspose) forward(c *call, in []*graph.Node) *graph.Node {
	wantImage(c, in[0])
	kh, kw, channels := d.Kernel[0], d.Kernel[1], in[0].Shape()[3]
	c.want(min(d.Strides[0], d.Strides[1]) >= 0, "strides %v must not be negative", d.Strides)
	f := fans{kh * kw * channels, kh * kw * d.Filters}
	kernel := c.weight("kernel", d.KernelInit.or(GlorotUniform), f, kh, kw, d.Filters, channels)
	y := graph.Conv2DTranspose(in[0], kernel, d.Padding.window(d.Strides, [2]int{}))
	if !d.NoBias {
		y = graph.Add(y, c.weight("bias", d.BiasInit.or(Zeros), f, d.Filters))
	}
	return activate(c, d.Activation, y)
}

// wantImage panics unless x is (N, H, W, C).
func wantImage(c *call, x *graph.Node) {
	c.want(len(x.Shape()) == 4, "want an image (N, H, W, C), got %v", x.Shape())
}
