package kernel

import "fmt"

// A ReduceOp says how a [Reduce] combines elements.
type ReduceOp uint8

// The reductions. Those of two inputs a and b are run by [Reduce.Run2].
const (
	ReduceSum            ReduceOp = iota // Σ x, by plain additions
	ReduceMean                           // Σ x, divided by the number of terms
	ReduceMax                            // NaN if any is
	ReduceMin                            // NaN if any is
	ReduceSumSquares                     // Σ x·x, by fused multiply-adds
	ReduceSumSquaredDiff                 // Σ d·d by fused multiply-adds, d = a - b
	ReduceDot                            // Σ a·b, by fused multiply-adds
	numReduceOps         = iota
)

var reduceNames = [numReduceOps]string{"Sum", "Mean", "Max", "Min", "SumSquares", "SumSquaredDiff", "Dot"}

// String returns the name of o's constant without its prefix.
func (o ReduceOp) String() string { return reduceNames[o] }

// inputs returns the number of o's inputs.
func (o ReduceOp) inputs() int {
	if o >= ReduceSumSquaredDiff {
		return 2
	}
	return 1
}

// identity returns the value that a chain of o starts from.
func identity[T Float](o ReduceOp) T {
	switch o {
	case ReduceMax:
		return T(-inf32)
	case ReduceMin:
		return T(inf32)
	}
	return 0
}

const (
	reduceWidth = 64      // least number of chains that run side by side
	reduceSteps = 256     // longest chain
	reduceTile  = 1024    // columns of one unit of work
	reduceGrain = 1 << 15 // elements worth a part of their own
)

// A Reduce combines the elements along the middle axis of x (outer, mid,
// inner) into dst (outer, inner).
//
// The order is fixed. Rows, of inner elements each, are dealt to R lanes, row
// r to lane r mod R, with R the least power of two that makes R·inner at least
// 64. A lane is one chain, from the operation's identity, of at most 256 terms
// in ascending order. Then the upper half of the lanes is combined into the
// lower half, lane i with lane i + R/2, until one is left. When mid is more
// than 256·R, blocks of that many rows are reduced so and their results
// combined in ascending order.
type Reduce[T Float] struct {
	op                ReduceOp
	outer, mid, inner int
	lanes, blockRows  int // R, rows of one block
	blocks, tiles     int // blocks along mid, tiles along inner
	unitsPerPart      int
	partial           []T // (outer, blocks, inner) if there are several blocks

	dst, a, b []T // of the current Run
}

// NewReduce plans a reduction of x (outer, mid, inner).
func NewReduce[T Float](op ReduceOp, outer, mid, inner int) *Reduce[T] {
	if op >= numReduceOps || outer < 0 || mid < 0 || inner < 0 {
		panic(fmt.Sprintf("kernel: NewReduce(%d, %d, %d, %d)", op, outer, mid, inner))
	}
	r := &Reduce[T]{op: op, outer: outer, mid: mid, inner: inner, lanes: 1}
	for inner > 0 && r.lanes*inner < reduceWidth {
		r.lanes *= 2
	}
	r.blockRows = reduceSteps * r.lanes
	r.blocks = max(1, (mid+r.blockRows-1)/r.blockRows)
	r.tiles = (inner + reduceTile - 1) / reduceTile
	if r.blocks > 1 {
		r.partial = Alloc[T](outer * r.blocks * inner)
	}
	unit := max(1, min(mid, r.blockRows)*min(inner, reduceTile))
	r.unitsPerPart = max(1, reduceGrain/unit)
	return r
}

// Run reduces x (outer, mid, inner) into dst (outer, inner) on p.
func (r *Reduce[T]) Run(p *Pool, dst, x []T) { r.run(p, 1, dst, x, x) }

// Run2 reduces a and b (outer, mid, inner) into dst (outer, inner) on p.
func (r *Reduce[T]) Run2(p *Pool, dst, a, b []T) { r.run(p, 2, dst, a, b) }

func (r *Reduce[T]) run(p *Pool, inputs int, dst, a, b []T) {
	n := r.outer * r.mid * r.inner
	if r.op.inputs() != inputs || len(dst) != r.outer*r.inner || len(a) != n || len(b) != n {
		panic(fmt.Sprintf("kernel: Reduce %v of %d inputs, (%d, %d, %d), run with %d: lengths dst %d, a %d, b %d",
			r.op, r.op.inputs(), r.outer, r.mid, r.inner, inputs, len(dst), len(a), len(b)))
	}
	r.dst, r.a, r.b = dst, a, b
	units := r.outer * r.blocks * r.tiles
	p.Do((units+r.unitsPerPart-1)/r.unitsPerPart, r)
	if r.blocks > 1 {
		r.combineBlocks()
	}
	if r.op == ReduceMean {
		Apply1(DivScalar, dst, dst, T(r.mid))
	}
	r.dst, r.a, r.b = nil, nil, nil
}

