package entropy

import (
	"math"
	"math/bits"
)

// beyond describes a value outside the range: 0 and its distance below Min, or
// 1 and its distance above Max, where the nearest value has the distance 0.
func (t *Table) beyond(v int32) (side, distance uint32) {
	if v < t.min {
		return 0, uint32(t.min) - uint32(v) - 1
	}
	return 1, uint32(v) - uint32(t.Max()) - 1
}

// gammaClass returns the number of bits of d+1 after its leading one. A
// distance is at most 2^32-2, so that d+1 does not overflow.
func gammaClass(d uint32) int { return bits.Len32(d+1) - 1 }

// putBeyond codes a value outside the range, after the escape: its side in one
// bit and its distance by Elias's gamma code.
func putBeyond(e Encoder, t *Table, v int32) {
	side, d := t.beyond(v)
	k := gammaClass(d)
	e.PutBits(side, 1)
	for range k {
		e.PutBits(0, 1)
	}
	e.PutBits(1, 1)
	e.PutBits(d+1, k)
}

// getBeyond decodes what putBeyond codes. It returns false if that is not a
// value outside the range.
func getBeyond(d Decoder, t *Table) (int32, bool) {
	side := d.GetBits(1)
	k := 0
	for d.GetBits(1) == 0 {
		if k++; k == 32 {
			return 0, false
		}
	}
	distance := int64(1)<<k + int64(d.GetBits(k))
	v := int64(t.min) - distance
	if side == 1 {
		v = int64(t.Max()) + distance
	}
	return int32(v), v >= math.MinInt32 && v <= math.MaxInt32
}

// escapeOp returns the step of the escape, for coding v.
func (t *Table) escapeOp(v int32) op {
	if !t.Open() {
		panicf("the value %d is outside the closed table of [%d, %d]", v, t.min, t.Max())
	}
	return t.ops[t.n]
}
