package graph

import (
	"fmt"
	"slices"
)

// ReshapeOp gives its input another shape with the same number of elements;
// one dimension may be Unknown and is worked out.
type ReshapeOp struct{ Shape Shape }

func (o *ReshapeOp) String() string { return fmt.Sprintf("reshape to %v", o.Shape) }

func (o *ReshapeOp) infer(in []Shape) Shape {
	out := slices.Clone(o.Shape)
	total, rest, open := in[0].Elements(), 1, -1
	for i, d := range out {
		if d != Unknown {
			rest *= d
			continue
		}
		if open >= 0 {
			fail(o, in, "more than one dimension is left open")
		}
		open = i
	}
	switch {
	case total == Unknown:
	case open < 0 && rest != total, open >= 0 && (rest == 0 || total%rest != 0):
		fail(o, in, "%d elements do not fit", total)
	case open >= 0:
		out[open] = total / rest
	}
	return out
}

func (o *ReshapeOp) grad(n, dy *Node) []*Node { return []*Node{reshapeLike(dy, n.in[0])} }

// Reshape returns x with the given shape; one dimension may be [Unknown] and
// is worked out from the others.
func Reshape(x Value, shape ...int) *Node { return newNode(&ReshapeOp{slices.Clone(shape)}, x) }

// ReshapeLikeOp gives its first input the shape of its second, which gives
// only its shape.
type ReshapeLikeOp struct{}

func (o *ReshapeLikeOp) String() string       { return "reshape" }
func (o *ReshapeLikeOp) shapeOnly(i int) bool { return i == 1 }
func (o *ReshapeLikeOp) infer(in []Shape) Shape {
	if a, b := in[0].Elements(), in[1].Elements(); a != b && a != Unknown && b != Unknown {
		fail(o, in, "%d elements do not fit", a)
	}
	return in[1]
}
func (o *ReshapeLikeOp) grad(n, dy *Node) []*Node {
	return []*Node{reshapeLike(dy, n.in[0]), nil}
}

func reshapeLike(x, like *Node) *Node {
	if x.shape.Equal(like.shape) {
		return x
	}
	return newNode(&ReshapeLikeOp{}, x, like)
}

// KeepDimsOp gives a reduced tensor, its first input, the shape of what was
// reduced, its second, with the reduced axes as 1.
type KeepDimsOp struct{ Axes []int }

func (o *KeepDimsOp) String() string       { return "keep dimensions" }
func (o *KeepDimsOp) shapeOnly(i int) bool { return i == 1 }
func (o *KeepDimsOp) infer(in []Shape) Shape {
	out := slices.Clone(in[1])
	for _, a := range o.Axes {
		out[a] = 1
	}
	return out
}
func (o *KeepDimsOp) grad(n, dy *Node) []*Node { return []*Node{reshapeLike(dy, n.in[0]), nil} }

func keepDims(x, like *Node, axes []int) *Node { return newNode(&KeepDimsOp{axes}, x, like) }

// Flatten returns x, (N, ...), as (N, product of the rest), which must be known.
func Flatten(x Value) *Node { return Reshape(x, Unknown, x.node().shape[1:].Elements()) }

// IdentityOp passes its input on. Stop makes it pass no gradient back.
type IdentityOp struct{ Stop bool }

func (o *IdentityOp) String() string         { return "identity" }
func (o *IdentityOp) infer(in []Shape) Shape { return in[0] }
func (o *IdentityOp) grad(_, dy *Node) []*Node {
	if o.Stop {
		return []*Node{nil}
	}
	return []*Node{dy}
}

// StopGradient returns x and passes no gradient back to it.
func StopGradient(x Value) *Node { return newNode(&IdentityOp{Stop: true}, x) }

// TransposeOp permutes dimensions: output dimension i is input dimension
// Perm[i].
type TransposeOp struct{ Perm []int }

func (o *TransposeOp) String() string { return fmt.Sprintf("transpose %v", o.Perm) }

func (o *TransposeOp) infer(in []Shape) Shape {
	sorted := slices.Sorted(slices.Values(o.Perm))
	out := make(Shape, len(o.Perm))
	for i, p := range o.Perm {
		if len(o.Perm) != len(in[0]) || sorted[i] != i {
			fail(o, in, "%v is no permutation of its axes", o.Perm)
		}
		out[i] = in[0][p]
	}
	return out
}

func (o *TransposeOp) grad(_, dy *Node) []*Node {
	inverse := make([]int, len(o.Perm))
	for i, p := range o.Perm {
		inverse[p] = i
	}
	return []*Node{Transpose(dy, inverse...)}
}

// Transpose permutes x's dimensions: dimension i of the result is dimension
// perm[i] of x. Without perm, the order is reversed.
func Transpose(x Value, perm ...int) *Node {
	if len(perm) == 0 {
		for i := range x.node().shape {
			perm = append([]int{i}, perm...)
		}
	}
	return newNode(&TransposeOp{slices.Clone(perm)}, x)
}

// ConcatOp joins its inputs along an axis.
type ConcatOp struct{ Axis int }

func (o *ConcatOp) String() string { return fmt.Sprintf("concatenation along axis %d", o.Axis) }

