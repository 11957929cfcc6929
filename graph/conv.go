package graph

import "fmt"

// A PaddingMode says what a convolution or pooling window meets outside of
// the image.
type PaddingMode uint8

const (
	// Valid keeps the window inside the image.
	Valid PaddingMode = iota
	// Same pads so that the output has ceil(size/stride) positions; an odd
	// total has the larger half at the bottom and right, as in TensorFlow.
	Same
	// Explicit pads by given amounts.
	Explicit
)

// A Window is the geometry of a convolution or of pooling. Zero strides and
// dilations mean 1.
type Window struct {
	StrideH, StrideW     int
	DilationH, DilationW int
	Mode                 PaddingMode
	// With Explicit:
	PadTop, PadBottom, PadLeft, PadRight int
}

// Stride returns a window of equal strides.
func Stride(s int, mode PaddingMode) Window { return Window{StrideH: s, StrideW: s, Mode: mode} }

// axisGeometry is a window along one dimension.
type axisGeometry struct{ size, stride, dilation, before, after int }

// axes returns the geometry along height and width for kernel size kh x kw,
// with the padding of Explicit.
func (w Window) axes(kh, kw int) (y, x axisGeometry) {
	y = axisGeometry{kh, max(w.StrideH, 1), max(w.DilationH, 1), w.PadTop, w.PadBottom}
	x = axisGeometry{kw, max(w.StrideW, 1), max(w.DilationW, 1), w.PadLeft, w.PadRight}
	return y, x
}

// extent is the number of positions that one window spans.
func (g axisGeometry) extent() int { return (g.size-1)*g.dilation + 1 }

// output returns the number of window positions over n, which may be Unknown,
// and the padding that the mode calls for.
func (g axisGeometry) output(n int, mode PaddingMode) (out int, padded axisGeometry) {
	if n == Unknown {
		return Unknown, g
	}
	switch mode {
	case Valid:
		g.before, g.after = 0, 0
	case Same:
		out = (n + g.stride - 1) / g.stride
		total := max((out-1)*g.stride+g.extent()-n, 0)
		g.before, g.after = total/2, total-total/2
		return out, g
	}
	return (n+g.before+g.after-g.extent())/g.stride + 1, g
}

// outputHW infers the spatial size of a window op over in[0], (N, H, W, C).
func (w Window) outputHW(op fmt.Stringer, in []Shape, kh, kw int) (int, int) {
	gy, gx := w.axes(kh, kw)
	oh, _ := gy.output(in[0][1], w.Mode)
	ow, _ := gx.output(in[0][2], w.Mode)
	if oh != Unknown && oh < 1 || ow != Unknown && ow < 1 {
		fail(op, in, "the window is larger than the image")
	}
	return oh, ow
}

// Conv2DOp is a two-dimensional convolution (cross-correlation) of x
// (N, H, W, C) with filters (KH, KW, C/Groups, K).
type Conv2DOp struct {
	Window Window
	Groups int
}

func (o *Conv2DOp) String() string { return "2-D convolution" }

func (o *Conv2DOp) infer(in []Shape) Shape {
	x, w := in[0], in[1]
	if len(x) != 4 || len(w) != 4 {
		fail(o, in, "want an image (N, H, W, C) and filters (KH, KW, C, K)")
	}
	if x[3] != w[2]*o.Groups || w[3]%o.Groups != 0 {
		fail(o, in, "%d channels and filters do not fit %d group(s)", x[3], o.Groups)
	}
	oh, ow := o.Window.outputHW(o, in, w[0], w[1])
	return Shape{x[0], oh, ow, w[3]}
}

func (o *Conv2DOp) grad(n, dy *Node) []*Node {
	x, w := n.in[0], n.in[1]
	return []*Node{
		newNode(&Conv2DTransposeOp{Window: o.Window, Groups: o.Groups, Like: true}, dy, w, x),
		newNode(&FilterGradOp{o.Window, o.Groups}, x, dy, w),
	}
}

