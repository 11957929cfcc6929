package entropy

import (
	"encoding/binary"
	"fmt"
)

// A Set is a list of tables, one for each context that a symbol can have. It
// does not change once made.
type Set struct {
	tables []Table
}

// NewSet returns the set of the tables, numbered from 0.
func NewSet(tables ...*Table) *Set {
	s := &Set{tables: make([]Table, len(tables))}
	for i, t := range tables {
		s.tables[i] = *t
	}
	return s
}

// Len returns the number of tables.
func (s *Set) Len() int { return len(s.tables) }

// Table returns the table with number i.
func (s *Set) Table(i int) *Table { return &s.tables[i] }

// AppendBinary appends the set to b, in the form that [ReadSet] reads; see
// FORMAT.md. It takes 1 to 3 bytes a symbol. The error is always nil.
func (s *Set) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(len(s.tables)))
	for i := range s.tables {
		b = s.tables[i].append(b)
	}
	return b, nil
}

// append writes the smallest value, the number of values with the flag of an
// open table, and the frequencies less one, but for the last, which is what
// the others leave.
func (t *Table) append(b []byte) []byte {
	b = binary.AppendVarint(b, int64(t.min))
	head := uint64(t.n) << 1
	if t.Open() {
		head |= 1
	}
	b = binary.AppendUvarint(b, head)
	for _, o := range t.ops[:len(t.ops)-1] {
		b = binary.AppendUvarint(b, uint64(o>>scaleBits))
	}
	return b
}

// ReadSet reads a set from the start of b and returns what follows it. It
// accepts only what AppendBinary writes. What it allocates is at most about
// 200 times the length of b, whatever b says. The error wraps ErrCorrupt or
// ErrTruncated.
func ReadSet(b []byte) (*Set, []byte, error) {
	r := &reader{rest: b}
	n := r.uvarint(uint64(len(b)))
	s := &Set{}
	for i := range n {
		t := readTable(r)
		if r.err != nil {
			return nil, nil, fmt.Errorf("table %d: %w", i, r.err)
		}
		s.tables = append(s.tables, *t)
	}
	if r.err != nil {
		return nil, nil, fmt.Errorf("number of tables: %w", r.err)
	}
	return s, r.rest, nil
}

// readTable returns nil if it fails, with the error in r.
func readTable(r *reader) *Table {
	min := r.varint32()
	head := r.uvarint(2*MaxSymbols + 1)
	n, open := int(head>>1), head&1 == 1
	if r.err != nil {
		return nil
	}
	if err := checkRange(min, n, open); err != nil {
		r.fail("%w: %w", ErrCorrupt, err)
		return nil
	}
	if open {
		n++
	}
	if n-1 > len(r.rest) {
		r.fail("%w: %d symbols in %d bytes", ErrTruncated, n, len(r.rest))
		return nil
	}
	freqs := readFreqs(r, n)
	if r.err != nil {
		return nil
	}
	return newTable(min, freqs, open)
}

func readFreqs(r *reader, n int) []uint32 {
	freqs := make([]uint32, n)
	left := uint64(Scale)
	for i := range freqs[:n-1] {
		later := uint64(n - 1 - i) // at least one slot each
		freqs[i] = uint32(r.uvarint(left-later-1) + 1)
		if r.err != nil {
			return nil
		}
		left -= uint64(freqs[i])
	}
	freqs[n-1] = uint32(left)
	return freqs
}
