package entropy

import (
	"fmt"
	"math"
	"math/bits"
)

// A Table gives each value of a range [Min, Max] a frequency of at least 1; an
// open table keeps some for an escape, so that it codes any other value too.
// The frequencies add up to [Scale]. A table does not change once made.
//
// Tables of up to 256 symbols take at most 5 KiB; larger ones 4 bytes a symbol
// more.
type Table struct {
	min   int32
	n     uint32   // number of values in the range
	shift uint8    // slot>>shift is the slot's bucket
	lut   []uint32 // per bucket: the first symbol in the low half, its last slot in the high half
	ops   []op     // per symbol; the escape, if any, is the last
}

// MaxSymbols is the largest number of symbols of a table, the escape included.
const MaxSymbols = Scale

// NewTable returns an open table of the values min, min+1, ...,
// min+len(weights)-1, with an escape for all others. The frequencies are those
// of least expected code length when values occur in proportion to the weights
// (escape being the weight of all other values together), each at least 1; see
// the package comment. Weights of any size will do; if all are 0 they count as
// equal.
func NewTable(min int32, weights []uint64, escape uint64) (*Table, error) {
	if err := checkRange(min, len(weights), true); err != nil {
		return nil, err
	}
	w := make([]uint64, 0, len(weights)+1)
	return newTable(min, apportion(append(append(w, weights...), escape)), true), nil
}

// NewClosedTable is NewTable without the escape: no other value can be coded.
// A closed table of one value codes it in no space.
func NewClosedTable(min int32, weights []uint64) (*Table, error) {
	if err := checkRange(min, len(weights), false); err != nil {
		return nil, err
	}
	return newTable(min, apportion(weights), false), nil
}

func checkRange(min int32, n int, open bool) error {
	switch limit := MaxSymbols; {
	case n == 0:
		return fmt.Errorf("entropy: a table needs at least one value")
	case open && n == limit, n > limit:
		return fmt.Errorf("entropy: a table of %d values is too large: it has at most %d symbols", n, limit)
	case int64(min)+int64(n)-1 > math.MaxInt32:
		return fmt.Errorf("entropy: a table of %d values from %d goes beyond 32 bits", n, min)
	}
	return nil
}

// newTable makes the table of valid frequencies: each at least 1, Scale in all.
func newTable(min int32, freqs []uint32, open bool) *Table {
	t := &Table{min: min, n: uint32(len(freqs)), ops: make([]op, len(freqs))}
	if open {
		t.n--
	}
	start := uint32(0)
	for i, f := range freqs {
		t.ops[i] = makeOp(start, f)
		start += f
	}
	t.buildLUT()
	return t
}

// buildLUT divides the slots into 4 to 8 buckets a symbol, of 64 slots or more.
// A bucket names the symbol of its first slot; nearly always a slot belongs to
// that symbol or to the next, which find tells apart without a branch. As no
// symbol is empty, a bucket of 64 slots touches at most 64.
func (t *Table) buildLUT() {
	k := min(max(bits.Len(uint(len(t.ops)-1))+2, 4), 10)
	t.shift = uint8(scaleBits - k)
	t.lut = make([]uint32, 1<<k)
	sym := uint32(0)
	for b := range t.lut {
		slot := uint32(b) << t.shift
		for slot-opStart(t.ops[sym]) >= opFreq(t.ops[sym]) {
			sym++
		}
		last := opStart(t.ops[sym]) + opFreq(t.ops[sym]) - 1
		t.lut[b] = sym | last<<16
	}
}

// find returns the symbol that a slot belongs to, and its step.
func (t *Table) find(slot uint32) (sym uint32, o op) {
	e := t.lut[slot>>(t.shift&15)]
	sym = e&0xffff + (e>>16-slot)>>31 // the next symbol if slot is beyond the last of the first
	o = t.ops[sym]
	for slot-o&0xffff > o>>16 {
		sym++
		o = t.ops[sym]
	}
	return sym, o
}

// Min returns the smallest value of the range.
func (t *Table) Min() int32 { return t.min }

// Max returns the largest value of the range.
func (t *Table) Max() int32 { return t.min + int32(t.n-1) }

// Open tells whether the table has an escape, that is, codes every value.
func (t *Table) Open() bool { return int(t.n) < len(t.ops) }

// Freq returns the frequency of v, out of [Scale]; for a value outside the
// range that of the escape, 0 in a closed table.
func (t *Table) Freq(v int32) uint32 {
	i := min(uint32(v)-uint32(t.min), t.n)
	if int(i) == len(t.ops) {
		return 0
	}
	return opFreq(t.ops[i])
}

// Bits returns the ideal code length of v in bits: the base-2 logarithm of
// Scale/Freq, and the bits that follow an escape. It is infinite for a value
// outside a closed table.
func (t *Table) Bits(v int32) float64 {
	b := scaleBits - math.Log2(float64(t.Freq(v)))
	if uint32(v)-uint32(t.min) >= t.n {
		_, d := t.beyond(v)
		b += float64(2 + 2*gammaClass(d))
	}
	return b
}

func panicf(format string, args ...any) {
	panic("entropy: " + fmt.Sprintf(format, args...))
}
