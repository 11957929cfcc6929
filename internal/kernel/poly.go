package kernel

import "math"

// The float32 functions below are the definition that the SIMD versions
// repeat step by step: every fma32 is one fused multiply-add, every other
// operation rounds on its own, and a conditional is a select of two values.
// Products that a caller might add to are converted, so that they round.
// Polynomials are minimax fits in relative error with float32 coefficients
// (Brisebarre and Chevillard, "Efficient polynomial L-approximations", 2007).
// The error bounds stated with each function lie a little above the largest
// error found over twenty million arguments; TestPolyAccuracy samples fewer.

const (
	log2e     = 1.44269504088896340735992468100189214
	ln2Hi     = 0x1.62e4p-1 // ln 2 to 15 bits: products with |n| < 2⁹ are exact
	ln2Lo     = math.Ln2 - ln2Hi
	roundBias = 3 << 22 // added to |v| < 2²², it leaves v rounded in the low bits

	maxExp = 89   // eˣ overflows above 88.7
	minExp = -104 // eˣ rounds to 0 below -103.97
)

var (
	inf32 = float32(math.Inf(1))
	nan32 = float32(math.NaN())
)

// expPoly holds q of eʳ = 1 + r + r²·q(r) for |r| <= ln 2/2, highest power
// first; its relative error in eʳ-1 is under 2⁻³⁰.
var expPoly = [...]float32{
	1.974364568e-4, 1.393374172e-3, 8.333566599e-3, 4.166647792e-2, 1.666666567e-1, 0.5,
}

// horner evaluates a polynomial with coefficients c, highest power first.
func horner(x float32, c []float32) float32 {
	p := c[0]
	for _, a := range c[1:] {
		p = fma32(p, x, a)
	}
	return p
}

// splitExp returns n = x·log₂e to the nearest integer and r = x - n·ln 2.
func splitExp(x float32) (n, r float32) {
	n = fma32(x, log2e, roundBias) - roundBias
	r = fma32(n, -ln2Hi, x)
	return n, fma32(n, -ln2Lo, r)
}

// scale returns x·2ⁿ for an integer |n| <= 250 and x in [1/2, 2), correctly
// rounded: at most the second product rounds.
func scale(x, n float32) float32 {
	i := int32(n)
	half := i >> 1
	return float32(x * pow2(half) * pow2(i-half))
}

// pow2 returns 2ⁿ for -126 <= n <= 127.
func pow2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// clampTop returns x, or hi if x is above it; NaN for NaN.
func clampTop(x, hi float32) float32 { return choose(x > hi, hi, x) }

// clampBottom returns x, or lo if x is below it; NaN for NaN.
func clampBottom(x, lo float32) float32 { return choose(x < lo, lo, x) }

// exp32 returns eˣ within 0.9 ulp, subnormal results included.
func exp32(x float32) float32 {
	n, r := splitExp(clampBottom(clampTop(x, maxExp), minExp))
	p := fma32(horner(r, expPoly[:]), r, 1)
	return scale(fma32(p, r, 1), n)
}

// expm132 returns eˣ - 1 within 1.5 ulp.
func expm132(x float32) float32 {
	if abs32(x) < 0x1p-24 {
		return x
	}
	n, r := splitExp(clampBottom(clampTop(x, maxExp), -18))
	p := fma32(horner(r, expPoly[:]), r*r, r)
	s := pow2(int32(n) - 1) // half of 2ⁿ, which may overflow
	return float32(2 * fma32(s, p, s-0.5))
}

const signBit = 1 << 31

func abs32(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ signBit) }

// copySign returns x >= 0 with the sign of y.
func copySign(x, y float32) float32 {
	return math.Float32frombits(math.Float32bits(x) | math.Float32bits(y)&signBit)
}

// logPoly holds P of ln (1+f) = f - f²/2 + f³·P(f) for √½ <= 1+f <= √2.
var logPoly = [...]float32{
	-7.638379186e-2, 0.1276485324, -0.1316017658, 0.1420126557, -0.1662331522, 0.2000125051, -0.2500082254, 0.3333333135,
}

// minNormal is the least float32 that is not subnormal.
const minNormal = 0x1p-126

