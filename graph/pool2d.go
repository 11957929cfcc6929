package graph

// PoolKind is what a pooling window takes of its elements.
type PoolKind uint8

// The kinds of pooling.
const (
	MaxPool PoolKind = iota
	AveragePool
)

// Pool2DOp pools x (N, H, W, C) over windows of KH x KW. Padding takes no part:
// the maximum ignores it, and an average is over the elements inside the
// image.
type Pool2DOp struct {
	Kind   PoolKind
	KH, KW int
	Window Window
}

func (o *Pool2DOp) String() string { return [...]string{"max pooling", "average pooling"}[o.Kind] }

func (o *Pool2DOp) infer(in []Shape) Shape {
	if len(in[0]) != 4 {
		fail(o, in, "want an image (N, H, W, C)")
	}
	oh, ow := o.Window.outputHW(o, in, o.KH, o.KW)
	return Shape{in[0][0], oh, ow, in[0][3]}
}

func (o *Pool2DOp) grad(n, dy *Node) []*Node {
	return []*Node{newNode(&Pool2DGradOp{*o}, dy, n.in[0], n)}
}

// overlaps reports whether windows share elements.
func (o *Pool2DOp) overlaps() bool {
	gy, gx := o.Window.axes(o.KH, o.KW)
	return gy.stride < gy.extent() || gx.stride < gx.extent()
}

// Pool2DGradOp is the gradient of pooling: it takes the gradient of the
// output, the input and the output. A maximum passes its gradient to the first
// of equal elements in row-major order.
type Pool2DGradOp struct{ Pool Pool2DOp }

func (o *Pool2DGradOp) String() string         { return o.Pool.String() + " gradient" }
func (o *Pool2DGradOp) infer(in []Shape) Shape { return in[1] }
func (o *Pool2DGradOp) shapeOnly(i int) bool   { return i > 0 && o.Pool.Kind == AveragePool }

func (o *Pool2DGradOp) grad(_, dy *Node) []*Node {
	if o.Pool.Kind == MaxPool {
		panic("graph: the gradient of max pooling has itself no gradient")
	}
	pool := o.Pool
	return []*Node{newNode(&pool, dy), nil, nil}
}

// MaxPool2D takes the maximum over windows of kh x kw of x (N, H, W, C).
func MaxPool2D(x Value, kh, kw int, window Window) *Node {
	return newNode(&Pool2DOp{MaxPool, kh, kw, window}, x)
}

// AveragePool2D averages over windows of kh x kw of x (N, H, W, C).
func AveragePool2D(x Value, kh, kw int, window Window) *Node {
	return newNode(&Pool2DOp{AveragePool, kh, kw, window}, x)
}
