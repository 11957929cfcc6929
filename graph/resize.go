package graph

// Interpolation is how an image is enlarged.
type Interpolation uint8

// The interpolations.
const (
	Nearest  Interpolation = iota
	Bilinear               // half-pixel centres, edges repeated
)

// UpsampleOp enlarges x (N, H, W, C) to (N, H*FY, W*FX, C).
type UpsampleOp struct {
	Kind   Interpolation
	FY, FX int
}

func (o *UpsampleOp) String() string {
	return [...]string{"nearest", "bilinear"}[o.Kind] + " upsampling"
}

func (o *UpsampleOp) infer(in []Shape) Shape {
	if len(in[0]) != 4 {
		fail(o, in, "want an image (N, H, W, C)")
	}
	out := Shape{in[0][0], in[0][1], in[0][2], in[0][3]}
	for i, f := range [...]int{1: o.FY, 2: o.FX} {
		if f > 0 && out[i] != Unknown {
			out[i] *= f
		}
	}
	return out
}

func (o *UpsampleOp) grad(n, dy *Node) []*Node {
	return []*Node{newNode(&UpsampleGradOp{*o}, dy, n.in[0])}
}

// UpsampleGradOp is the gradient of upsampling. The second input, what was
// enlarged, gives only its shape.
type UpsampleGradOp struct{ Upsample UpsampleOp }

func (o *UpsampleGradOp) String() string         { return o.Upsample.String() + " gradient" }
func (o *UpsampleGradOp) shapeOnly(i int) bool   { return i == 1 }
func (o *UpsampleGradOp) infer(in []Shape) Shape { return in[1] }
func (o *UpsampleGradOp) grad(_, dy *Node) []*Node {
	up := o.Upsample
	return []*Node{newNode(&up, dy), nil}
}

// Upsample2D enlarges x (N, H, W, C) by whole factors fy and fx.
func Upsample2D(x Value, fy, fx int, kind Interpolation) *Node {
	return newNode(&UpsampleOp{kind, fy, fx}, x)
}
