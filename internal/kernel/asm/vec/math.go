package vec

import "math"

// The functions below repeat those of poly.go in package kernel.

const (
	signBit   = 1 << 31
	roundBias = 3 << 22
	ln2Hi     = 0x1.62e4p-1
	ln2Lo     = math.Ln2 - ln2Hi
	rootHalf  = 0x3f3504f3 // bits of √½
	maxExp    = 89
	minExp    = -104
	maxTail   = 14.5
	tiny      = 0x1p-24
)

var (
	expPoly = []float64{1.974364568e-4, 1.393374172e-3, 8.333566599e-3, 4.166647792e-2, 1.666666567e-1, 0.5}
	logPoly = []float64{
		-7.638379186e-2, 0.1276485324, -0.1316017658, 0.1420126557, -0.1662331522, 0.2000125051, -0.2500082254, 0.3333333135,
	}
	erfPoly = []float64{
		7.578780787e-5, -7.918365300e-4, 5.176442199e-3, -2.684633434e-2, 0.1128335148, -0.3761259317, 0.1283791512,
	}
	tailPoly = []float64{
		-5.405669867e-7, 5.336745744e-5, 1.162250629e-4, -3.393935040e-4, -9.841666324e-4, 2.904653782e-3,
		6.132188719e-3, -4.621333629e-2, 0.1232250184, -0.2064026147, 0.1215139478,
	}
	sinPoly = []float64{4.6856891e-4, -4.8566749e-3, 7.9725668e-2, -0.64596641, 1.5707964}
	cosPoly = []float64{8.9667854e-4, -2.0856503e-2, 0.25366864, -1.2337005, 1}
)

// Horner evaluates a polynomial with coefficients c, highest power first.
func (f *Func) Horner(x Value, c []float64) Value {
	p := f.Const(c[0])
	for _, a := range c[1:] {
		p = f.FMA(p, x, f.Const(a))
	}
	return p
}

// Neg, Abs and CopySign change only the sign bit.
func (f *Func) Neg(x Value) Value { return f.Xor(x, f.Bits(signBit)) }
func (f *Func) Abs(x Value) Value { return f.And(x, f.Bits(signBit-1)) }

// CopySign returns x >= 0 with the sign of y.
func (f *Func) CopySign(x, y Value) Value { return f.Or(x, f.And(y, f.Bits(signBit))) }

// ClampTop and ClampBottom limit x by a constant and keep NaN.
func (f *Func) ClampTop(x Value, hi float64) Value    { return f.Min(f.Const(hi), x) }
func (f *Func) ClampBottom(x Value, lo float64) Value { return f.Max(f.Const(lo), x) }

func (f *Func) splitExp(x Value) (n, r Value) {
	bias := f.Const(roundBias)
	n = f.Sub(f.FMA(x, f.Const(math.Log2E), bias), bias)
	r = f.FMA(n, f.Const(-ln2Hi), x)
	return n, f.FMA(n, f.Const(-ln2Lo), r)
}

// pow2 returns 2ⁿ for the integer n.
func (f *Func) pow2(n Value) Value { return f.Shl(f.AddInt(n, f.Bits(127)), 23) }

func (f *Func) scale(x, n Value) Value {
	if f.hasScale {
		return f.add(opScale, 0, x, n)
	}
	i := f.ToInt(n)
	half := f.Sar(i, 1)
	return f.Mul(f.Mul(x, f.pow2(half)), f.pow2(f.SubInt(i, half)))
}

// Exp returns eˣ.
func (f *Func) Exp(x Value) Value {
	n, r := f.splitExp(f.ClampBottom(f.ClampTop(x, maxExp), minExp))
	p := f.FMA(f.Horner(r, expPoly), r, f.Const(1))
	return f.scale(f.FMA(p, r, f.Const(1)), n)
}

// Expm1 returns eˣ - 1.
func (f *Func) Expm1(x Value) Value {
	n, r := f.splitExp(f.ClampBottom(f.ClampTop(x, maxExp), -18))
	p := f.FMA(f.Horner(r, expPoly), f.Mul(r, r), r)
	s := f.Shl(f.AddInt(f.ToInt(n), f.Bits(126)), 23)
	y := f.Mul(f.Const(2), f.FMA(s, p, f.Sub(s, f.Const(0.5))))
	return f.Select(f.Less(f.Abs(x), f.Const(tiny)), x, y)
}

// splitNormalLog is splitLog for x that is not subnormal.
func (f *Func) splitNormalLog(x Value) (e, m Value) {
	i := f.SubInt(x, f.Bits(rootHalf))
	m = f.AddInt(f.And(i, f.Bits(1<<23-1)), f.Bits(rootHalf))
	return f.ToFloat(f.Sar(i, 23)), f.Sub(m, f.Const(1))
}

