package kernel

import (
	"math"
	"unsafe"
)

// FMA returns x*y + z rounded once, to the precision of T.
func FMA[T Float](x, y, z T) T {
	if unsafe.Sizeof(x) == 8 {
		return T(math.FMA(float64(x), float64(y), float64(z)))
	}
	return T(fma32(float32(x), float32(y), float32(z)))
}

// fma32 is a float32 fused multiply-add without hardware support. The product
// of two float32 is exact in float64, so s differs from the exact sum by one
// float64 rounding; rounding s again to float32 is wrong only where s lies
// exactly half way between two float32, or where the result is subnormal and
// the half-way points are elsewhere. fmaSlow treats those.
func fma32(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	s := p + float64(z)
	b := math.Float64bits(s)
	if b&(1<<29-1) == 1<<28 || b&(1<<63-1) < 0x381<<52 {
		return fmaSlow(p, float64(z), s)
	}
	return float32(s)
}

// fmaSlow rounds p + z to float32 through the float64 nearest to the sum made
// odd (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums:
// proved algorithms using rounding to odd", 2008).
func fmaSlow(p, z, s float64) float32 {
	// TwoSum (Knuth): e is the exact error of s.
	t := s - p
	e := (p - (s - t)) + (z - t)
	b := math.Float64bits(s)
	if e != 0 && b&1 == 0 {
		if (e > 0) == (s > 0) {
			b++
		} else {
			b--
		}
	}
	return float32(math.Float64frombits(b))
}
