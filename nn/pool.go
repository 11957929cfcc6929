package nn

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/graph"
)

// MaxPooling2D takes the maximum over windows of x (N, H, W, C). Pairs are
// {height, width}.
type MaxPooling2D struct {
	Name    string  `json:"-"`
	Size    [2]int  `json:",omitzero"` // of the window; 0 means 2
	Strides [2]int  `json:",omitzero"` // 0 means Size
	Padding Padding `json:",omitzero"`
}

// Apply makes the layer and applies it to x (N, H, W, C).
func (d MaxPooling2D) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d MaxPooling2D) forward(c *call, in []*graph.Node) *graph.Node {
	size, window := pooling(c, in[0], d.Size, d.Strides, d.Padding)
	return graph.MaxPool2D(in[0], size[0], size[1], window)
}

// AveragePooling2D averages over windows of x (N, H, W, C); padding does not
// count. Pairs are {height, width}.
type AveragePooling2D struct {
	Name    string  `json:"-"`
	Size    [2]int  `json:",omitzero"` // of the window; 0 means 2
	Strides [2]int  `json:",omitzero"` // 0 means Size
	Padding Padding `json:",omitzero"`
}

// Apply makes the layer and applies it to x (N, H, W, C).
func (d AveragePooling2D) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d AveragePooling2D) forward(c *call, in []*graph.Node) *graph.Node {
	size, window := pooling(c, in[0], d.Size, d.Strides, d.Padding)
	return graph.AveragePool2D(in[0], size[0], size[1], window)
}

// pooling returns the size and geometry of pooling windows over x.
func pooling(c *call, x *graph.Node, size, strides [2]int, padding Padding) ([2]int, graph.Window) {
	wantImage(c, x)
	size = orPair(size, [2]int{2, 2})
	strides = orPair(strides, size)
	c.want(min(size[0], size[1], strides[0], strides[1]) > 0, "size %v and strides %v must be positive", size, strides)
	return size, padding.window(strides, [2]int{})
}

// Interpolation is how [UpSampling2D] fills the new pixels.
type Interpolation uint8

// The interpolations.
const (
	Nearest  Interpolation = iota // repeat: the default
	Bilinear                      // half-pixel centres, edges repeated
)

var interpolationNames = [...]string{"nearest", "bilinear"}

func (i Interpolation) String() string { return interpolationNames[i] }

// MarshalText writes nearest or bilinear.
func (i Interpolation) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (i *Interpolation) UnmarshalText(text []byte) error {
	for k, name := range interpolationNames {
		if name == string(text) {
			*i = Interpolation(k)
			return nil
		}
	}
	return fmt.Errorf("interpolation %q is neither nearest nor bilinear", text)
}

// UpSampling2D enlarges x (N, H, W, C) to (N, H*Size[0], W*Size[1], C).
type UpSampling2D struct {
	Name          string        `json:"-"`
	Size          [2]int        `json:",omitzero"` // {height, width}; 0 means 2
	Interpolation Interpolation `json:",omitzero"`
}

// Apply makes the layer and applies it to x (N, H, W, C).
func (d UpSampling2D) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d UpSampling2D) forward(c *call, in []*graph.Node) *graph.Node {
	wantImage(c, in[0])
	size := orPair(d.Size, [2]int{2, 2})
	c.want(min(size[0], size[1]) > 0, "size %v must be positive", size)
	kind := [...]graph.Interpolation{graph.Nearest, graph.Bilinear}[d.Interpolation]
	return graph.Upsample2D(in[0], size[0], size[1], kind)
}

// orPair replaces the zeros of p.
func orPair(p, byDefault [2]int) [2]int {
	return [2]int{or(p[0], byDefault[0]), or(p[1], byDefault[1])}
}