func (f *Func) splitLog(x Value) (e, m Value) {
	subnormal := f.Less(x, f.Const(0x1p-126))
	e, m = f.splitNormalLog(f.Select(subnormal, f.Mul(x, f.Const(0x1p23)), x))
	return f.Add(e, f.Select(subnormal, f.Const(-23), f.Const(0))), m
}

func (f *Func) logParts(e, m, c Value) Value {
	m2 := f.Mul(m, m)
	t := f.Mul(f.Mul(m, m2), f.Horner(m, logPoly))
	t = f.Add(t, f.FMA(e, f.Const(ln2Lo), c))
	t = f.FMA(m2, f.Const(-0.5), t)
	return f.FMA(e, f.Const(ln2Hi), f.Add(m, t))
}

// Log returns ln x.
func (f *Func) Log(x Value) Value {
	zero := f.Const(0)
	e, m := f.splitLog(x)
	y := f.logParts(e, m, zero)
	y = f.Select(f.Less(x, f.Const(math.Inf(1))), y, x)
	y = f.Select(f.Equal(x, zero), f.Const(math.Inf(-1)), y)
	return f.Select(f.Less(x, zero), f.Bits(0x7fc00000), y)
}

// Log1p returns ln (1+x).
func (f *Func) Log1p(x Value) Value {
	one := f.Const(1)
	u := f.Add(x, one)
	c := f.Select(f.Less(one, x), f.Sub(one, f.Sub(u, x)), f.Sub(x, f.Sub(u, one)))
	e, m := f.splitNormalLog(u)
	y := f.logParts(e, m, f.Div(c, u))
	y = f.Select(f.Less(f.Abs(x), f.Const(tiny)), x, y)
	y = f.Select(f.Less(x, f.Const(math.Inf(1))), y, x)
	y = f.Select(f.Equal(x, f.Const(-1)), f.Const(math.Inf(-1)), y)
	return f.Select(f.Less(x, f.Const(-1)), f.Bits(0x7fc00000), y)
}

// log1pUnit is Log1p for x in [0, 1] or NaN.
func (f *Func) log1pUnit(x Value) Value {
	one := f.Const(1)
	u := f.Add(x, one)
	e, m := f.splitNormalLog(u)
	y := f.logParts(e, m, f.Div(f.Sub(x, f.Sub(u, one)), u))
	return f.Select(f.Less(f.Const(tiny), x), y, x)
}

// Sigmoid returns 1/(1 + e⁻ˣ).
func (f *Func) Sigmoid(x Value) Value {
	return f.Div(f.Const(1), f.Add(f.Exp(f.Neg(x)), f.Const(1)))
}

// Tanh returns the hyperbolic tangent.
func (f *Func) Tanh(x Value) Value {
	z := f.Expm1(f.ClampBottom(f.Mul(f.Abs(x), f.Const(-2)), -20))
	return f.CopySign(f.Div(z, f.Sub(f.Const(-2), z)), x)
}

// Softplus returns ln (1 + eˣ).
func (f *Func) Softplus(x Value) Value {
	return f.Add(f.ClampBottom(x, 0), f.log1pUnit(f.Exp(f.Or(x, f.Bits(signBit)))))
}

func (f *Func) normalTail(t Value) (c, e Value) {
	h := f.Mul(t, t)
	l := f.FMA(t, t, f.Neg(h))
	e = f.Exp(f.Mul(h, f.Const(-0.5)))
	e = f.FMA(e, f.Mul(l, f.Const(-0.5)), e)
	three := f.Const(3)
	return f.Mul(e, f.Horner(f.Div(f.Sub(t, three), f.Add(t, three)), tailPoly)), e
}

// Erf returns the error function.
func (f *Func) Erf(x Value) Value {
	one := f.Const(1)
	t := f.Abs(x)
	small := f.FMA(t, f.Horner(f.Mul(t, t), erfPoly), t)
	c, _ := f.normalTail(f.ClampTop(f.Mul(t, f.Const(math.Sqrt2)), maxTail))
	y := f.Select(f.Less(t, one), small, f.Sub(one, f.Mul(c, f.Const(2))))
	return f.CopySign(y, x)
}

// Normal returns the distribution function and the density of the standard
// normal distribution.
func (f *Func) Normal(x Value) (cdf, pdf Value) {
	c, e := f.normalTail(f.ClampTop(f.Abs(x), maxTail))
	cdf = f.Select(f.Less(f.Const(0), x), f.Sub(f.Const(1), c), c)
	return cdf, f.Mul(e, f.Const(0.398942280401432677939946059934381868))
}

// Maximum is NaN if either is, a if a > b, else b.
func (f *Func) Maximum(a, b Value) Value { return f.Select(f.NotEqual(a, a), a, f.Max(a, b)) }

// Minimum is NaN if either is, a if a < b, else b.
func (f *Func) Minimum(a, b Value) Value { return f.Select(f.NotEqual(a, a), a, f.Min(a, b)) }
