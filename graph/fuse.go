package graph

import (
	"slices"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// An arg is an input of a node as its unit reads it: the node that owns the
// value, and the shape in which the value is seen.
type arg struct {
	owner *Node
	shape Shape
}

// scalarOp is a node seen as an elementwise operation.
type scalarOp struct {
	kind  kernel.Op
	param float64
}

// elementwiseOp returns n as an elementwise operation, if it is one.
func (p *planner[T]) elementwiseOp(n *Node) (scalarOp, bool) {
	switch op := n.op.(type) {
	case *Elementwise:
		return scalarOp{op.Kind, op.Param}, true
	case *PerElement:
		ratio := float64(p.elements(n.in[0])) / float64(p.elements(n.in[1]))
		return scalarOp{kernel.MulScalar, ratio}, true
	case *Broadcast:
		return scalarOp{kind: kernel.Copy}, true
	}
	return scalarOp{}, false
}

// findArgs resolves every node's inputs. An elementwise operation reads what a
// broadcast repeats, since it can repeat it itself.
func (p *planner[T]) findArgs() {
	for _, n := range p.order {
		_, elementwise := p.elementwiseOp(n)
		for _, x := range dataInputs(n) {
			a := arg{p.resolve(x), p.shape[x]}
			if _, ok := a.owner.op.(*Broadcast); ok && elementwise && x == a.owner {
				a = p.args[a.owner][0]
			}
			p.args[n] = append(p.args[n], a)
		}
	}
}

// prune drops the nodes that nothing needs any more and lists who reads each
// value.
func (p *planner[T]) prune() {
	live := map[*Node]bool{}
	for _, n := range p.fetches {
		live[p.resolve(n)] = true
	}
	for _, n := range slices.Backward(p.order) {
		if live[n] || isUpdate(n) {
			live[n] = true
			for _, a := range p.args[n] {
				live[a.owner] = true
			}
		}
	}
	p.order = slices.DeleteFunc(p.order, func(n *Node) bool { return !live[n] || p.alias[n] != nil })
	for i, n := range p.order {
		p.position[n] = i
		for _, a := range p.args[n] {
			p.readers[a.owner] = append(p.readers[a.owner], n)
		}
	}
	for _, n := range p.fetches {
		p.fetched[p.resolve(n)] = true
	}
}

// group forms the units and orders them by their last nodes, at whose places
// they run.
func (p *planner[T]) group() {
	for _, n := range p.order {
		if isLeaf(n) || isUpdate(n) || p.unitOf[n] != nil {
			continue
		}
		if _, ok := p.elementwiseOp(n); ok {
			p.joinElementwise(n)
		} else {
			u := &unit{nodes: []*Node{n}}
			p.unitOf[n] = u
			p.absorbEpilogue(u)
		}
	}
	seen := map[*unit]bool{}
	for _, n := range p.order {
		if u := p.unitOf[n]; u != nil && !seen[u] {
			seen[u] = true
			p.units = append(p.units, u)
		}
	}
	slices.SortStableFunc(p.units, func(a, b *unit) int { return p.position[a.last()] - p.position[b.last()] })
}

// joinElementwise puts n into one unit with the elementwise units that it
// reads, as far as that is possible.
func (p *planner[T]) joinElementwise(n *Node) {
	u := &unit{nodes: []*Node{n}, fused: true}
	p.unitOf[n] = u
	for _, a := range p.args[n] {
		v := p.unitOf[a.owner]
		if v == nil || v == u || !v.fused || p.elements(v.last()) != p.elements(n) || !p.canDelay(v, u) {
			continue
		}
		u.nodes = append(v.nodes, u.nodes...)
		for _, m := range v.nodes {
			p.unitOf[m] = u
		}
	}
	slices.SortFunc(u.nodes, func(a, b *Node) int { return p.position[a] - p.position[b] })
}

// canDelay reports whether v can run where u does: nobody else reads its values
// before.
func (p *planner[T]) canDelay(v, u *unit) bool {
	for _, m := range v.nodes {
		for _, r := range p.readers[m] {
			if w := p.unitOf[r]; w != v && w != u && p.position[r] < p.position[u.last()] {
				return false
			}
		}
	}
	return true
}

// absorbEpilogue extends a matrix product or convolution by the bias and the
// activation that alone read it.
func (p *planner[T]) absorbEpilogue(u *unit) {
	switch u.nodes[0].op.(type) {
	case *MatMulOp, *Conv2DOp, *Conv2DTransposeOp:
	default:
		return
	}
	u.linear = &linearUnit{}
	if add := p.onlyReader(u.last()); add != nil && p.isBias(add, u.last(), u.linear) {
		p.absorb(u, add)
	}
	if next := p.onlyReader(u.last()); next != nil {
		if op, ok := next.op.(*Elementwise); ok {
			if act, ok := activations[op.Kind]; ok {
				u.linear.act, u.linear.alpha = act, op.Param
				p.absorb(u, next)
			}
		}
	}
}

func (p *planner[T]) absorb(u *unit, n *Node) {
	u.nodes = append(u.nodes, n)
	p.unitOf[n] = u
}

// onlyReader returns the node that alone reads n's value, in n's own shape.
func (p *planner[T]) onlyReader(n *Node) *Node {
	r := p.readers[n]
	if len(r) != 1 || p.fetched[n] || p.unitOf[r[0]] != nil {
		return nil
	}
	for _, x := range r[0].in {
		if x == n {
			return r[0]
		}
	}
	return nil
}

// isBias reports whether add adds to y a vector over the last dimension that
// is known before the run, and notes it.
func (p *planner[T]) isBias(add, y *Node, l *linearUnit) bool {
	if op, ok := add.op.(*Elementwise); !ok || op.Kind != kernel.Add {
		return false
	}
	args := p.args[add]
	other := args[0]
	if other.owner == y {
		other = args[1]
	}
	s := p.shape[y]
	c := s[len(s)-1]
	if !isLeaf(other.owner) || p.elements(other.owner) != c || len(other.shape) == 0 ||
		other.shape[len(other.shape)-1] != c || len(other.shape) > len(s) {
		return false
	}
	l.bias = other.owner
	return true
}

// activations are the operations that an epilogue can apply.
var activations = map[kernel.Op]kernel.Activation{
	kernel.Relu:      kernel.ActRelu,
	kernel.LeakyRelu: kernel.ActLeakyRelu,
	kernel.Sigmoid:   kernel.ActSigmoid,
	kernel.Tanh:      kernel.ActTanh,
	kernel.Elu:       kernel.ActElu,
}

// unitInputs lists the values that u reads and does not make.
func (p *planner[T]) unitInputs(u *unit) (in []*Node) {
	for _, n := range u.nodes {
		for _, a := range p.args[n] {
			if p.unitOf[a.owner] != u && !isLeaf(a.owner) {
				in = append(in, a.owner)
			}
		}
	}
	return in
}

// unitOutputs lists the values of u that need memory of their own.
func (p *planner[T]) unitOutputs(u *unit) (out []*Node) {
	for _, n := range u.nodes {
		outside := slices.ContainsFunc(p.readers[n], func(r *Node) bool { return p.unitOf[r] != u })
		if p.fetched[n] || outside {
			out = append(out, n)
		}
	}
	return out
}
