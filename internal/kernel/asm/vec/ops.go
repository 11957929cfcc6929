package vec

// An Operation is an elementwise operation of package kernel.
type Operation struct {
	Name  string
	Arity int
	def   func(f *Func, a, b, c, p Value) Value
}

// Func returns the operation as a function of inputs 0, 1, 2 and parameter 0.
func (o Operation) Func(t Target) *Func {
	f := NewFunc(t)
	f.Out = []Value{o.def(f, f.Input(0), f.Input(1), f.Input(2), f.Param(0))}
	return f
}

func unary(name string, def func(f *Func, x, p Value) Value) Operation {
	return Operation{name, 1, func(f *Func, a, _, _, p Value) Value { return def(f, a, p) }}
}

func binary(name string, def func(f *Func, a, b, p Value) Value) Operation {
	return Operation{name, 2, func(f *Func, a, b, _, p Value) Value { return def(f, a, b, p) }}
}

// flag returns 1 where the mask is set, else 0.
func (f *Func) flag(mask Value) Value { return f.Select(mask, f.Const(1), f.Const(0)) }

// ifNegative returns y where x < 0, else x.
func (f *Func) ifNegative(x, y Value) Value { return f.Select(f.Less(x, f.Const(0)), y, x) }

// ifPositive returns a where y > 0, else b.
func (f *Func) ifPositive(y, a, b Value) Value { return f.Select(f.Less(f.Const(0), y), a, b) }

