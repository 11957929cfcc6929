package graph

import (
	"slices"
	"unsafe"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// shapeOnlyOp is an op some of whose inputs give only their shape.
type shapeOnlyOp interface{ shapeOnly(i int) bool }

// dataInputs yields the inputs of n whose values it needs.
func dataInputs(n *Node) []*Node {
	op, ok := n.op.(shapeOnlyOp)
	if !ok {
		return n.in
	}
	var in []*Node
	for i, x := range n.in {
		if !op.shapeOnly(i) {
			in = append(in, x)
		}
	}
	return in
}

// A planner turns fetches into a program: it fixes the shapes, drops what only
// served to infer them, sees through reshapes, groups nodes into units that
// run as one (a product with its bias and activation, a region of elementwise
// operations), lays out the memory, and lowers each unit to a step.
type planner[T Float] struct {
	session *Session[T]
	fetches []*Node
	same    map[*Node]*Node // placeholders that have another's value
	shape   map[*Node]Shape // of every node, all dimensions known
	order   []*Node         // nodes whose values are needed, inputs first, updates last
	alias   map[*Node]*Node // values that are another's under a new shape
	args    map[*Node][]arg

	position map[*Node]int     // in order
	readers  map[*Node][]*Node // who needs a value
	fetched  map[*Node]bool
	unitOf   map[*Node]*unit
	units    []*unit

	data  map[*Node][]T // the buffers
	steps []step        // what the units lower to
	prog  *Program[T]
}

// A unit is a set of nodes, in order, that one step computes.
type unit struct {
	nodes  []*Node
	linear *linearUnit
	fused  bool // all nodes are elementwise, of one shape
}

// last is the node that comes last in the order.
func (u *unit) last() *Node { return u.nodes[len(u.nodes)-1] }

func newPlanner[T Float](s *Session[T], placeholders map[*Node]Shape, same map[*Node]*Node, fetches []*Node) *planner[T] {
	p := &planner[T]{
		session: s, fetches: fetches, same: same,
		shape: map[*Node]Shape{}, alias: map[*Node]*Node{}, args: map[*Node][]arg{},
		position: map[*Node]int{}, readers: map[*Node][]*Node{}, fetched: map[*Node]bool{},
		unitOf: map[*Node]*unit{}, data: map[*Node][]T{},
		prog: &Program[T]{session: s, inputs: map[*Node][]T{}, outputs: map[*Node]Array[T]{}},
	}
	p.fixShapes(placeholders)
	p.schedule()
	p.findAliases()
	p.findArgs()
	p.prune()
	return p
}

// program runs the planning to its end.
func (p *planner[T]) program() *Program[T] {
	p.group()
	p.allocate()
	for _, u := range p.units {
		p.lower(u)
	}
	p.lowerUpdates()
	for _, n := range p.fetches {
		p.prog.outputs[n] = Array[T]{Shape: p.shape[n], Data: p.buffer(n)}
	}
	p.prog.steps = p.steps
	return p.prog
}

// fixShapes infers every shape again from those of the placeholders.
func (p *planner[T]) fixShapes(placeholders map[*Node]Shape) {
	for _, n := range topological(p.fetches...) {
		if _, ok := n.op.(*Input); ok {
			p.shape[n] = placeholders[n]
			continue
		}
		in := make([]Shape, len(n.in))
		for i, x := range n.in {
			in[i] = p.shape[x]
		}
		p.shape[n] = n.op.infer(in)
	}
}

// schedule orders the nodes whose values are needed, updates last.
func (p *planner[T]) schedule() {
	seen := map[*Node]bool{}
	var updates []*Node
	var visit func(*Node)
	visit = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if other := p.same[n]; other != nil {
			visit(other)
		}
		for _, x := range dataInputs(n) {
			visit(x)
		}
		if isUpdate(n) {
			updates = append(updates, n)
		} else {
			p.order = append(p.order, n)
		}
	}
	for _, n := range p.fetches {
		visit(n)
	}
	p.order = append(p.order, updates...)
	p.prog.updates = len(updates) > 0
}

func isUpdate(n *Node) bool {
	switch n.op.(type) {
	case *UpdateOp, *AssignOp:
		return true
	}
	return false
}

// isLeaf reports whether n is computed from nothing.
func isLeaf(n *Node) bool {
	switch n.op.(type) {
	case *Input, *Read, *Literal, *Host, *ElementRatio:
		return true
	}
	return false
}

