package entropy

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// A Family describes a grid of tables for a mean-scale hyperprior (J. Ballé et
// al., 2018; D. Minnen et al., 2018): a distribution of some shape, of several
// scales in geometric progression and several means within a step, integrated
// over the intervals of length 1 around the whole numbers. Its tables are
// computed in fixed point and are the same on every machine, so that a model
// need not store them. The zero value is the default.
type Family struct {
	Shape Shape

	// Scales is the number of scales. 0 stands for the default grid of 64
	// scales from 0.105 to 268, and then Low and Step are not looked at.
	Scales int
	// Low is the base-2 logarithm of the first scale and Step that of the
	// ratio of one scale to that before it, in units of 1/256. The scales are
	// in [1/16, 1024].
	Low, Step int

	// Means is the number of means in a step: 0, 1/Means, 2/Means, ... 0
	// stands for 1, the mean 0 alone.
	Means int
}

// Limits of a family.
const (
	// MaxFamilyTables is the largest product of Scales and Means.
	MaxFamilyTables = 1024
	// MaxFamilySymbols is the largest number of symbols in all the tables of a
	// family. The default grid has about 15,000 for each mean.
	MaxFamilySymbols = 1 << 18

	octave  = 256 // units of Low and Step in a factor of 2
	minLow  = -4 * octave
	maxHigh = 10 * octave
	minMass = 1 << 15 // of a value in a table, in units of 2^-32: half a slot
)

// withDefaults puts in the defaults and checks the rest.
func (f Family) withDefaults() (Family, error) {
	if f.Scales == 0 {
		f.Scales, f.Low, f.Step = 64, -832, 46
	}
	if f.Means == 0 {
		f.Means = 1
	}
	high := int64(f.Low) + int64(f.Scales-1)*int64(f.Step)
	switch {
	case f.Shape >= numShapes:
		return f, fmt.Errorf("entropy: no shape has the number %d", f.Shape)
	case f.Scales < 0 || f.Means < 0 || f.Scales > MaxFamilyTables || f.Means > MaxFamilyTables/f.Scales:
		return f, fmt.Errorf("entropy: a family of %d scales and %d means: it has at most %d tables", f.Scales, f.Means, MaxFamilyTables)
	case f.Step < 0 || f.Step > maxHigh-minLow || f.Low < minLow || high > maxHigh:
		return f, fmt.Errorf("entropy: a family of %d scales from 2^(%d/%d) in steps of 2^(%d/%d): they must be from 1/16 to 1024",
			f.Scales, f.Low, octave, f.Step, octave)
	}
	return f, nil
}

// Set returns the tables of the family, in the order of [Family.Context]: for
// each scale those of all means. Their values are those of a probability of at
// least 2^-17; all others escape.
func (f Family) Set() (*Set, error) {
	f, err := f.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Set{tables: make([]Table, 0, f.Scales*f.Means)}
	left := MaxFamilySymbols
	for i := range f.Scales {
		scale := exp2(f.Low + i*f.Step)
		for j := range f.Means {
			t := f.Shape.table(scale, int64(j)<<16/int64(f.Means))
			if left -= len(t.ops); left < 0 {
				return nil, fmt.Errorf("entropy: a family of more than %d symbols in all: take fewer means or smaller scales", MaxFamilySymbols)
			}
			s.tables = append(s.tables, *t)
		}
	}
	return s, nil
}

// Context returns the number of the table for a scale, given by its place in
// the grid, and for a mean in units of 1/Means; and the whole number to take
// from a value before it is put and to add after it is got. A scale outside the
// grid stands for the nearest in it. The family must be a valid one.
func (f Family) Context(scale, mean int) (ctx uint16, shift int32) {
	f, err := f.withDefaults()
	if err != nil {
		panic(err)
	}
	whole := mean / f.Means
	if mean%f.Means < 0 {
		whole--
	}
	scale = min(max(scale, 0), f.Scales-1)
	return uint16(scale*f.Means + mean - whole*f.Means), int32(whole)
}

// exp2 returns 2^(e/256) in units of 2^-16.
func exp2(e int) uint64 {
	whole, part := e>>8, e&(octave-1)
	// 2^(part/256) is twice 2^-(256-part)/256, which is from 1/2 to 1.
	fraction := expNeg(mul62(uint64(octave-part)<<24, ln2))
	return fraction >> (62 - 16 - 1 - whole)
}

// table returns the table of a scale and a mean in [0, 1), in units of 2^-16.
func (s Shape) table(scale uint64, mean int64) *Table {
	// below is the probability of less than v+1/2, less a half, in units of 2^-32.
	below := func(v int64) int64 {
		d := v<<16 + 1<<15 - mean
		if d < 0 {
			return -int64(s.half(uint64(-d)<<32/scale) >> 30)
		}
		return int64(s.half(uint64(d)<<32/scale) >> 30)
	}
	// masses are the probabilities of v, v+step, v+2·step, ... while large enough.
	masses := func(v, step int64) []uint64 {
		var w []uint64
		for near := below(v - (step+1)/2); ; v += step {
			far := below(v + (step-1)/2)
			m := (far - near) * step
			if m < minMass {
				return w
			}
			w = append(w, uint64(m))
			near = far
		}
	}
	mode := (mean + 1<<15) >> 16
	weights := masses(mode-1, -1)
	low := mode - int64(len(weights))
	slices.Reverse(weights)
	weights = append(weights, masses(mode, 1)...)
	escape := uint64(1 << 32)
	for _, w := range weights {
		escape -= w
	}
	return newTable(int32(low), apportion(append(weights, escape)), true)
}

// AppendBinary appends the family to b, in the form that [ReadFamily] reads;
// see FORMAT.md. It takes 5 to 9 bytes.
func (f Family) AppendBinary(b []byte) ([]byte, error) {
	f, err := f.withDefaults()
	if err != nil {
		return nil, err
	}
	b = append(b, byte(f.Shape))
	b = binary.AppendUvarint(b, uint64(f.Scales))
	b = binary.AppendVarint(b, int64(f.Low))
	b = binary.AppendUvarint(b, uint64(f.Step))
	return binary.AppendUvarint(b, uint64(f.Means)), nil
}

// ReadFamily reads a valid family from the start of b and returns what follows
// it. The error wraps ErrCorrupt or ErrTruncated.
func ReadFamily(b []byte) (Family, []byte, error) {
	r := &reader{rest: b}
	f := Family{
		Shape:  Shape(r.uvarint(uint64(numShapes) - 1)),
		Scales: int(r.uvarint(MaxFamilyTables)),
		Low:    int(r.varint32()),
		Step:   int(r.uvarint(maxHigh - minLow)),
		Means:  int(r.uvarint(MaxFamilyTables)),
	}
	if r.err == nil && (f.Scales == 0 || f.Means == 0) {
		r.fail("%w: a family without tables", ErrCorrupt)
	}
	if r.err != nil {
		return Family{}, nil, fmt.Errorf("family: %w", r.err)
	}
	if _, err := f.withDefaults(); err != nil {
		return Family{}, nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return f, r.rest, nil
}