func (o *ConcatOp) infer(in []Shape) Shape {
	out := slices.Clone(in[0])
	for _, s := range in[1:] {
		if len(s) != len(out) {
			fail(o, in, "the numbers of dimensions differ")
		}
		for i, d := range s {
			switch e := &out[i]; {
			case i == o.Axis && (*e == Unknown || d == Unknown):
				*e = Unknown
			case i == o.Axis:
				*e += d
			case *e == Unknown:
				*e = d
			case d != Unknown && d != *e:
				fail(o, in, "dimensions %d and %d differ", *e, d)
			}
		}
	}
	return out
}

func (o *ConcatOp) grad(n, dy *Node) []*Node {
	grads := make([]*Node, len(n.in))
	off := 0
	for i, x := range n.in {
		d := x.shape[o.Axis]
		if d == Unknown {
			fail(o, shapesOf(n.in), "the gradient needs known sizes along the axis")
		}
		begin := make([]int, len(x.shape))
		begin[o.Axis] = off
		grads[i] = newNode(&SliceOp{Begin: begin, Like: true}, dy, x)
		off += d
	}
	return grads
}

// Concat joins the inputs, whose other dimensions agree, along an axis.
func Concat(axis int, xs ...Value) *Node {
	op := &ConcatOp{}
	op.Axis = xs[0].node().shape.axis(op, axis)
	return newNode(op, xs...)
}

// SliceOp takes the block of its input that starts at Begin. Its size is Size,
// where Unknown means up to the end; or, with Like set, that of the second
// input, which gives only its shape.
type SliceOp struct {
	Begin, Size []int
	Like        bool
}

func (o *SliceOp) String() string       { return fmt.Sprintf("slice at %v", o.Begin) }
func (o *SliceOp) shapeOnly(i int) bool { return i == 1 }

func (o *SliceOp) infer(in []Shape) Shape {
	var out Shape
	if o.Like {
		out = in[1]
	} else {
		out = slices.Clone(o.Size)
	}
	if len(out) != len(in[0]) || len(o.Begin) != len(in[0]) {
		fail(o, in, "the numbers of dimensions differ")
	}
	for i, d := range in[0] {
		if d == Unknown {
			continue
		}
		if out[i] == Unknown && !o.Like {
			out[i] = d - o.Begin[i]
		}
		if o.Begin[i] < 0 || out[i] < Unknown || out[i] != Unknown && o.Begin[i]+out[i] > d {
			fail(o, in, "size %v does not lie inside", out)
		}
	}
	return out
}

func (o *SliceOp) grad(n, dy *Node) []*Node {
	dx := newNode(&PadOp{Before: o.Begin, Like: true}, dy, n.in[0])
	return []*Node{dx, nil}[:len(n.in)]
}

// Slice returns the block of x that starts at begin; a size of [Unknown] means
// up to the end of that dimension.
func Slice(x Value, begin, size []int) *Node {
	return newNode(&SliceOp{Begin: slices.Clone(begin), Size: slices.Clone(size)}, x)
}

// PadOp puts zeros around its input: Before and After each dimension; or, with
// Like set, so many after that the result has the shape of the second input,
// which gives only its shape.
type PadOp struct {
	Before, After []int
	Like          bool
}

func (o *PadOp) String() string       { return fmt.Sprintf("padding by %v and %v", o.Before, o.After) }
func (o *PadOp) shapeOnly(i int) bool { return i == 1 }

func (o *PadOp) infer(in []Shape) Shape {
	if o.Like {
		return in[1]
	}
	if len(o.Before) != len(in[0]) || len(o.After) != len(in[0]) {
		fail(o, in, "the numbers of dimensions differ")
	}
	out := slices.Clone(in[0])
	for i := range out {
		if o.Before[i] < 0 || o.After[i] < 0 {
			fail(o, in, "padding must not be negative")
		}
		if out[i] != Unknown {
			out[i] += o.Before[i] + o.After[i]
		} else if o.Before[i] != 0 || o.After[i] != 0 {
			out[i] = Unknown
		}
	}
	return out
}

func (o *PadOp) grad(n, dy *Node) []*Node {
	dx := newNode(&SliceOp{Begin: o.Before, Like: true}, dy, n.in[0])
	return []*Node{dx, nil}[:len(n.in)]
}

// Pad puts before[i] zeros in front of dimension i of x and after[i] behind.
func Pad(x Value, before, after []int) *Node {
	return newNode(&PadOp{Before: slices.Clone(before), After: slices.Clone(after)}, x)
}

// PixelShuffle turns x (N, H, W, b*b*C) into (N, H*b, W*b, C): channel
// (i*b + j)*C + c goes to row i and column j of a block, as in TensorFlow's
// depth_to_space (Shi et al., "Real-Time Single Image and Video
// Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network",
// 2016). H, W and C must be known.
func PixelShuffle(x Value, b int) *Node {
	s := x.node().shape
	c := s[3] / (b * b)
	y := Reshape(x, Unknown, s[1], s[2], b, b, c)
	return Reshape(Transpose(y, 0, 1, 3, 2, 4, 5), Unknown, s[1]*b, s[2]*b, c)
}

// PixelUnshuffle is the inverse of [PixelShuffle]: x (N, H*b, W*b, C) becomes
// (N, H, W, b*b*C).
func PixelUnshuffle(x Value, b int) *Node {
	s := x.node().shape
	h, w, c := s[1]/b, s[2]/b, s[3]
	y := Reshape(x, Unknown, h, b, w, b, c)
	return Reshape(Transpose(y, 0, 1, 3, 2, 4, 5), Unknown, h, w, b*b*c)
}