// findAliases marks the nodes whose value is that of their input unchanged.
func (p *planner[T]) findAliases() {
	for _, n := range p.order {
		switch n.op.(type) {
		case *Input:
			if other := p.same[n]; other != nil {
				p.alias[n] = other
			}
		case *ReshapeOp, *ReshapeLikeOp, *KeepDimsOp, *IdentityOp:
			p.alias[n] = p.resolve(n.in[0])
		case *Broadcast, *Unbroadcast:
			if p.elements(n) == p.elements(n.in[0]) {
				p.alias[n] = p.resolve(n.in[0])
			}
		}
	}
}

// resolve returns the node that owns n's value.
func (p *planner[T]) resolve(n *Node) *Node {
	if a, ok := p.alias[n]; ok {
		return a
	}
	return n
}

func (p *planner[T]) elements(n *Node) int { return p.shape[n].Elements() }

// buffer returns the memory of n's value.
func (p *planner[T]) buffer(n *Node) []T { return p.data[p.resolve(n)] }

// add appends a step.
func (p *planner[T]) add(f step) { p.steps = append(p.steps, f) }

// allocate gives every value its memory: leaves and fetches keep theirs
// through the whole run, the others share one arena by their lifetimes.
func (p *planner[T]) allocate() {
	for _, n := range p.order {
		if isLeaf(n) {
			p.allocateLeaf(n)
		}
	}
	var spans []*span
	byNode := map[*Node]*span{}
	for i, u := range p.units {
		for _, n := range p.unitInputs(u) {
			if s := byNode[n]; s != nil {
				s.last = i
			}
		}
		for _, n := range p.unitOutputs(u) {
			size := p.elements(n)
			if p.fetched[n] {
				p.data[n] = p.alloc(size)
				continue
			}
			s := &span{node: n, size: alignUp(size), first: i, last: i}
			byNode[n] = s
			spans = append(spans, s)
		}
	}
	for _, n := range p.order { // updates run after all units
		if isUpdate(n) {
			for _, a := range p.args[n] {
				if s := byNode[a.owner]; s != nil {
					s.last = len(p.units)
				}
			}
			p.data[n] = []T{}
		}
	}
	arena := p.alloc(layOut(spans))
	for _, s := range spans {
		p.data[s.node] = arena[s.offset : s.offset+p.elements(s.node) : s.offset+p.elements(s.node)]
	}
}

func (p *planner[T]) alloc(n int) []T {
	var z T
	p.prog.bytes += n * int(unsafe.Sizeof(z))
	return kernel.Alloc[T](n)
}

func (p *planner[T]) allocateLeaf(n *Node) {
	switch op := n.op.(type) {
	case *Input:
		p.data[n] = p.alloc(p.elements(n))
		p.prog.inputs[n] = p.data[n]
	case *Read:
		p.data[n] = p.session.Values(op.Variable)
	case *Literal:
		p.data[n] = convert[T](op.Value.Data)
	case *ElementRatio:
		p.data[n] = []T{T(float64(p.elements(n.in[0])) / float64(p.elements(n.in[1])))}
	case *Host:
		buf := make([]T, 1)
		p.data[n] = buf
		p.add(func(number int64) { buf[0] = T(op.Func(number)) })
	}
}

// A span is a value's place in the arena: from when (unit numbers) and where.
type span struct {
	node         *Node
	size, offset int
	first, last  int
}

// alignUp rounds a number of elements up to whole cache lines.
func alignUp(n int) int { return (n + 15) &^ 15 }

// layOut chooses offsets so that spans alive at the same time do not overlap,
// large ones first, each at the lowest place that is free; it returns the
// arena's size.
func layOut(spans []*span) (total int) {
	bySize := slices.Clone(spans)
	slices.SortStableFunc(bySize, func(a, b *span) int { return b.size - a.size })
	var placed []*span // by offset
	for _, s := range bySize {
		s.offset = 0
		for _, q := range placed {
			if q.first > s.last || q.last < s.first {
				continue
			}
			if s.offset+s.size <= q.offset {
				break
			}
			s.offset = max(s.offset, q.offset+q.size)
		}
		i, _ := slices.BinarySearchFunc(placed, s, func(a, b *span) int { return a.offset - b.offset })
		placed = slices.Insert(placed, i, s)
		total = max(total, s.offset+s.size)
	}
	return total
}
