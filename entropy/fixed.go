package entropy

import "math/bits"

// Fixed-point functions, the same on every machine. Fractions are in units of
// 2^-62, arguments in units of 2^-32; products and quotients are cut off, not
// rounded.
const (
	one62        = 1 << 62
	ln2          = 0x2c5c85fdf473de6a // ln 2
	log2e        = 0x5c551d94ae0bf85d // 1/ln 2
	invSqrtTwoPi = 0x19884533d436508d // 1/√(2π)
)

func mul62(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi<<2 | lo>>62
}

func mul32(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi<<32 | lo>>32
}

// expNeg returns e^-t, within 2^-59.
func expNeg(t uint64) uint64 {
	if t >= 64<<32 {
		return 0
	}
	// e^-t = 2^-k·e^-f with k whole and 0 <= f < ln 2, and then Horner's rule.
	hi, _ := bits.Mul64(t, log2e)
	k := hi >> 30
	f := t<<30 - k*ln2
	sum := uint64(one62)
	for n := uint64(20); n > 0; n-- {
		sum = one62 - mul62(f, sum)/n
	}
	return sum >> k
}

// A Shape is a distribution with a location and a scale.
type Shape uint8

const (
	Gaussian Shape = iota // the scale is the standard deviation
	Logistic              // of distribution function 1/(1+exp(-x/scale))
	Laplace               // of density exp(-|x|/scale)/(2·scale)
	numShapes
)

// half returns the probability of [0, x] for the scale 1, at most a half,
// within 2^-29.
func (s Shape) half(x uint64) uint64 {
	switch s {
	case Gaussian:
		return gaussHalf(x)
	case Logistic:
		q, _ := bits.Div64(1<<60, 0, one62+expNeg(x))
		return q - one62/2
	default:
		return (one62 - expNeg(x)) / 2
	}
}

// gaussHalf sums φ(x)·(x + x³/3 + x⁵/(3·5) + x⁷/(3·5·7) + ...), whose terms are
// all positive (Abramowitz and Stegun, 26.2.11). Beyond 6 it is a half.
func gaussHalf(x uint64) uint64 {
	if x >= 6<<32 {
		return one62 / 2
	}
	square := mul32(x, x)
	term := mul32(mul62(expNeg(square/2), invSqrtTwoPi), x)
	sum := uint64(0)
	for n := uint64(3); term > 0; n += 2 {
		sum += term
		term = mul32(term, square) / n
	}
	return min(sum, one62/2)
}
