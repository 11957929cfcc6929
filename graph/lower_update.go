package graph

import (
	"fmt"
	"math"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// An updateSet runs all updates of a program, cut into chunks for the pool.
type updateSet[T Float] struct {
	prepare []func(number int64) // works out the scalars of each update
	chunks  []func()
}

// updateChunk is the number of elements of a chunk.
const updateChunk = 1 << 14

// Part implements [kernel.Task].
func (s *updateSet[T]) Part(i int) { s.chunks[i]() }

// lowerUpdates prepares the updates and assignments as the last step.
func (p *planner[T]) lowerUpdates() {
	s := &updateSet[T]{}
	for _, n := range p.order {
		switch op := n.op.(type) {
		case *UpdateOp:
			p.lowerUpdate(s, op, n)
		case *AssignOp:
			dst, src := p.session.Values(op.Variable), p.in(n, 0)
			s.chunks = append(s.chunks, func() { copy(dst, src) })
		}
	}
	if len(s.chunks) == 0 {
		return
	}
	pool := p.session.pool
	p.add(func(number int64) {
		for _, f := range s.prepare {
			f(number)
		}
		pool.Do(len(s.chunks), s)
	})
}

// lowerUpdate adds an update to s.
func (p *planner[T]) lowerUpdate(s *updateSet[T], op *UpdateOp, n *Node) {
	w, g := p.session.Values(op.Variable), p.in(n, 0)
	rate, scale := p.in(n, 1), p.in(n, 2)
	state := make([][]T, 2)
	for i, v := range op.Slots {
		state[i] = p.session.Values(v)
	}
	var apply func(w, g, a, b []T)
	switch r := op.Rule.(type) {
	case SGDRule:
		h := &kernel.SGDStep[T]{Momentum: T(r.Momentum)}
		s.prepare = append(s.prepare, func(int64) { h.Rate, h.Scale = rate[0], scale[0] })
		apply = func(w, g, v, _ []T) { applySGD(r, w, g, v, *h) }
	case AdagradRule:
		h := &kernel.AdaptiveStep[T]{Epsilon: T(r.Epsilon)}
		s.prepare = append(s.prepare, func(int64) { h.Rate, h.Scale = rate[0], scale[0] })
		apply = func(w, g, a, _ []T) { kernel.Adagrad(w, a, g, *h) }
	case RMSpropRule:
		h := &kernel.AdaptiveStep[T]{Epsilon: T(r.Epsilon), Decay: T(r.Rho), OneMinus: T(1 - r.Rho)}
		s.prepare = append(s.prepare, func(int64) { h.Rate, h.Scale = rate[0], scale[0] })
		apply = func(w, g, v, _ []T) { kernel.RMSprop(w, v, g, *h) }
	case AdamRule:
		h := newAdamStep[T](r)
		s.prepare = append(s.prepare, func(number int64) { setAdamStep(h, r, number+1, rate[0], scale[0]) })
		apply = func(w, g, m, v []T) { kernel.Adam(w, m, v, g, *h) }
	default:
		panic(fmt.Sprintf("graph: the session has no update rule %v", op.Rule))
	}
	for lo := 0; lo < len(w); lo += updateChunk {
		hi := min(lo+updateChunk, len(w))
		a, b := part(state[0], lo, hi), part(state[1], lo, hi)
		wc, gc := w[lo:hi], g[lo:hi]
		s.chunks = append(s.chunks, func() { apply(wc, gc, a, b) })
	}
}

// part returns x[lo:hi], or nil if there is no x.
func part[T Float](x []T, lo, hi int) []T {
	if x == nil {
		return nil
	}
	return x[lo:hi]
}

// applySGD chooses the variant of stochastic gradient descent.
func applySGD[T Float](r SGDRule, w, g, v []T, h kernel.SGDStep[T]) {
	switch {
	case r.Momentum == 0:
		kernel.SGD(w, g, h)
	case r.Nesterov:
		kernel.Nesterov(w, v, g, h)
	default:
		kernel.Momentum(w, v, g, h)
	}
}

func newAdamStep[T Float](r AdamRule) *kernel.AdamStep[T] {
	return &kernel.AdamStep[T]{
		Beta1: T(r.Beta1), OneMinusBeta1: T(1 - r.Beta1),
		Beta2: T(r.Beta2), OneMinusBeta2: T(1 - r.Beta2), Epsilon: T(r.Epsilon),
	}
}

// setAdamStep works out the scalars of step t = 1, 2, ... in float64.
func setAdamStep[T Float](h *kernel.AdamStep[T], r AdamRule, t int64, rate, scale T) {
	h.Scale = scale
	h.Rate = T(float64(rate) / (1 - float64(power(r.Beta1, t))))
	h.RootCorrection = T(1 / math.Sqrt(1-float64(power(r.Beta2, t))))
	h.Decay = T(float64(rate) * r.WeightDecay)
}

// power returns x to the n-th by squaring: multiplications alone, so that it is
// the same on every machine, as math.Pow is not.
func power(x float64, n int64) float64 {
	y := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			y = float64(y * x)
		}
		x = float64(x * x)
	}
	return y
}
