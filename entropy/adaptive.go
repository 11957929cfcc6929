package entropy

import "math"

// A Bit is an adaptive model of a bit: an estimate of its probability that
// follows the bits seen. The zero value takes 0 and 1 for equally likely. It is
// the mean of two averages, a quick one over about 32 bits and a slow one over
// about 256, as in the arithmetic coder of H.266 (2020); each averages all bits
// equally until it has seen that many, so that short messages gain too.
//
// Encoder and decoder must begin with equal models. A Bit may be copied.
type Bit struct {
	quick, slow int32 // probability of 0, less a half, in units of 2^-28
	seen        int32 // up to slowSpan
}

const (
	quickSpan = 30
	slowSpan  = 254
	bitHalf   = 1 << 27
	// minBitFreq bounds the price of the unlikely bit, to 12 bits.
	minBitFreq = 16
)

// zeroFreq returns the frequency of 0, out of Scale.
func (m *Bit) zeroFreq() uint32 {
	f := Scale/2 + (m.quick+m.slow)>>(28-scaleBits+1)
	return uint32(min(max(f, minBitFreq), Scale-minBitFreq))
}

// update moves the averages towards the bit, by 1/(n+1.5) of the way after n
// bits: at first that is the estimate of Krichevsky and Trofimov (1981) but for
// a quarter of a bit.
func (m *Bit) update(bit int) {
	target := int32(bitHalf - 2*bitHalf*bit)
	m.quick += 2 * (target - m.quick) / (2*min(m.seen, quickSpan) + 3)
	m.slow += 2 * (target - m.slow) / (2*m.seen + 3)
	m.seen = min(m.seen+1, slowSpan)
}

// code returns the step of a bit and updates the model.
func (m *Bit) code(bit int) op {
	o := m.op(bit)
	m.update(bit)
	return o
}

// decode returns the bit that a slot means and its step, and updates the model.
func (m *Bit) decode(slot uint32) (int, op) {
	bit := 0
	if slot >= m.zeroFreq() {
		bit = 1
	}
	return bit, m.code(bit)
}

func (m *Bit) op(bit int) op {
	f := m.zeroFreq()
	switch bit {
	case 0:
		return makeOp(0, f)
	case 1:
		return makeOp(f, Scale-f)
	}
	panicf("%d is not a bit", bit)
	return 0
}

// Bits returns the ideal code length of a bit as the model stands, in bits.
func (m *Bit) Bits(bit int) float64 {
	return scaleBits - math.Log2(float64(opFreq(m.op(bit))))
}

// A Tree is an adaptive model of numbers of a fixed number of bits: the bits
// are coded from the high one down, each by a model for the bits before it.
type Tree []Bit

// NewTree returns a model of the numbers below 1<<n, 1 <= n <= 16.
func NewTree(n int) Tree {
	if n < 1 || n > 16 {
		panicf("a tree of %d bits: it has from 1 to 16", n)
	}
	return make(Tree, 1<<n)
}

// Put codes v, which must be less than len(t).
func (t Tree) Put(e Encoder, v uint32) {
	if int(v) >= len(t) {
		panicf("the number %d in a tree of %d", v, len(t))
	}
	node := 1
	for bit := len(t) >> 1; bit > 0; bit >>= 1 {
		b := 0
		if int(v)&bit != 0 {
			b = 1
		}
		e.PutBit(&t[node], b)
		node = 2*node + b
	}
}

// Get decodes a number.
func (t Tree) Get(d Decoder) uint32 {
	node := 1
	for node < len(t) {
		node = 2*node + d.GetBit(&t[node])
	}
	return uint32(node - len(t))
}

// A Uint is an adaptive model of numbers of any size, small ones above all:
// lengths, steps, runs. It is Elias's gamma code of v+1 with adaptive models
// for the bits that tell the length. The zero value is ready for use.
type Uint struct {
	length [31]Bit
}

// Put codes v, which must be less than 1<<32 - 1.
func (m *Uint) Put(e Encoder, v uint32) {
	if v == math.MaxUint32 {
		panicf("the number %d does not fit a Uint", v)
	}
	k := gammaClass(v)
	for i := range k {
		e.PutBit(&m.length[i], 1)
	}
	if k < 31 {
		e.PutBit(&m.length[k], 0)
	}
	e.PutBits(v+1, k)
}

// Get decodes a number.
func (m *Uint) Get(d Decoder) uint32 {
	k := 0
	for k < 31 && d.GetBit(&m.length[k]) == 1 {
		k++
	}
	return 1<<k + d.GetBits(k) - 1
}
