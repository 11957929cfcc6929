package graph

import "slices"

// Gradients returns the gradient of y with respect to each of xs: symbolic
// nodes, made by reverse-mode differentiation, of the shapes of xs. If y is
// not a scalar, the gradient is that of the sum of its elements. Where y does
// not depend on an x, the gradient is zero.
func Gradients(y Value, xs ...Value) []*Node {
	root := y.node()
	order := topological(root)
	needed := dependents(order, xs)
	grads := map[*Node]*Node{root: broadcastLike(Scalar(1), root)}
	for _, n := range slices.Backward(order) {
		dy := grads[n]
		if dy == nil || !needed[n] {
			continue
		}
		if !slices.ContainsFunc(n.in, func(x *Node) bool { return needed[x] }) {
			continue
		}
		for i, g := range n.op.grad(n, dy) {
			x := n.in[i]
			switch {
			case g == nil || !needed[x]:
			case grads[x] == nil:
				grads[x] = g
			default:
				grads[x] = Add(grads[x], g)
			}
		}
	}
	out := make([]*Node, len(xs))
	for i, x := range xs {
		if out[i] = grads[x.node()]; out[i] == nil {
			out[i] = broadcastLike(Scalar(0), x.node())
		}
	}
	return out
}

// topological lists what the nodes depend on and the nodes themselves, inputs
// first, in an order that depends on the graph alone.
func topological(roots ...*Node) []*Node {
	var order []*Node
	seen := map[*Node]bool{}
	var visit func(*Node)
	visit = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, x := range n.in {
			visit(x)
		}
		order = append(order, n)
	}
	for _, n := range roots {
		visit(n)
	}
	return order
}

// dependents marks the nodes in order that are among xs or depend on one.
func dependents(order []*Node, xs []Value) map[*Node]bool {
	marked := make(map[*Node]bool, len(order))
	for _, x := range xs {
		marked[x.node()] = true
	}
	for _, n := range order {
		if slices.ContainsFunc(n.in, func(x *Node) bool { return marked[x] }) {
			marked[n] = true
		}
	}
	return marked
}
