package kernel

import "math"

// opTable defines every Op by a function of one element, in the table of its
// arity.
type opTable[T Float] struct {
	unary   [numOps]func(x, p T) T
	binary  [numOps]func(a, b, p T) T
	ternary [numOps]func(a, b, c T) T
}

// functions are the transcendental functions that the ops are made of.
type functions[T Float] struct {
	exp, expm1, log, log1p, erf, sigmoid, tanh, softplus func(x T) T
	normal                                               func(x T) (cdf, pdf T)
	sqrt, round, floor, ceil                             func(x T) T
}

var (
	ops32 = newOpTable(functions[float32]{
		exp: exp32, expm1: expm132, log: log32, log1p: log1p32, erf: erf32,
		sigmoid: sigmoid32, tanh: tanh32, softplus: softplus32, normal: normal32,
		// These are exact or correctly rounded in float64, and stay so.
		sqrt:  func(x float32) float32 { return float32(math.Sqrt(float64(x))) },
		round: func(x float32) float32 { return float32(math.RoundToEven(float64(x))) },
		floor: func(x float32) float32 { return float32(math.Floor(float64(x))) },
		ceil:  func(x float32) float32 { return float32(math.Ceil(float64(x))) },
	})
	ops64 = newOpTable(functions[float64]{
		exp: math.Exp, expm1: math.Expm1, log: math.Log, log1p: math.Log1p, erf: math.Erf,
		sigmoid: sigmoid64, tanh: math.Tanh, softplus: softplus64, normal: normal64,
		sqrt: math.Sqrt, round: math.RoundToEven, floor: math.Floor, ceil: math.Ceil,
	})
)

func scalarOps[T Float]() *opTable[T] {
	if isFloat32[T]() {
		return any(&ops32).(*opTable[T])
	}
	return any(&ops64).(*opTable[T])
}

func newOpTable[T Float](f functions[T]) opTable[T] {
	return opTable[T]{unary: unaryOps(f), binary: binaryOps(f), ternary: ternaryOps[T]()}
}

func unaryOps[T Float](f functions[T]) [numOps]func(x, p T) T {
	return [numOps]func(x, p T) T{
		Copy:       func(x, _ T) T { return x },
		Neg:        func(x, _ T) T { return -x },
		Abs:        func(x, _ T) T { return T(math.Abs(float64(x))) },
		Sign:       func(x, _ T) T { return sign(x) },
		Square:     func(x, _ T) T { return x * x },
		Sqrt:       func(x, _ T) T { return f.sqrt(x) },
		Rsqrt:      func(x, _ T) T { return 1 / f.sqrt(x) },
		Reciprocal: func(x, _ T) T { return 1 / x },
		Exp:        func(x, _ T) T { return f.exp(x) },
		Expm1:      func(x, _ T) T { return f.expm1(x) },
		Log:        func(x, _ T) T { return f.log(x) },
		Log1p:      func(x, _ T) T { return f.log1p(x) },
		Erf:        func(x, _ T) T { return f.erf(x) },
		NormalCDF:  func(x, _ T) T { cdf, _ := f.normal(x); return cdf },
		Sigmoid:    func(x, _ T) T { return f.sigmoid(x) },
		LogSigmoid: func(x, _ T) T { return -f.softplus(-x) },
		Tanh:       func(x, _ T) T { return f.tanh(x) },
		Softplus:   func(x, _ T) T { return f.softplus(x) },
		Relu:       func(x, _ T) T { return choose(x < 0, 0, x) },
		LeakyRelu:  func(x, p T) T { return choose(x < 0, p*x, x) },
		Elu:        func(x, p T) T { return choose(x < 0, p*f.expm1(x), x) },
		Gelu:       func(x, _ T) T { cdf, _ := f.normal(x); return x * cdf },
		Silu:       func(x, _ T) T { return x * f.sigmoid(x) },
		Round:      func(x, _ T) T { return f.round(x) },
		Floor:      func(x, _ T) T { return f.floor(x) },
		Ceil:       func(x, _ T) T { return f.ceil(x) },
		AddScalar:  func(x, p T) T { return x + p },
		MulScalar:  func(x, p T) T { return x * p },
		DivScalar:  func(x, p T) T { return x / p },
		ScalarSub:  func(x, p T) T { return p - x },
		ScalarDiv:  func(x, p T) T { return p / x },
		MaxScalar:  func(x, p T) T { return maximum(x, p) },
		MinScalar:  func(x, p T) T { return minimum(x, p) },
	}
}

func binaryOps[T Float](f functions[T]) [numOps]func(a, b, p T) T {
	return [numOps]func(a, b, p T) T{
		Add:            func(a, b, _ T) T { return a + b },
		Sub:            func(a, b, _ T) T { return a - b },
		Mul:            func(a, b, _ T) T { return a * b },
		Div:            func(a, b, _ T) T { return a / b },
		Max:            func(a, b, _ T) T { return maximum(a, b) },
		Min:            func(a, b, _ T) T { return minimum(a, b) },
		SquaredDiff:    func(a, b, _ T) T { return (a - b) * (a - b) },
		AddScaled:      func(a, b, p T) T { return FMA(p, b, a) },
		Less:           func(a, b, _ T) T { return choose[T](a < b, 1, 0) },
		LessEqual:      func(a, b, _ T) T { return choose[T](a <= b, 1, 0) },
		Equal:          func(a, b, _ T) T { return choose[T](a == b, 1, 0) },
		AbsGrad:        func(x, dy, _ T) T { return choose(x > 0, dy, choose(x < 0, -dy, 0)) },
		ReluGrad:       func(y, dy, _ T) T { return choose(y > 0, dy, 0) },
		LeakyReluGrad:  func(y, dy, p T) T { return choose(y > 0, dy, p*dy) },
		EluGrad:        func(y, dy, p T) T { return choose(y > 0, dy, dy*(y+p)) },
		SigmoidGrad:    func(y, dy, _ T) T { return dy * (y * (1 - y)) },
		TanhGrad:       func(y, dy, _ T) T { return dy * FMA(-y, y, 1) },
		LogSigmoidGrad: func(x, dy, _ T) T { return dy * f.sigmoid(-x) },
		SoftplusGrad:   func(x, dy, _ T) T { return dy * f.sigmoid(x) },
		NormalCDFGrad:  func(x, dy, _ T) T { _, pdf := f.normal(x); return dy * pdf },
		GeluGrad:       func(x, dy, _ T) T { cdf, pdf := f.normal(x); return dy * FMA(x, pdf, cdf) },
		SiluGrad:       func(x, dy, _ T) T { s := f.sigmoid(x); return dy * (s * FMA(x, 1-s, 1)) },
	}
}

func ternaryOps[T Float]() [numOps]func(a, b, c T) T {
	return [numOps]func(a, b, c T) T{
		Select: func(a, b, c T) T { return choose(a != 0, b, c) },
		MulAdd: func(a, b, c T) T { return FMA(a, b, c) },
	}
}

func choose[T Float](cond bool, a, b T) T {
	if cond {
		return a
	}
	return b
}

func sign[T Float](x T) T {
	return choose(x > 0, 1, choose(x < 0, -1, x))
}

// maximum is NaN if either is, a if a > b, else b; so of two zeros it is b.
func maximum[T Float](a, b T) T { return choose(a > b || a != a, a, b) }

// minimum is NaN if either is, a if a < b, else b.
func minimum[T Float](a, b T) T { return choose(a < b || a != a, a, b) }
