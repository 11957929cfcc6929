package kernel

import "fmt"

// A MatMulShape describes products C = op(A)·op(B), one for each batch entry.
// op(A) is (M, K), op(B) is (K, N) and C is (M, N), all row-major.
type MatMulShape struct {
	Batch   int // products, one after the other in all three operands
	M, N, K int
	TransA  bool // A is stored as (K, M)
	TransB  bool // B is stored as (N, K)
}

// A MatMul is a planned matrix product with an [Epilogue].
//
// Each element of C is one chain of fused multiply-adds over k = 0..K-1 in
// ascending order from +0. A row of C therefore has the same bits whatever
// the other rows hold and however many there are.
type MatMul[T Float] struct {
	shape MatMulShape
	ep    Epilogue[T]
	grid  grid
	simd  *gemmPlan // nil: plain loops

	c, a, b, bias []T // of the Run in progress
}

// NewMatMul plans a product. It panics unless all dimensions are positive.
func NewMatMul[T Float](s MatMulShape, ep Epilogue[T]) *MatMul[T] {
	if s.Batch < 1 || s.M < 1 || s.N < 1 || s.K < 1 {
		panic(fmt.Sprintf("kernel: MatMul of shape %+v", s))
	}
	m := &MatMul[T]{shape: s, ep: ep, grid: newGrid(s.Batch*s.M, s.N*s.K*plainCost)}
	if set := currentTiles(); set != nil && isFloat32[T]() {
		m.simd = newGemmPlan(set, s, ep.to32())
		m.grid = m.simd.grid
	}
	return m
}

// plainCost is how much more a multiply-add costs in the plain loops.
const plainCost = 32

// Run computes c (Batch, M, N) from a (Batch, M, K), b (Batch, K, N) - the
// last two axes exchanged where the shape says transposed - and bias (N) or
// nil. c must not overlap the others. One Run at a time.
func (m *MatMul[T]) Run(p *Pool, c, a, b, bias []T) {
	s := m.shape
	checkLen("MatMul", "c", len(c), s.Batch*s.M*s.N)
	checkLen("MatMul", "a", len(a), s.Batch*s.M*s.K)
	checkLen("MatMul", "b", len(b), s.Batch*s.K*s.N)
	m.ep.checkBias("MatMul", bias, s.N)
	m.c, m.a, m.b, m.bias = c, a, b, bias
	if m.simd != nil {
		m.simd.scratch.reserve(m.grid.workers(p))
	}
	p.Do(m.grid.parts(), m)
	m.c, m.a, m.b, m.bias = nil, nil, nil, nil
}

// Part computes one part of the product in progress; [Pool.Do] calls it.
func (m *MatMul[T]) Part(i int) {
	lo, hi := m.grid.span(i)
	if m.simd != nil {
		m.simd.run(lo, hi, as32(m.c), as32(m.a), as32(m.b), as32(m.bias))
		return
	}
	for r := lo; r < hi; r++ {
		m.plainRow(r)
	}
}

// plainRow computes row r % M of product r / M.
func (m *MatMul[T]) plainRow(r int) {
	s := m.shape
	batch, i := r/s.M, r%s.M
	a := m.a[batch*s.M*s.K:][:s.M*s.K]
	b := m.b[batch*s.K*s.N:][:s.K*s.N]
	c := m.c[r*s.N:][:s.N]
	row, step := a[i*s.K:], 1 // op(A)[i, k] is row[k*step]
	if s.TransA {
		row, step = a[i:], s.M
	}
	if s.TransB {
		for j := range c {
			c[j] = dotPlain(row, step, b[j*s.K:][:s.K])
		}
	} else {
		clear(c)
		for k := range s.K {
			axpyPlain(c, row[k*step], b[k*s.N:])
		}
	}
	m.ep.apply(c, m.bias, s.N)
}

// dotPlain returns the chain acc = fma(a[k*step], b[k], acc) over all of b.
func dotPlain[T Float](a []T, step int, b []T) (acc T) {
	for k, v := range b {
		acc = FMA(a[k*step], v, acc)
	}
	return acc
}

// axpyPlain is c[j] = fma(a, b[j], c[j]).
func axpyPlain[T Float](c []T, a T, b []T) {
	b = b[:len(c)]
	for j := range c {
		c[j] = FMA(a, b[j], c[j])
	}
}