// splitLog returns e and f with x = 2ᵉ·(1+f) and √½ <= 1+f < √2, for finite
// x > 0.
func splitLog(x float32) (e, f float32) {
	const rootHalf = 0x3f3504f3 // bits of √½
	bias := float32(0)
	if x < minNormal {
		x, bias = x*0x1p23, -23
	}
	i := math.Float32bits(x) - rootHalf
	m := math.Float32frombits(i&(1<<23-1) + rootHalf)
	return float32(int32(i)>>23) + bias, m - 1
}

// logParts returns e·ln 2 + ln (1+f) + c, where c is a small correction.
func logParts(e, f, c float32) float32 {
	f2 := f * f
	t := float32(f * f2 * horner(f, logPoly[:]))
	t += fma32(e, ln2Lo, c)
	t = fma32(f2, -0.5, t)
	return fma32(e, ln2Hi, f+t)
}

// log32 returns ln x within 1 ulp; -Inf at 0 and NaN below.
func log32(x float32) float32 {
	switch {
	case x < 0:
		return nan32
	case x == 0:
		return -inf32
	case !(x < inf32):
		return x
	}
	e, f := splitLog(x)
	return logParts(e, f, 0)
}

// log1p32 returns ln (1+x) within 1.5 ulp; -Inf at -1 and NaN below.
func log1p32(x float32) float32 {
	switch {
	case x < -1:
		return nan32
	case x == -1:
		return -inf32
	case !(x < inf32) || abs32(x) < 0x1p-24:
		return x
	}
	u := 1 + x
	// u + c = 1 + x exactly (Fast2Sum, either way round).
	c := x - (u - 1)
	if x > 1 {
		c = 1 - (u - x)
	}
	e, f := splitLog(u)
	return logParts(e, f, c/u)
}

// sigmoid32 returns 1/(1 + e⁻ˣ) within 2.4 ulp; results under 2⁻¹²⁸ may be 0.
func sigmoid32(x float32) float32 { return 1 / (1 + exp32(-x)) }

// tanh32 returns the hyperbolic tangent within 2.6 ulp.
func tanh32(x float32) float32 {
	z := expm132(clampBottom(-2*abs32(x), -20))
	return copySign(z/(-2-z), x)
}

// softplus32 returns ln (1 + eˣ) within 2 ulp.
func softplus32(x float32) float32 {
	return clampBottom(x, 0) + log1p32(exp32(-abs32(x)))
}

// erfPoly holds P of erf x = x + x·P(x²) for |x| <= 1.
var erfPoly = [...]float32{
	7.578780787e-5, -7.918365300e-4, 5.176442199e-3, -2.684633434e-2, 0.1128335148, -0.3761259317, 0.1283791512,
}

// erf32 returns the error function within 1.5 ulp.
func erf32(x float32) float32 {
	t := abs32(x)
	small := fma32(t, horner(t*t, erfPoly[:]), t)
	c, _ := normalTail(clampTop(t*math.Sqrt2, maxTail))
	y := choose(t < 1, small, 1-2*c)
	return copySign(y, x)
}

// tailPoly holds Q of 1-Φ(t) = exp(-t²/2)·Q((t-3)/(t+3)) for 0 <= t <= maxTail;
// relative error under 2⁻²⁶.
var tailPoly = [...]float32{
	-5.405669867e-7, 5.336745744e-5, 1.162250629e-4, -3.393935040e-4, -9.841666324e-4, 2.904653782e-3,
	6.132188719e-3, -4.621333629e-2, 0.1232250184, -0.2064026147, 0.1215139478,
}

// maxTail is where 1-Φ has become 0 in float32.
const maxTail = 14.5

// normalTail returns 1-Φ(t) and exp(-t²/2) for 0 <= t <= maxTail.
func normalTail(t float32) (c, e float32) {
	h := t * t
	l := fma32(t, t, -h) // h + l = t² exactly
	e = exp32(-0.5 * h)
	e = fma32(e, -0.5*l, e)
	return float32(e * horner((t-3)/(t+3), tailPoly[:])), e
}

// normal32 returns Φ(x) and φ(x), the distribution function and the density
// of the standard normal distribution, both within 6 ulp of results that are
// not subnormal.
func normal32(x float32) (cdf, pdf float32) {
	c, e := normalTail(clampTop(abs32(x), maxTail))
	return choose(x > 0, 1-c, c), e * invSqrt2Pi
}

const invSqrt2Pi = 0.398942280401432677939946059934381868
