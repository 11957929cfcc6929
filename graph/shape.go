package graph

import (
	"fmt"
	"slices"
	"strings"
)

// Unknown is a dimension that becomes known when the graph is planned.
const Unknown = -1

// A Shape lists the dimensions of a tensor, outermost first; a scalar has
// none.
type Shape []int

// String returns the shape as (None, 28, 28), None standing for [Unknown].
func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = fmt.Sprint(d)
		if d == Unknown {
			parts[i] = "None"
		}
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// Elements returns the number of elements, or Unknown.
func (s Shape) Elements() int {
	n := 1
	for _, d := range s {
		if d == Unknown {
			return Unknown
		}
		n *= d
	}
	return n
}

// Known reports whether no dimension is Unknown.
func (s Shape) Known() bool { return !slices.Contains(s, Unknown) }

// Equal reports whether both shapes have the same dimensions.
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

// A ShapeError says which operation cannot take which shapes. Functions that
// build nodes panic with it.
type ShapeError struct {
	Op     string  // the operation
	Shapes []Shape // its inputs
	Reason string
}

func (e *ShapeError) Error() string {
	parts := make([]string, len(e.Shapes))
	for i, s := range e.Shapes {
		parts[i] = s.String()
	}
	return fmt.Sprintf("graph: %s of %s: %s", e.Op, strings.Join(parts, " and "), e.Reason)
}

// fail panics with a ShapeError.
func fail(op fmt.Stringer, in []Shape, format string, args ...any) {
	panic(&ShapeError{Op: op.String(), Shapes: slices.Clone(in), Reason: fmt.Sprintf(format, args...)})
}

// broadcast returns the shape that a and b broadcast to by NumPy's rule:
// aligned at the last dimension, equal or one of them 1. An Unknown dimension
// agrees with Unknown, with 1, and with any other, which then wins.
func broadcast(op fmt.Stringer, a, b Shape) Shape {
	out := slices.Clone(a)
	short := b
	if len(b) > len(a) {
		out, short = slices.Clone(b), a
	}
	off := len(out) - len(short)
	for i, d := range short {
		switch e := &out[off+i]; {
		case *e == d || d == 1:
		case *e == 1 || *e == Unknown:
			*e = d
		case d == Unknown:
		default:
			fail(op, []Shape{a, b}, "dimensions %d and %d do not broadcast", *e, d)
		}
	}
	return out
}

// axis maps a dimension index, negative ones counting from the end, to
// 0..rank-1.
func (s Shape) axis(op fmt.Stringer, i int) int {
	k := i
	if k < 0 {
		k += len(s)
	}
	if k < 0 || k >= len(s) {
		fail(op, []Shape{s}, "there is no axis %d", i)
	}
	return k
}
