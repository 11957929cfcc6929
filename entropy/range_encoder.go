package entropy

// The range coder's numbers; see FORMAT.md. A message is a fraction of 1, and
// coding narrows an interval of such fractions. All of the interval that still
// changes lies in a window of 56 bits, which moves along the message 16 bits
// at a time.
const (
	windowBytes = 7
	windowBits  = 8 * windowBytes
	window      = 1 << windowBits
	minRange    = window >> 16 // the window moves when the interval gets smaller
)

// A RangeEncoder is a range coder (G. N. N. Martin, 1979). Its messages exceed
// the ideal length by 0.6 bytes on average, which makes it the coder of small
// ones. [RANSEncoder] is faster.
type RangeEncoder struct {
	low uint64 // start of the interval in the window, less than 2*window: a carry may be due
	rng uint64 // width of the interval, from minRange to window
	buf []byte // the message before the window
}

var _ Encoder = (*RangeEncoder)(nil)

// NewRangeEncoder returns an encoder ready for use.
func NewRangeEncoder() *RangeEncoder { return &RangeEncoder{rng: window} }

// Reset implements [Encoder].
func (e *RangeEncoder) Reset() { *e = RangeEncoder{rng: window, buf: e.buf[:0]} }

// narrow cuts the interval down to a step's share of it.
func (e *RangeEncoder) narrow(o op) {
	unit := e.rng >> scaleBits
	e.low += unit * uint64(opStart(o))
	e.rng = unit * uint64(opFreq(o))
	if e.rng < minRange {
		e.move()
	}
}

// move moves the window on by two bytes.
func (e *RangeEncoder) move() {
	e.carry()
	e.buf = append(e.buf, byte(e.low>>(windowBits-8)), byte(e.low>>(windowBits-16)))
	e.low = e.low << 16 % window
	e.rng <<= 16
}

// carry adds to buf what low has beyond the window.
func (e *RangeEncoder) carry() {
	if e.low < window {
		return
	}
	e.low -= window
	for i := len(e.buf) - 1; ; i-- {
		e.buf[i]++
		if e.buf[i] != 0 {
			return
		}
	}
}

// Put implements [Encoder].
func (e *RangeEncoder) Put(t *Table, v int32) {
	if i := uint32(v) - uint32(t.min); i < t.n {
		e.narrow(t.ops[i])
		return
	}
	e.narrow(t.escapeOp(v))
	putBeyond(e, t, v)
}

// PutAll implements [Encoder].
func (e *RangeEncoder) PutAll(t *Table, src []int32) {
	for _, v := range src {
		e.Put(t, v)
	}
}

// PutEach implements [Encoder].
func (e *RangeEncoder) PutEach(s *Set, ctx []uint16, src []int32) {
	checkContexts(ctx, src)
	for i, v := range src {
		e.Put(&s.tables[ctx[i]], v)
	}
}

// PutBit implements [Encoder].
func (e *RangeEncoder) PutBit(m *Bit, bit int) { e.narrow(m.code(bit)) }

// PutBits implements [Encoder].
func (e *RangeEncoder) PutBits(v uint32, n int) {
	checkBits(n)
	if n > 16 {
		e.narrow(bitsOp(v>>16, n-16))
		n = 16
	}
	e.narrow(bitsOp(v, n))
}

// Finish implements [Encoder].
func (e *RangeEncoder) Finish(dst []byte) []byte {
	v, n := shortest(int64(e.low), int64(e.rng))
	e.low = uint64(v)
	e.carry()
	for i := range n {
		e.buf = append(e.buf, byte(e.low>>(windowBits-8-8*i)))
	}
	dst = append(dst, e.buf...)
	e.Reset()
	return dst
}

// shortest returns how a message ends whose interval is [low, low+rng) in a
// window: with the first n bytes of v, n being the least for which the message
// lies in the interval whatever bytes may follow it, and v the least for that
// n. So no message is the beginning of another with the same tables.
func shortest(low, rng int64) (v int64, n int) {
	for unit := int64(window); ; unit >>= 8 {
		v = (low + unit - 1) &^ (unit - 1)
		if v+unit <= low+rng {
			return v, n
		}
		n++
	}
}
