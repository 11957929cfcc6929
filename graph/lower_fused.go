package graph

import (
	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// A fusedUnit runs a region of elementwise operations block by block, so that
// what passes between the operations stays in the cache.
type fusedUnit[T Float] struct {
	ops   []fusedOp[T]
	total int // elements of each full operand
	parts int
	slots int // scratch blocks of a part
	mem   []T // (parts, slots, fusedBlock)
}

// fusedBlock is the number of elements worked on at a time.
const fusedBlock = 2048

// fusedGrain is the least number of elements worth giving to another thread.
const fusedGrain = 16 * fusedBlock

// fusedOp is one elementwise operation, or, with load set, the repetition of a
// broadcast operand into a block.
type fusedOp[T Float] struct {
	kind  kernel.Op
	param T
	dst   operand[T]
	src   [3]operand[T]
	load  loader[T]
}

// An operand is where an operation finds its elements: all in data, the same
// indices as the block; or one element for all; or in a scratch block.
type operand[T Float] struct {
	data   []T
	slot   int // of scratch if data is nil
	scalar bool
}

// A loader repeats a broadcast value: it fills dst with the elements of the
// full shape from index lo on.
type loader[T Float] func(dst []T, lo int)

// block returns the operand's elements lo to hi, scratch being the part's.
func (o *operand[T]) block(scratch []T, lo, hi int) []T {
	switch {
	case o.scalar:
		return o.data[:1]
	case o.data != nil:
		return o.data[lo:hi]
	}
	return scratch[o.slot*fusedBlock:][:hi-lo]
}

// Part implements [kernel.Task].
func (f *fusedUnit[T]) Part(i int) {
	scratch := f.mem[i*f.slots*fusedBlock:]
	blocks := (f.total + fusedBlock - 1) / fusedBlock
	for b := i * blocks / f.parts; b < (i+1)*blocks/f.parts; b++ {
		lo := b * fusedBlock
		hi := min(lo+fusedBlock, f.total)
		for k := range f.ops {
			f.ops[k].run(scratch, lo, hi)
		}
	}
}

func (o *fusedOp[T]) run(scratch []T, lo, hi int) {
	dst := o.dst.block(scratch, lo, hi)
	if o.load != nil {
		o.load(dst, lo)
		return
	}
	a := o.src[0].block(scratch, lo, hi)
	switch o.kind.Arity() {
	case 1:
		kernel.Apply1(o.kind, dst, a, o.param)
	case 2:
		kernel.Apply2(o.kind, dst, a, o.src[1].block(scratch, lo, hi), o.param)
	case 3:
		kernel.Apply3(o.kind, dst, a, o.src[1].block(scratch, lo, hi), o.src[2].block(scratch, lo, hi))
	}
}

// lowerFused prepares an elementwise unit.
func (p *planner[T]) lowerFused(u *unit) {
	b := &fusedBuilder[T]{planner: p, place: map[*Node]operand[T]{}, lastUse: map[*Node]int{}}
	for i, n := range u.nodes {
		for _, a := range p.args[n] {
			b.lastUse[a.owner] = i
		}
	}
	for i, n := range u.nodes {
		b.lower(i, n)
	}
	f := &fusedUnit[T]{ops: b.ops, total: p.elements(u.last()), slots: b.slots}
	f.parts = max(1, min(f.total/fusedGrain, 2*p.session.pool.Workers()))
	f.mem = p.alloc(f.parts * f.slots * fusedBlock)
	pool := p.session.pool
	p.add(func(int64) { pool.Do(f.parts, f) })
}

// fusedBuilder turns the nodes of a unit into operations and gives scratch
// blocks to the values that do not leave it.
type fusedBuilder[T Float] struct {
	planner *planner[T]
	place   map[*Node]operand[T]
	lastUse map[*Node]int
	ops     []fusedOp[T]
	slots   int
	free    []int
}

func (b *fusedBuilder[T]) lower(i int, n *Node) {
	p := b.planner
	s, _ := p.elementwiseOp(n)
	op := fusedOp[T]{kind: s.kind, param: T(s.param)}
	var temporary []int
	args := p.args[n]
	if s.kind == kernel.Copy && !b.isFull(n, args[0]) {
		op.dst = b.newPlace(n)
		op.load = p.loaderFor(args[0], p.shape[n])
		b.ops = append(b.ops, op)
		return
	}
	for k, a := range args {
		src, slot := b.operand(n, a, len(args) > 1)
		op.src[k] = src
		if slot >= 0 {
			temporary = append(temporary, slot)
		}
	}
	b.free = append(b.free, temporary...)
	for _, a := range args { // values read for the last time give their blocks back
		if o, open := b.place[a.owner]; open && o.data == nil && b.lastUse[a.owner] == i {
			b.free = append(b.free, o.slot)
			delete(b.place, a.owner)
		}
	}
	op.dst = b.newPlace(n)
	b.ops = append(b.ops, op)
}

// isFull reports whether a has an element for every one of n's.
func (b *fusedBuilder[T]) isFull(n *Node, a arg) bool {
	return a.shape.Elements() == b.planner.elements(n)
}

// operand returns where a is to be read; if it has to be repeated into a
// scratch block first, slot is that block, else -1.
func (b *fusedBuilder[T]) operand(n *Node, a arg, scalarOK bool) (o operand[T], slot int) {
	p := b.planner
	if b.isFull(n, a) {
		if o, ok := b.place[a.owner]; ok {
			return o, -1
		}
		return operand[T]{data: p.data[a.owner]}, -1
	}
	if a.shape.Elements() == 1 && scalarOK {
		return operand[T]{data: p.data[a.owner], scalar: true}, -1
	}
	o = operand[T]{slot: b.takeSlot()}
	b.ops = append(b.ops, fusedOp[T]{dst: o, load: p.loaderFor(a, p.shape[n])})
	return o, o.slot
}

// newPlace decides where n's own value goes.
func (b *fusedBuilder[T]) newPlace(n *Node) operand[T] {
	o := operand[T]{data: b.planner.data[n]}
	if o.data == nil {
		o.slot = b.takeSlot()
	}
	b.place[n] = o
	return o
}

func (b *fusedBuilder[T]) takeSlot() int {
	if k := len(b.free); k > 0 {
		slot := b.free[k-1]
		b.free = b.free[:k-1]
		return slot
	}
	b.slots++
	return b.slots - 1
}

// loaderFor returns the loader of a broadcast to the shape to.
func (p *planner[T]) loaderFor(a arg, to Shape) loader[T] {
	src := p.data[a.owner]
	dims, strides := broadcastStrides(a.shape, to)
	switch {
	case len(dims) == 0 || len(dims) == 1 && strides[0] == 0:
		return func(dst []T, _ int) { fill(dst, src[0]) }
	case len(dims) == 2 && strides[0] == 0:
		return func(dst []T, lo int) { repeatRow(dst, src[:dims[1]], lo) }
	case len(dims) == 2 && strides[1] == 0:
		return func(dst []T, lo int) { repeatColumn(dst, src, dims[1], lo) }
	}
	return func(dst []T, lo int) { gatherBroadcast(dst, src, dims, strides, lo) }
}

// broadcastStrides aligns from at the last dimension of to and merges
// dimensions; a stride of 0 repeats.
func broadcastStrides(from, to Shape) (dims, strides []int) {
	full := make([]int, len(to)) // strides of from in the axes of to
	size := 1
	for i := len(from) - 1; i >= 0; i-- {
		if from[i] != 1 {
			full[len(to)-len(from)+i] = size
		}
		size *= from[i]
	}
	for i, d := range to {
		last := len(dims) - 1
		switch {
		case d == 1:
		case last >= 0 && strides[last] == full[i]*d:
			dims[last] *= d
			strides[last] = full[i]
		default:
			dims, strides = append(dims, d), append(strides, full[i])
		}
	}
	return dims, strides
}

func fill[T Float](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// repeatRow sets dst[i] = row[(lo+i) mod len(row)].
func repeatRow[T Float](dst, row []T, lo int) {
	k := copy(dst, row[lo%len(row):])
	for k < len(dst) {
		k += copy(dst[k:], row)
	}
}

// repeatColumn sets dst[i] = col[(lo+i) / times].
func repeatColumn[T Float](dst, col []T, times, lo int) {
	for k := 0; k < len(dst); {
		at := lo + k
		end := min(k+times-at%times, len(dst))
		fill(dst[k:end], col[at/times])
		k = end
	}
}

// gatherBroadcast is the general case, one innermost run at a time.
func gatherBroadcast[T Float](dst, src []T, dims, strides []int, lo int) {
	last := len(dims) - 1
	for k := 0; k < len(dst); {
		rest, off := (lo+k)/dims[last], 0
		for d := last - 1; d >= 0; d-- {
			off += rest % dims[d] * strides[d]
			rest /= dims[d]
		}
		j := (lo + k) % dims[last]
		end := min(k+dims[last]-j, len(dst))
		if strides[last] == 0 {
			fill(dst[k:end], src[off])
		} else {
			copy(dst[k:end], src[off+j:])
		}
		k = end
	}
}