// Ops are the elementwise operations, as kernel.Op documents them.
var Ops = []Operation{
	unary("Neg", func(f *Func, x, p Value) Value { return f.Neg(x) }),
	unary("Abs", func(f *Func, x, p Value) Value { return f.Abs(x) }),
	unary("Sign", func(f *Func, x, p Value) Value {
		one := f.CopySign(f.Const(1), x)
		return f.Select(f.Less(f.Const(0), f.Abs(x)), one, x)
	}),
	unary("Square", func(f *Func, x, p Value) Value { return f.Mul(x, x) }),
	unary("Sqrt", func(f *Func, x, p Value) Value { return f.Sqrt(x) }),
	unary("Rsqrt", func(f *Func, x, p Value) Value { return f.Div(f.Const(1), f.Sqrt(x)) }),
	unary("Reciprocal", func(f *Func, x, p Value) Value { return f.Div(f.Const(1), x) }),
	unary("Exp", func(f *Func, x, p Value) Value { return f.Exp(x) }),
	unary("Expm1", func(f *Func, x, p Value) Value { return f.Expm1(x) }),
	unary("Log", func(f *Func, x, p Value) Value { return f.Log(x) }),
	unary("Log1p", func(f *Func, x, p Value) Value { return f.Log1p(x) }),
	unary("Erf", func(f *Func, x, p Value) Value { return f.Erf(x) }),
	unary("NormalCDF", func(f *Func, x, p Value) Value { cdf, _ := f.Normal(x); return cdf }),
	unary("Sigmoid", func(f *Func, x, p Value) Value { return f.Sigmoid(x) }),
	unary("LogSigmoid", func(f *Func, x, p Value) Value { return f.Neg(f.Softplus(f.Neg(x))) }),
	unary("Tanh", func(f *Func, x, p Value) Value { return f.Tanh(x) }),
	unary("Softplus", func(f *Func, x, p Value) Value { return f.Softplus(x) }),
	unary("Relu", func(f *Func, x, p Value) Value { return f.Max(f.Const(0), x) }),
	unary("LeakyRelu", func(f *Func, x, p Value) Value { return f.ifNegative(x, f.Mul(p, x)) }),
	unary("Elu", func(f *Func, x, p Value) Value { return f.ifNegative(x, f.Mul(p, f.Expm1(x))) }),
	unary("Gelu", func(f *Func, x, p Value) Value { cdf, _ := f.Normal(x); return f.Mul(x, cdf) }),
	unary("Silu", func(f *Func, x, p Value) Value { return f.Mul(x, f.Sigmoid(x)) }),
	unary("Round", func(f *Func, x, p Value) Value { return f.Round(x) }),
	unary("Floor", func(f *Func, x, p Value) Value { return f.Floor(x) }),
	unary("Ceil", func(f *Func, x, p Value) Value { return f.Ceil(x) }),
	unary("AddScalar", func(f *Func, x, p Value) Value { return f.Add(p, x) }),
	unary("MulScalar", func(f *Func, x, p Value) Value { return f.Mul(p, x) }),
	unary("DivScalar", func(f *Func, x, p Value) Value { return f.Div(x, p) }),
	unary("ScalarSub", func(f *Func, x, p Value) Value { return f.Sub(p, x) }),
	unary("ScalarDiv", func(f *Func, x, p Value) Value { return f.Div(p, x) }),
	unary("MaxScalar", func(f *Func, x, p Value) Value { return f.Maximum(x, p) }),
	unary("MinScalar", func(f *Func, x, p Value) Value { return f.Minimum(x, p) }),

	binary("Add", func(f *Func, a, b, p Value) Value { return f.Add(a, b) }),
	binary("Sub", func(f *Func, a, b, p Value) Value { return f.Sub(a, b) }),
	binary("Mul", func(f *Func, a, b, p Value) Value { return f.Mul(a, b) }),
	binary("Div", func(f *Func, a, b, p Value) Value { return f.Div(a, b) }),
	binary("Max", func(f *Func, a, b, p Value) Value { return f.Maximum(a, b) }),
	binary("Min", func(f *Func, a, b, p Value) Value { return f.Minimum(a, b) }),
	binary("SquaredDiff", func(f *Func, a, b, p Value) Value { d := f.Sub(a, b); return f.Mul(d, d) }),
	binary("AddScaled", func(f *Func, a, b, p Value) Value { return f.FMA(p, b, a) }),
	binary("Less", func(f *Func, a, b, p Value) Value { return f.flag(f.Less(a, b)) }),
	binary("LessEqual", func(f *Func, a, b, p Value) Value { return f.flag(f.LessEqual(a, b)) }),
	binary("Equal", func(f *Func, a, b, p Value) Value { return f.flag(f.Equal(a, b)) }),
	binary("AbsGrad", func(f *Func, x, dy, p Value) Value {
		negative := f.Select(f.Less(x, f.Const(0)), f.Neg(dy), f.Const(0))
		return f.ifPositive(x, dy, negative)
	}),
	binary("ReluGrad", func(f *Func, y, dy, p Value) Value { return f.ifPositive(y, dy, f.Const(0)) }),
	binary("LeakyReluGrad", func(f *Func, y, dy, p Value) Value { return f.ifPositive(y, dy, f.Mul(p, dy)) }),
	binary("EluGrad", func(f *Func, y, dy, p Value) Value { return f.ifPositive(y, dy, f.Mul(dy, f.Add(p, y))) }),
	binary("SigmoidGrad", func(f *Func, y, dy, p Value) Value {
		return f.Mul(dy, f.Mul(y, f.Sub(f.Const(1), y)))
	}),
	binary("TanhGrad", func(f *Func, y, dy, p Value) Value { return f.Mul(dy, f.FNMA(y, y, f.Const(1))) }),
	binary("LogSigmoidGrad", func(f *Func, x, dy, p Value) Value { return f.Mul(dy, f.Sigmoid(f.Neg(x))) }),
	binary("SoftplusGrad", func(f *Func, x, dy, p Value) Value { return f.Mul(dy, f.Sigmoid(x)) }),
	binary("NormalCDFGrad", func(f *Func, x, dy, p Value) Value { _, pdf := f.Normal(x); return f.Mul(dy, pdf) }),
	binary("GeluGrad", func(f *Func, x, dy, p Value) Value {
		cdf, pdf := f.Normal(x)
		return f.Mul(dy, f.FMA(x, pdf, cdf))
	}),
	binary("SiluGrad", func(f *Func, x, dy, p Value) Value {
		s := f.Sigmoid(x)
		return f.Mul(dy, f.Mul(s, f.FMA(x, f.Sub(f.Const(1), s), f.Const(1))))
	}),

	{"Select", 3, func(f *Func, a, b, c, p Value) Value { return f.Select(f.NotEqual(a, f.Const(0)), b, c) }},
	{"MulAdd", 3, func(f *Func, a, b, c, p Value) Value { return f.FMA(a, b, c) }},
}
