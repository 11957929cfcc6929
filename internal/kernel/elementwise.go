package kernel

import "fmt"

//go:generate go run -C asm ./elementwise -level avx512 -out ../elementwise_avx512_amd64.s -decl ../elementwise_avx512_amd64.go
//go:generate go run -C asm ./elementwise -level avx2 -out ../elementwise_avx2_amd64.s -decl ../elementwise_avx2_amd64.go
//go:generate go run -C asm ./elementwise -level neon -out ../elementwise_neon_arm64.s -decl ../elementwise_neon_arm64.go

// An Op is an elementwise operation on vectors. Each takes one, two or three
// inputs ([Op.Arity]) called x or a, b, c below, and some a scalar parameter p.
// The products of a formula are rounded on their own, except where fma says
// that product and sum are rounded once.
//
// NaN in gives NaN out, except for comparisons and gradients of piecewise
// linear functions, which test as Go's operators do. All NaNs count as equal:
// their sign and payload are not specified.
type Op uint8

// Operations of one input x.
const (
	Copy       Op = iota // x
	Neg                  // -x
	Abs                  // |x|
	Sign                 // 1, -1, or x itself if it is ±0 or NaN
	Square               // x·x
	Sqrt                 // √x
	Rsqrt                // 1/√x, of which both steps are rounded
	Reciprocal           // 1/x
	Exp                  // eˣ
	Expm1                // eˣ - 1
	Log                  // ln x
	Log1p                // ln (1+x)
	Erf                  // the error function
	NormalCDF            // Φ(x) = (1 + erf(x/√2))/2, exact to the far tail
	Sigmoid              // σ(x) = 1/(1 + e⁻ˣ)
	LogSigmoid           // ln σ(x)
	Tanh                 // hyperbolic tangent
	Softplus             // ln (1 + eˣ)
	Relu                 // 0 if x < 0, else x
	LeakyRelu            // p·x if x < 0, else x
	Elu                  // p·(eˣ - 1) if x < 0, else x
	Gelu                 // x·Φ(x)
	Silu                 // x·σ(x), also called swish
	Round                // nearest integer, ties to even
	Floor                // greatest integer ≤ x
	Ceil                 // least integer ≥ x
	AddScalar            // x + p
	MulScalar            // x·p
	DivScalar            // x/p
	ScalarSub            // p - x
	ScalarDiv            // p/x
	MaxScalar            // as Max with b = p
	MinScalar            // as Min with b = p

	// Operations of two inputs a and b. A gradient takes the output y or the
	// input x of the function, as its name for a says, and the gradient dy of
	// the output for b; it returns the gradient of the function's input.

	Add            // a + b
	Sub            // a - b
	Mul            // a·b
	Div            // a/b
	Max            // NaN if either is; a if a > b, else b
	Min            // NaN if either is; a if a < b, else b
	SquaredDiff    // (a-b)·(a-b)
	AddScaled      // fma(p, b, a)
	Less           // 1 if a < b, else 0
	LessEqual      // 1 if a <= b, else 0
	Equal          // 1 if a == b, else 0
	AbsGrad        // (x, dy): dy, -dy or 0 as x is > 0, < 0 or neither
	ReluGrad       // (y, dy): dy if y > 0, else 0
	LeakyReluGrad  // (y, dy): dy if y > 0, else p·dy; for p > 0
	EluGrad        // (y, dy): dy if y > 0, else dy·(y + p); for p > 0
	SigmoidGrad    // (y, dy): dy·(y·(1-y))
	TanhGrad       // (y, dy): dy·fma(-y, y, 1)
	LogSigmoidGrad // (x, dy): dy·σ(-x)
	SoftplusGrad   // (x, dy): dy·σ(x)
	NormalCDFGrad  // (x, dy): dy·φ(x), φ the standard normal density
	GeluGrad       // (x, dy): dy·fma(x, φ(x), Φ(x))
	SiluGrad       // (x, dy): dy·(s·fma(x, 1-s, 1)), s = σ(x)

	// Operations of three inputs.

	Select // b if a != 0, else c
	MulAdd // fma(a, b, c)

	numOps = iota
)

