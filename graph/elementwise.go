package graph

import (
	"fmt"
	"math"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// Elementwise is an operation on corresponding elements of one to three
// inputs, which broadcast by NumPy's rule. Param is the operation's parameter
// where it has one.
type Elementwise struct {
	Kind  kernel.Op
	Param float64
}

func (o *Elementwise) String() string { return o.Kind.String() }

func (o *Elementwise) infer(in []Shape) Shape {
	out := in[0]
	for _, s := range in[1:] {
		out = broadcast(o, out, s)
	}
	return out
}

func (o *Elementwise) grad(n, dy *Node) []*Node {
	rule, ok := elementwiseGrad[o.Kind]
	if !ok {
		panic(fmt.Sprintf("graph: %v has no gradient", o))
	}
	grads := rule(o.Param, n, dy)
	for i, g := range grads {
		if g != nil {
			grads[i] = sumLike(g, n.in[i])
		}
	}
	return grads
}

// elementwiseGrad gives the gradient of each kind with respect to the inputs of
// y, before broadcasting is undone.
var elementwiseGrad map[kernel.Op]func(p float64, y, dy *Node) []*Node

func init() {
	unary := func(f func(p float64, x, y, dy *Node) *Node) func(float64, *Node, *Node) []*Node {
		return func(p float64, y, dy *Node) []*Node { return []*Node{f(p, y.in[0], y, dy)} }
	}
	// fromOutput is for activations whose gradient is an operation on (y, dy).
	fromOutput := func(kind kernel.Op) func(float64, *Node, *Node) []*Node {
		return unary(func(p float64, _, y, dy *Node) *Node { return activationGrad(&Elementwise{kind, p}, y, dy) })
	}
	fromInput := func(kind kernel.Op) func(float64, *Node, *Node) []*Node {
		return unary(func(p float64, x, _, dy *Node) *Node { return newNode(&Elementwise{kind, p}, x, dy) })
	}
	none := unary(func(_ float64, _, _, _ *Node) *Node { return nil })
	elementwiseGrad = map[kernel.Op]func(p float64, y, dy *Node) []*Node{
		kernel.Neg:        unary(func(_ float64, _, _, dy *Node) *Node { return Neg(dy) }),
		kernel.Abs:        unary(func(_ float64, x, _, dy *Node) *Node { return Mul(dy, Sign(x)) }),
		kernel.Sign:       none,
		kernel.Floor:      none,
		kernel.Ceil:       none,
		kernel.Round:      unary(func(_ float64, _, _, dy *Node) *Node { return dy }),
		kernel.Square:     unary(func(_ float64, x, _, dy *Node) *Node { return Mul(dy, Scale(x, 2)) }),
		kernel.Sqrt:       unary(func(_ float64, _, y, dy *Node) *Node { return Scale(Div(dy, y), 0.5) }),
		kernel.Rsqrt:      unary(func(_ float64, _, y, dy *Node) *Node { return Mul(Scale(dy, -0.5), Mul(Square(y), y)) }),
		kernel.Reciprocal: unary(func(_ float64, _, y, dy *Node) *Node { return Neg(Mul(dy, Square(y))) }),
		kernel.Exp:        unary(func(_ float64, _, y, dy *Node) *Node { return Mul(dy, y) }),
		kernel.Expm1:      unary(func(_ float64, _, y, dy *Node) *Node { return Mul(dy, Shift(y, 1)) }),
		kernel.Log:        unary(func(_ float64, x, _, dy *Node) *Node { return Div(dy, x) }),
		kernel.Log1p:      unary(func(_ float64, x, _, dy *Node) *Node { return Div(dy, Shift(x, 1)) }),
		kernel.Erf: unary(func(_ float64, x, _, dy *Node) *Node {
			return Mul(Scale(dy, 2/math.Sqrt(math.Pi)), Exp(Neg(Square(x))))
		}),
		kernel.NormalCDF: unary(func(_ float64, x, _, dy *Node) *Node {
			return Mul(Scale(dy, 1/math.Sqrt(2*math.Pi)), Exp(Scale(Square(x), -0.5)))
		}),
		kernel.LogSigmoid: unary(func(_ float64, x, _, dy *Node) *Node { return Mul(dy, Sigmoid(Neg(x))) }),
		kernel.Softplus:   unary(func(_ float64, x, _, dy *Node) *Node { return Mul(dy, Sigmoid(x)) }),
		kernel.Sigmoid:    fromOutput(kernel.SigmoidGrad),
		kernel.Tanh:       fromOutput(kernel.TanhGrad),
		kernel.Relu:       fromOutput(kernel.ReluGrad),
		kernel.LeakyRelu:  fromOutput(kernel.LeakyReluGrad),
		kernel.Elu:        fromOutput(kernel.EluGrad),
		kernel.Gelu:       fromInput(kernel.GeluGrad),
		kernel.Silu:       fromInput(kernel.SiluGrad),
		kernel.AddScalar:  unary(func(_ float64, _, _, dy *Node) *Node { return dy }),
		kernel.MulScalar:  unary(func(p float64, _, _, dy *Node) *Node { return Scale(dy, p) }),

		kernel.Add: func(_ float64, _, dy *Node) []*Node { return []*Node{dy, dy} },
		kernel.Sub: func(_ float64, _, dy *Node) []*Node { return []*Node{dy, Neg(dy)} },
		kernel.Mul: func(_ float64, y, dy *Node) []*Node {
			return []*Node{Mul(dy, y.in[1]), Mul(dy, y.in[0])}
		},
		kernel.Div: func(_ float64, y, dy *Node) []*Node {
			da := Div(dy, y.in[1])
			return []*Node{da, Neg(Mul(da, y))}
		},
		kernel.Max:       func(_ float64, y, dy *Node) []*Node { return pickGrad(LessEqual(y.in[1], y.in[0]), dy) },
		kernel.Min:       func(_ float64, y, dy *Node) []*Node { return pickGrad(LessEqual(y.in[0], y.in[1]), dy) },
		kernel.Less:      func(_ float64, _, _ *Node) []*Node { return []*Node{nil, nil} },
		kernel.LessEqual: func(_ float64, _, _ *Node) []*Node { return []*Node{nil, nil} },
		kernel.Equal:     func(_ float64, _, _ *Node) []*Node { return []*Node{nil, nil} },
		kernel.Select: func(_ float64, y, dy *Node) []*Node {
			zero := Scalar(0)
			return []*Node{nil, Select(y.in[0], dy, zero), Select(y.in[0], zero, dy)}
		},

		// Gradients of gradients, with respect to (y, dy) of the activation.
		kernel.ReluGrad:      gradOfGrad(kernel.ReluGrad, nil),
		kernel.LeakyReluGrad: gradOfGrad(kernel.LeakyReluGrad, nil),
		kernel.SigmoidGrad: gradOfGrad(kernel.SigmoidGrad, func(y *Node) *Node {
			return Shift(Scale(y, -2), 1)
		}),
		kernel.TanhGrad: gradOfGrad(kernel.TanhGrad, func(y *Node) *Node { return Scale(y, -2) }),
	}
}

// activationGrad returns op(y, dy), the gradient of an activation with output y.
// If dy comes from max pooling of y alone, in windows that do not overlap, it is
// zero but where y is its window's maximum; so the activation's gradient can be
// had from the pooled values, which are fewer.
func activationGrad(op *Elementwise, y, dy *Node) *Node {
	grad, ok := dy.op.(*Pool2DGradOp)
	if !ok || grad.Pool.Kind != MaxPool || dy.in[1] != y || grad.Pool.overlaps() {
		return newNode(op, y, dy)
	}
	pooled := dy.in[2]
	return newNode(grad, newNode(op, pooled, dy.in[0]), y, pooled)
}

// pickGrad sends dy to the first of two inputs where first is 1, else to the
// second.
func pickGrad(first, dy *Node) []*Node {
	return []*Node{Mul(dy, first), Mul(dy, Shift(Neg(first), 1))}
}

// gradOfGrad differentiates h(y, dy) = s(y)*dy; slope is s', nil if zero.
func gradOfGrad(kind kernel.Op, slope func(y *Node) *Node) func(float64, *Node, *Node) []*Node {
	return func(p float64, n, g *Node) []*Node {
		y, dy := n.in[0], n.in[1]
		grads := []*Node{nil, newNode(&Elementwise{kind, p}, y, g)}
		if slope != nil {
			grads[0] = Mul(Mul(g, dy), slope(y))
		}
		return grads
	}
}

func elementwise(kind kernel.Op, p float64, in ...Value) *Node {
	return newNode(&Elementwise{kind, p}, in...)
}

// Neg returns -x.
func Neg(x Value) *Node { return elementwise(kernel.Neg, 0, x) }

// Abs returns |x|.
func Abs(x Value) *Node { return elementwise(kernel.Abs, 0, x) }

// Sign returns -1, 0 or 1; its gradient is zero.
func Sign(x Value) *Node { return elementwise(kernel.Sign, 0, x) }

// Floor returns the largest integer not above x; its gradient is zero.
func Floor(x Value) *Node { return elementwise(kernel.Floor, 0, x) }

// Ceil returns the smallest integer not below x; its gradient is zero.
func Ceil(x Value) *Node { return elementwise(kernel.Ceil, 0, x) }

// Round returns the nearest integer, ties to even. The gradient passes straight
// through (Bengio, Léonard and Courville, "Estimating or Propagating Gradients
// Through Stochastic Neurons", 2013).
func Round(x Value) *Node { return elementwise(kernel.Round, 0, x) }

// Square returns x*x.
func Square(x Value) *Node { return elementwise(kernel.Square, 0, x) }

// Sqrt returns the square root of x.
func Sqrt(x Value) *Node { return elementwise(kernel.Sqrt, 0, x) }

// Rsqrt returns 1/sqrt(x).
func Rsqrt(x Value) *Node { return elementwise(kernel.Rsqrt, 0, x) }

// Reciprocal returns 1/x.
func Reciprocal(x Value) *Node { return elementwise(kernel.Reciprocal, 0, x) }

// Exp returns e to the power of x.
func Exp(x Value) *Node { return elementwise(kernel.Exp, 0, x) }

// Expm1 returns exp(x) - 1, accurate near 0.
func Expm1(x Value) *Node { return elementwise(kernel.Expm1, 0, x) }

// Log returns the natural logarithm of x.
func Log(x Value) *Node { return elementwise(kernel.Log, 0, x) }

// Log1p returns log(1 + x), accurate near 0.
func Log1p(x Value) *Node { return elementwise(kernel.Log1p, 0, x) }

// Erf returns the error function of x.
func Erf(x Value) *Node { return elementwise(kernel.Erf, 0, x) }

// NormalCDF returns the cumulative distribution function of the standard
// normal distribution at x.
func NormalCDF(x Value) *Node { return elementwise(kernel.NormalCDF, 0, x) }

// Sigmoid returns 1/(1 + exp(-x)).
func Sigmoid(x Value) *Node { return elementwise(kernel.Sigmoid, 0, x) }

// LogSigmoid returns log(sigmoid(x)).
func LogSigmoid(x Value) *Node { return elementwise(kernel.LogSigmoid, 0, x) }

// Tanh returns the hyperbolic tangent of x.
func Tanh(x Value) *Node { return elementwise(kernel.Tanh, 0, x) }

// Softplus returns log(1 + exp(x)).
func Softplus(x Value) *Node { return elementwise(kernel.Softplus, 0, x) }

// Relu returns max(x, 0).
func Relu(x Value) *Node { return elementwise(kernel.Relu, 0, x) }

// LeakyRelu returns x where it is positive, else slope*x; slope must not be
// negative.
func LeakyRelu(x Value, slope float64) *Node {
	if slope < 0 {
		panic(fmt.Sprintf("graph: slope %v of leaky relu is negative", slope))
	}
	return elementwise(kernel.LeakyRelu, slope, x)
}

// Elu returns x where it is positive, else alpha*(exp(x) - 1) (Clevert et al.,
// 2016); alpha must not be negative.
func Elu(x Value, alpha float64) *Node {
	if alpha < 0 {
		panic(fmt.Sprintf("graph: alpha %v of elu is negative", alpha))
	}
	return elementwise(kernel.Elu, alpha, x)
}

// Gelu returns x times the normal distribution function of x (Hendrycks and
// Gimpel, 2016), in the exact form.
func Gelu(x Value) *Node { return elementwise(kernel.Gelu, 0, x) }

// Silu returns x*sigmoid(x).
func Silu(x Value) *Node { return elementwise(kernel.Silu, 0, x) }

// Shift returns x + c.
func Shift(x Value, c float64) *Node { return elementwise(kernel.AddScalar, c, x) }

// Scale returns x * c.
func Scale(x Value, c float64) *Node { return elementwise(kernel.MulScalar, c, x) }

// Add returns a + b.
func Add(a, b Value) *Node { return elementwise(kernel.Add, 0, a, b) }

// Sub returns a - b.
func Sub(a, b Value) *Node { return elementwise(kernel.Sub, 0, a, b) }

// Mul returns a * b, element by element.
func Mul(a, b Value) *Node { return elementwise(kernel.Mul, 0, a, b) }

// Div returns a / b.
func Div(a, b Value) *Node { return elementwise(kernel.Div, 0, a, b) }

// Max returns the larger of a and b; on a tie the gradient goes to a.
func Max(a, b Value) *Node { return elementwise(kernel.Max, 0, a, b) }

// Min returns the smaller of a and b; on a tie the gradient goes to a.
func Min(a, b Value) *Node { return elementwise(kernel.Min, 0, a, b) }

// Less returns 1 where a < b, else 0; its gradient is zero, as is that of
// [LessEqual] and [Equal].
func Less(a, b Value) *Node { return elementwise(kernel.Less, 0, a, b) }

// LessEqual returns 1 where a <= b, else 0.
func LessEqual(a, b Value) *Node { return elementwise(kernel.LessEqual, 0, a, b) }

// Equal returns 1 where a == b, else 0.
func Equal(a, b Value) *Node { return elementwise(kernel.Equal, 0, a, b) }

// Select returns a where cond is not 0, else b.
func Select(cond, a, b Value) *Node { return elementwise(kernel.Select, 0, cond, a, b) }

// Softmax returns exp(x) divided by its sum over the last dimension.
func Softmax(x Value) *Node { return newNode(&SoftmaxOp{}, x) }

// LogSoftmax returns the logarithm of [Softmax].
func LogSoftmax(x Value) *Node { return newNode(&SoftmaxOp{Log: true}, x) }

// SoftmaxOp is softmax over the last dimension, or its logarithm.
type SoftmaxOp struct{ Log bool }

func (o *SoftmaxOp) String() string { return "softmax" }

func (o *SoftmaxOp) infer(in []Shape) Shape {
	if len(in[0]) == 0 {
		fail(o, in, "want at least one dimension")
	}
	return in[0]
}

func (o *SoftmaxOp) grad(y, dy *Node) []*Node {
	if o.Log {
		return []*Node{Sub(dy, Mul(Exp(y), SumKeep(dy, -1)))}
	}
	return []*Node{Mul(Sub(dy, SumKeep(Mul(dy, y), -1)), y)}
}
