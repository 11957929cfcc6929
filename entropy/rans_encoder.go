package entropy

import (
	"encoding/binary"
	"slices"
)

// The numbers of the rANS coder; see FORMAT.md. A lane's state is at least
// 2^31 and less than 2^63; words of 32 bits go in and out.
const (
	minState  = 1 << 31
	stateSize = 8
	wordSize  = 4
	lanes     = 4
)

// A RANSEncoder is an asymmetric numeral system coder (J. Duda, 2013) with its
// symbols dealt out to four lanes in turn, so that a processor works on all at
// once (F. Giesen, 2014). Its messages exceed the ideal length by about 24
// bytes: it is the coder of large ones, where its decoder's speed counts.
//
// As such a coder works backwards, the encoder holds 4 bytes a symbol until
// Finish.
type RANSEncoder struct {
	ops   []op
	words []byte // what the last message was made in, filled from its end
}

var _ Encoder = (*RANSEncoder)(nil)

// NewRANSEncoder returns an encoder ready for use.
func NewRANSEncoder() *RANSEncoder { return new(RANSEncoder) }

// Reset implements [Encoder].
func (e *RANSEncoder) Reset() { e.ops = e.ops[:0] }

// Put implements [Encoder].
func (e *RANSEncoder) Put(t *Table, v int32) {
	if i := uint32(v) - uint32(t.min); i < t.n {
		e.ops = append(e.ops, t.ops[i])
		return
	}
	e.ops = append(e.ops, t.escapeOp(v))
	putBeyond(e, t, v)
}

// PutAll implements [Encoder].
func (e *RANSEncoder) PutAll(t *Table, src []int32) {
	e.ops = slices.Grow(e.ops, len(src))
	for _, v := range src {
		e.Put(t, v)
	}
}

// PutEach implements [Encoder].
func (e *RANSEncoder) PutEach(s *Set, ctx []uint16, src []int32) {
	checkContexts(ctx, src)
	e.ops = slices.Grow(e.ops, len(src))
	for i, v := range src {
		e.Put(&s.tables[ctx[i]], v)
	}
}

// PutBit implements [Encoder].
func (e *RANSEncoder) PutBit(m *Bit, bit int) { e.ops = append(e.ops, m.code(bit)) }

// PutBits implements [Encoder].
func (e *RANSEncoder) PutBits(v uint32, n int) {
	checkBits(n)
	if n > 16 {
		e.ops = append(e.ops, bitsOp(v>>16, n-16))
		n = 16
	}
	e.ops = append(e.ops, bitsOp(v, n))
}

// Finish implements [Encoder].
func (e *RANSEncoder) Finish(dst []byte) []byte {
	// A step takes at most 16 bits, and a lane's state holds 32 at the start.
	if need := lanes*stateSize + len(e.ops)*2; len(e.words) < need {
		e.words = make([]byte, need+need/4)
	}
	x := [lanes]uint64{minState, minState, minState, minState}
	end := e.encode(&x, len(e.words))
	for lane := range slices.Backward(x[:]) {
		end -= stateSize
		binary.LittleEndian.PutUint64(e.words[end:], x[lane])
	}
	e.Reset()
	return append(dst, e.words[end:]...)
}

// encode takes the steps backwards, step i in lane i modulo 4,
// writes the words before end, and returns where they begin.
func (e *RANSEncoder) encode(x *[lanes]uint64, end int) int {
	ops := e.ops
	for ; len(ops)%lanes != 0; ops = ops[:len(ops)-1] {
		end = e.push(&x[(len(ops)-1)%lanes], ops[len(ops)-1], end)
	}
	for ; len(ops) > 0; ops = ops[:len(ops)-lanes] {
		g := ops[len(ops)-lanes:]
		end = e.push(&x[3], g[3], end)
		end = e.push(&x[2], g[2], end)
		end = e.push(&x[1], g[1], end)
		end = e.push(&x[0], g[0], end)
	}
	return end
}

// push takes one step.
func (e *RANSEncoder) push(x *uint64, o op, end int) int {
	f := uint64(opFreq(o))
	if *x >= f<<(63-scaleBits) {
		end -= wordSize
		binary.LittleEndian.PutUint32(e.words[end:], uint32(*x))
		*x >>= 32
	}
	*x = *x/f<<scaleBits + *x%f + uint64(opStart(o))
	return end
}