var opNames = [numOps]string{
	"Copy", "Neg", "Abs", "Sign", "Square", "Sqrt", "Rsqrt", "Reciprocal",
	"Exp", "Expm1", "Log", "Log1p", "Erf", "NormalCDF", "Sigmoid", "LogSigmoid", "Tanh", "Softplus",
	"Relu", "LeakyRelu", "Elu", "Gelu", "Silu", "Round", "Floor", "Ceil",
	"AddScalar", "MulScalar", "DivScalar", "ScalarSub", "ScalarDiv", "MaxScalar", "MinScalar",
	"Add", "Sub", "Mul", "Div", "Max", "Min", "SquaredDiff", "AddScaled", "Less", "LessEqual", "Equal",
	"AbsGrad", "ReluGrad", "LeakyReluGrad", "EluGrad", "SigmoidGrad", "TanhGrad", "LogSigmoidGrad",
	"SoftplusGrad", "NormalCDFGrad", "GeluGrad", "SiluGrad",
	"Select", "MulAdd",
}

// String returns the name of o's constant.
func (o Op) String() string {
	if int(o) >= numOps {
		return fmt.Sprintf("Op(%d)", uint8(o))
	}
	return opNames[o]
}

// Arity returns the number of o's inputs: 1, 2 or 3.
func (o Op) Arity() int {
	switch {
	case o < Add:
		return 1
	case o < Select:
		return 2
	}
	return 3
}

// Apply1 sets dst[i] = op(x[i]) for a unary op with parameter p. dst and x
// have the same length and are the same slice or do not overlap.
func Apply1[T Float](op Op, dst, x []T, p T) {
	op.check(1)
	checkInput(op, "x", len(x), len(dst), false)
	if len(dst) == 0 {
		return
	}
	if op == Copy {
		copy(dst, x)
		return
	}
	if isFloat32[T]() && apply1SIMD(op, as32(dst), as32(x), float32(p)) {
		return
	}
	f := scalarOps[T]().unary[op]
	for i, v := range x {
		dst[i] = f(v, p)
	}
}

// Apply2 sets dst[i] = op(a[i], b[i]) for a binary op with parameter p. Each
// input has dst's length, and then may be dst but not otherwise overlap it, or
// has one element, which stands for all.
func Apply2[T Float](op Op, dst, a, b []T, p T) {
	op.check(2)
	ia := checkInput(op, "a", len(a), len(dst), true)
	ib := checkInput(op, "b", len(b), len(dst), true)
	if len(dst) == 0 {
		return
	}
	if isFloat32[T]() && apply2SIMD(op, as32(dst), as32(a), as32(b), ia, ib, float32(p)) {
		return
	}
	f := scalarOps[T]().binary[op]
	va, vb := a[0], b[0] // a broadcast element may be one that dst overwrites
	for i := range dst {
		if ia != 0 {
			va = a[i]
		}
		if ib != 0 {
			vb = b[i]
		}
		dst[i] = f(va, vb, p)
	}
}

// Apply3 sets dst[i] = op(a[i], b[i], c[i]) for a ternary op; inputs as in
// [Apply2].
func Apply3[T Float](op Op, dst, a, b, c []T) {
	op.check(3)
	ia := checkInput(op, "a", len(a), len(dst), true)
	ib := checkInput(op, "b", len(b), len(dst), true)
	ic := checkInput(op, "c", len(c), len(dst), true)
	if len(dst) == 0 {
		return
	}
	if isFloat32[T]() && apply3SIMD(op, as32(dst), as32(a), as32(b), as32(c), ia, ib, ic) {
		return
	}
	f := scalarOps[T]().ternary[op]
	va, vb, vc := a[0], b[0], c[0]
	for i := range dst {
		if ia != 0 {
			va = a[i]
		}
		if ib != 0 {
			vb = b[i]
		}
		if ic != 0 {
			vc = c[i]
		}
		dst[i] = f(va, vb, vc)
	}
}

// check panics unless o has the given arity.
func (o Op) check(arity int) {
	if int(o) >= numOps || o.Arity() != arity {
		panic(fmt.Sprintf("kernel: Apply%d of %v", arity, o))
	}
}

// checkInput returns the step, 1 or 0, with which an input of length n is
// read for an output of length m, and panics if the two do not fit.
func checkInput(op Op, name string, n, m int, broadcast bool) (step int) {
	switch {
	case n == m:
		return 1
	case broadcast && n == 1:
		return 0
	}
	panic(fmt.Sprintf("kernel: %v: input %s has %d elements, output has %d", op, name, n, m))
}
