package kernel

import "fmt"

// A Spread says how an input is laid over a matrix (rows, cols).
type Spread uint8

// The ways to spread an input over a matrix.
const (
	Full     Spread = iota // one element each: (rows, cols)
	EachRow                // a row vector (cols), repeated for each row
	EachCol                // a column vector (rows), repeated along each row
	Constant               // one element for all
)

// size returns the length of an input for a matrix (rows, cols).
func (s Spread) size(rows, cols int) int {
	return [...]int{Full: rows * cols, EachRow: cols, EachCol: rows, Constant: 1}[s]
}

// ApplyRows2 sets dst (rows, cols) to op of a and b, a binary op with
// parameter p; sa and sb say how a and b are laid over the matrix. An input
// that is Full may be dst; otherwise dst must not overlap the inputs.
func ApplyRows2[T Float](op Op, dst, a, b []T, rows, cols int, sa, sb Spread, p T) {
	if len(dst) != rows*cols || len(a) != sa.size(rows, cols) || len(b) != sb.size(rows, cols) {
		panic(fmt.Sprintf("kernel: ApplyRows2 %v over (%d, %d), spreads %d and %d: lengths dst %d, a %d, b %d",
			op, rows, cols, sa, sb, len(dst), len(a), len(b)))
	}
	if cols == 0 {
		return
	}
	// Short rows are taken several at a time, with vectors copied out.
	var bufA, bufB [rowsBuffer]T
	step := max(1, min(rows, rowsBuffer/cols))
	ra, rb := spreadReader[T]{sa, a, cols, bufA[:]}, spreadReader[T]{sb, b, cols, bufB[:]}
	ra.prepare(step)
	rb.prepare(step)
	for r := 0; r < rows; r += step {
		n := min(step, rows-r)
		Apply2(op, dst[r*cols:(r+n)*cols], ra.rows(r, n), rb.rows(r, n), p)
	}
}

// rowsBuffer is the number of elements in which short rows are gathered.
const rowsBuffer = 512

// A spreadReader gives the elements of an input for some rows of a matrix.
type spreadReader[T Float] struct {
	spread Spread
	x      []T
	cols   int
	buf    []T
}

// prepare copies a row vector step times into the buffer.
func (s *spreadReader[T]) prepare(step int) {
	if s.spread == EachRow && step > 1 {
		for r := range step {
			copy(s.buf[r*s.cols:], s.x)
		}
		s.x = s.buf
	}
}

// rows returns the input for n rows from r, or one element that stands for
// all of them.
func (s *spreadReader[T]) rows(r, n int) []T {
	switch s.spread {
	case Full:
		return s.x[r*s.cols:][:n*s.cols]
	case EachRow:
		return s.x[:n*s.cols]
	case Constant:
		return s.x
	}
	if n == 1 {
		return s.x[r : r+1]
	}
	for i := range n {
		fill(s.buf[i*s.cols:][:s.cols], s.x[r+i])
	}
	return s.buf[:n*s.cols]
}