// Conv2D convolves x (N, H, W, C) with filters w (KH, KW, C, K), giving
// (N, OH, OW, K). It is the cross-correlation that the field calls convolution.
func Conv2D(x, w Value, window Window) *Node { return GroupedConv2D(x, w, window, 1) }

// GroupedConv2D is [Conv2D] with channels in groups: filters (KH, KW,
// C/groups, K), of which each K/groups see one group of channels. With groups
// equal to C it is a depthwise convolution.
func GroupedConv2D(x, w Value, window Window, groups int) *Node {
	return newNode(&Conv2DOp{window, groups}, x, w)
}

// Conv2DTransposeOp is the gradient of a convolution with respect to its image,
// and so the transposed convolution: its input (N, H, W, K) and filters
// (KH, KW, C/Groups, K) give (N, OH, OW, C). The output is H*stride high for
// Same padding, or, with Like set, as high and wide as the third input, which
// gives only its shape.
type Conv2DTransposeOp struct {
	Window Window
	Groups int
	Like   bool
}

func (o *Conv2DTransposeOp) String() string       { return "transposed 2-D convolution" }
func (o *Conv2DTransposeOp) shapeOnly(i int) bool { return i == 2 }

func (o *Conv2DTransposeOp) infer(in []Shape) Shape {
	x, w := in[0], in[1]
	if o.Like {
		return in[2]
	}
	if len(x) != 4 || len(w) != 4 {
		fail(o, in, "want an image (N, H, W, K) and filters (KH, KW, C, K)")
	}
	if x[3] != w[3] {
		fail(o, in, "%d channels do not fit %d filters", x[3], w[3])
	}
	gy, gx := o.Window.axes(w[0], w[1])
	return Shape{x[0], gy.transposed(x[1], o.Window.Mode), gx.transposed(x[2], o.Window.Mode), w[2] * o.Groups}
}

// transposed returns the size of a transposed convolution's output over n
// positions.
func (g axisGeometry) transposed(n int, mode PaddingMode) int {
	switch {
	case n == Unknown:
		return Unknown
	case mode == Same:
		return n * g.stride
	case mode == Valid:
		return n*g.stride + max(g.extent()-g.stride, 0)
	}
	return (n-1)*g.stride + g.extent() - g.before - g.after
}

func (o *Conv2DTransposeOp) grad(n, dy *Node) []*Node {
	x, w := n.in[0], n.in[1]
	return []*Node{
		newNode(&Conv2DOp{o.Window, o.Groups}, dy, w),
		newNode(&FilterGradOp{o.Window, o.Groups}, dy, x, w),
		nil,
	}[:len(n.in)]
}

// Conv2DTranspose is the transposed convolution of x (N, H, W, K) with filters
// w (KH, KW, C, K), giving (N, OH, OW, C): OH is H*stride for Same padding and
// H*stride + max(KH-stride, 0) for Valid (Zeiler et al., "Deconvolutional
// Networks", 2010; the filter layout and sizes are those of Keras).
func Conv2DTranspose(x, w Value, window Window) *Node {
	return newNode(&Conv2DTransposeOp{Window: window, Groups: 1}, x, w)
}

// FilterGradOp is the gradient of a convolution with respect to its filters,
// given its image (N, H, W, C) and the gradient of its output (N, OH, OW, K).
// The third input, the filters, gives only its shape.
type FilterGradOp struct {
	Window Window
	Groups int
}

func (o *FilterGradOp) String() string         { return "filter gradient" }
func (o *FilterGradOp) shapeOnly(i int) bool   { return i == 2 }
func (o *FilterGradOp) infer(in []Shape) Shape { return in[2] }

func (o *FilterGradOp) grad(n, dw *Node) []*Node {
	x, dy := n.in[0], n.in[1]
	return []*Node{
		newNode(&Conv2DTransposeOp{Window: o.Window, Groups: o.Groups, Like: true}, dy, dw, x),
		newNode(&Conv2DOp{o.Window, o.Groups}, x, dw),
		nil,
	}
}