// Part does a run of units; it is for the pool.
func (r *Reduce[T]) Part(i int) {
	units := r.outer * r.blocks * r.tiles
	for u := i * r.unitsPerPart; u < min(units, (i+1)*r.unitsPerPart); u++ {
		r.unit(u/(r.blocks*r.tiles), u/r.tiles%r.blocks, u%r.tiles)
	}
}

// unit reduces one tile of one block of one outer index.
func (r *Reduce[T]) unit(o, block, tile int) {
	row := block * r.blockRows
	rows := min(r.mid-row, r.blockRows)
	col := tile * reduceTile
	cols := min(r.inner-col, reduceTile)
	at := (o*r.mid+row)*r.inner + col
	out := r.dst
	if r.blocks > 1 {
		out = r.partial
	}
	out = out[(o*r.blocks+block)*r.inner+col:][:cols]
	if r.lanes == 1 {
		fill(out, identity[T](r.op))
		accumulate(r.op, out, r.a[at:], r.b[at:], rows, r.inner)
		return
	}
	reduceLanes(r.op, r.lanes, out, r.a[at:][:rows*cols], r.b[at:][:rows*cols])
}

// reduceLanes reduces one block of rows a, b of len(out) elements to out over
// several lanes.
func reduceLanes[T Float](op ReduceOp, lanes int, out, a, b []T) {
	if isFloat32[T]() && len(out) == 1 && len(a) > 0 {
		if y, ok := rowSIMD(op, as32(a), as32(b)); ok {
			out[0] = T(y)
			return
		}
	}
	var buf [2 * reduceWidth]T
	width := lanes * len(out)
	acc := buf[:width]
	fill(acc, identity[T](op))
	full := len(a) / width
	accumulate(op, acc, a, b, full, width)
	accumulate(op, acc[:len(a)-full*width], a[full*width:], b[full*width:], 1, width)
	for half := width / 2; half >= len(out); half /= 2 {
		combine(op, acc[:half], acc[half:2*half])
	}
	copy(out, acc)
}

// reduceRow reduces a row of any length to one value, in the order of a
// Reduce with inner = 1.
func reduceRow[T Float](op ReduceOp, a, b []T) T {
	var out, block [1]T
	n := min(len(a), reduceSteps*reduceWidth)
	reduceLanes(op, reduceWidth, out[:], a[:n], b[:n])
	for n < len(a) {
		a, b = a[n:], b[n:]
		n = min(len(a), n)
		reduceLanes(op, reduceWidth, block[:], a[:n], b[:n])
		combine(op, out[:], block[:])
	}
	return out[0]
}

// combineBlocks combines the partial results (outer, blocks, inner) into dst.
func (r *Reduce[T]) combineBlocks() {
	for o := range r.outer {
		out := r.dst[o*r.inner:][:r.inner]
		part := r.partial[o*r.blocks*r.inner:]
		copy(out, part)
		for block := 1; block < r.blocks; block++ {
			combine(r.op, out, part[block*r.inner:][:r.inner])
		}
	}
}

func fill[T Float](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}

// combine sets acc[i] to acc[i] combined with other[i], two results of op.
func combine[T Float](op ReduceOp, acc, other []T) {
	if op != ReduceMax && op != ReduceMin {
		op = ReduceSum
	}
	if isFloat32[T]() && len(acc) >= 8 && accumulateSIMD(op, as32(acc), as32(other), nil, 1, 0) {
		return
	}
	for i, v := range other {
		switch op {
		case ReduceMax:
			acc[i] = maximum(acc[i], v)
		case ReduceMin:
			acc[i] = minimum(acc[i], v)
		default:
			acc[i] += v
		}
	}
}

// accumulate adds rows of len(acc) elements of a and b, which start stride
// apart, to the chains acc.
func accumulate[T Float](op ReduceOp, acc, a, b []T, rows, stride int) {
	if len(acc) == 0 || rows == 0 {
		return
	}
	if isFloat32[T]() && accumulateSIMD(op, as32(acc), as32(a), as32(b), rows, stride) {
		return
	}
	for r := range rows {
		accumulateRow(op, acc, a[r*stride:][:len(acc)], b[r*stride:][:len(acc)])
	}
}

func accumulateRow[T Float](op ReduceOp, acc, a, b []T) {
	switch op {
	case ReduceSumSquares:
		for i, v := range a {
			acc[i] = FMA(v, v, acc[i])
		}
	case ReduceSumSquaredDiff:
		for i, v := range a {
			d := v - b[i]
			acc[i] = FMA(d, d, acc[i])
		}
	case ReduceDot:
		for i, v := range a {
			acc[i] = FMA(v, b[i], acc[i])
		}
	default:
		combine(op, acc, a)
	}
}
