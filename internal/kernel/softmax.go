package kernel

import "fmt"

// A SoftmaxOp is a function of whole rows, or its gradient.
type SoftmaxOp uint8

// The softmax functions of a row x, and their gradients from the output y and
// its gradient dy. Sums are those of [ReduceSum] and [ReduceDot] with
// inner = 1; m is the row's maximum.
const (
	Softmax        SoftmaxOp = iota // eˣ⁻ᵐ / Σ eˣ⁻ᵐ
	LogSoftmax                      // (x - m) - ln Σ eˣ⁻ᵐ
	SoftmaxGrad                     // y·(dy - Σ y·dy)
	LogSoftmaxGrad                  // fma(-Σ dy, eʸ, dy)
)

// SoftmaxRows applies a SoftmaxOp along the last axis of (rows, cols).
type SoftmaxRows[T Float] struct {
	op         SoftmaxOp
	rows, cols int
	perPart    int // rows of one part

	dst, a, dy []T // of the current Run
}

// NewSoftmaxRows plans op for matrices (rows, cols).
func NewSoftmaxRows[T Float](op SoftmaxOp, rows, cols int) *SoftmaxRows[T] {
	if op > LogSoftmaxGrad || rows < 0 || cols <= 0 {
		panic(fmt.Sprintf("kernel: NewSoftmaxRows(%d, %d, %d)", op, rows, cols))
	}
	const grain = 1 << 12 // elements worth a part of their own
	return &SoftmaxRows[T]{op: op, rows: rows, cols: cols, perPart: max(1, grain/cols)}
}

// Run computes dst (rows, cols) on p: from x for a function, when dy is nil;
// from y and dy for a gradient. dst must not overlap an input.
func (s *SoftmaxRows[T]) Run(p *Pool, dst, xOrY, dy []T) {
	n := s.rows * s.cols
	if wantDy := s.op >= SoftmaxGrad; len(dst) != n || len(xOrY) != n || (wantDy && len(dy) != n) || (!wantDy && dy != nil) {
		panic(fmt.Sprintf("kernel: SoftmaxRows op %d of (%d, %d): lengths dst %d, x or y %d, dy %d",
			s.op, s.rows, s.cols, len(dst), len(xOrY), len(dy)))
	}
	s.dst, s.a, s.dy = dst, xOrY, dy
	p.Do((s.rows+s.perPart-1)/s.perPart, s)
	s.dst, s.a, s.dy = nil, nil, nil
}

// Part does some rows; it is for the pool.
func (s *SoftmaxRows[T]) Part(i int) {
	for r := i * s.perPart; r < min(s.rows, (i+1)*s.perPart); r++ {
		from, to := r*s.cols, (r+1)*s.cols
		if s.dy == nil {
			s.row(s.dst[from:to], s.a[from:to])
		} else {
			s.rowGrad(s.dst[from:to], s.a[from:to], s.dy[from:to])
		}
	}
}

func (s *SoftmaxRows[T]) row(dst, x []T) {
	m := reduceRow(ReduceMax, x, x)
	Apply1(AddScalar, dst, x, -m)
	Apply1(Exp, dst, dst, 0)
	sum := reduceRow(ReduceSum, dst, dst)
	if s.op == Softmax {
		Apply1(DivScalar, dst, dst, sum)
		return
	}
	Apply1(AddScalar, dst, x, -m)
	Apply1(AddScalar, dst, dst, -scalarOps[T]().unary[Log](sum, 0))
}

func (s *SoftmaxRows[T]) rowGrad(dst, y, dy []T) {
	if s.op == SoftmaxGrad {
		Apply1(AddScalar, dst, dy, -reduceRow(ReduceDot, y, dy))
		Apply2(Mul, dst, y, dst, 0)
		return
	}
	Apply1(Exp, dst, y, 0)
	Apply2(AddScaled, dst, dy, dst, -reduceRow(ReduceSum, dy, dy))
}
