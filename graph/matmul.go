package graph

import "fmt"

// MatMulOp multiplies matrices, (M, K) by (K, N), or batches of them,
// (B, M, K) by (B, K, N). TransA and TransB transpose the last two dimensions
// of an input first.
type MatMulOp struct{ TransA, TransB bool }

func (o *MatMulOp) String() string {
	return fmt.Sprintf("matrix product%s%s", map[bool]string{true: ", first transposed"}[o.TransA],
		map[bool]string{true: ", second transposed"}[o.TransB])
}

func (o *MatMulOp) infer(in []Shape) Shape {
	a, b := in[0], in[1]
	if len(a) != len(b) || len(a) != 2 && len(a) != 3 {
		fail(o, in, "both must be matrices or both batches of matrices")
	}
	r := len(a) - 2
	m, k := a[r], a[r+1]
	if o.TransA {
		m, k = k, m
	}
	kb, n := b[r], b[r+1]
	if o.TransB {
		kb, n = n, kb
	}
	if k != kb && k != Unknown && kb != Unknown {
		fail(o, in, "inner dimensions %d and %d differ", k, kb)
	}
	if r == 0 {
		return Shape{m, n}
	}
	batch := a[0]
	if batch == Unknown {
		batch = b[0]
	}
	if b[0] != Unknown && b[0] != batch {
		fail(o, in, "batches %d and %d differ", batch, b[0])
	}
	return Shape{batch, m, n}
}

func (o *MatMulOp) grad(n, dy *Node) []*Node {
	a, b := n.in[0], n.in[1]
	var da, db *Node
	if o.TransA {
		da = matMul(b, dy, o.TransB, true)
	} else {
		da = matMul(dy, b, false, !o.TransB)
	}
	if o.TransB {
		db = matMul(dy, a, true, o.TransA)
	} else {
		db = matMul(a, dy, !o.TransA, false)
	}
	return []*Node{da, db}
}

func matMul(a, b Value, transA, transB bool) *Node {
	return newNode(&MatMulOp{transA, transB}, a, b)
}

// MatMul returns the matrix product of a (M, K) and b (K, N), or that of each
// pair in two batches (B, M, K) and (B, K, N).
func MatMul(a, b Value) *Node { return matMul(a, b, false, false) }
