package vec

import "slices"

// alloc takes a free register, if need be from a value that can be loaded
// again and is needed last.
func (e *neonEmitter) alloc() VReg {
	if len(e.free) == 0 {
		e.evict()
	}
	r := e.free[0]
	e.free = e.free[1:]
	return r
}

func (e *neonEmitter) evict() {
	e.evicted = true
	if e.trial {
		e.free = append(e.free, 0)
		return
	}
	victim := Value(-1)
	current := e.f.nodes[e.at]
	for v := range Value(len(e.f.nodes)) {
		_, loaded := e.reg[v]
		op := e.f.nodes[v].op
		if !loaded || (op != opConst && op != opParam) || slices.Contains(current.arg[:current.args()], v) {
			continue
		}
		if victim < 0 || e.last[v] > e.last[victim] {
			victim = v
		}
	}
	if victim < 0 {
		panic("vec: no NEON register left")
	}
	e.free = append(e.free, e.reg[victim])
	delete(e.reg, victim)
}

// release frees the registers of values that the current instruction was the
// last to use.
func (e *neonEmitter) release() {
	for v := range Value(len(e.f.nodes)) {
		if r, ok := e.reg[v]; ok && e.last[v] <= e.at && int(v) != e.at {
			delete(e.reg, v)
			if !slices.Contains(e.free, r) && !e.held(r) {
				e.free = append(e.free, r)
			}
		}
	}
}

// held reports whether any value is in r.
func (e *neonEmitter) held(r VReg) bool {
	for _, x := range e.reg {
		if x == r {
			return true
		}
	}
	return false
}

// overwrite returns a register that holds v and becomes the result's.
func (e *neonEmitter) overwrite(v Value) VReg {
	r, ok := e.reg[v]
	if !ok {
		r = e.get(v)
		_, ok = e.reg[v]
	}
	if !ok || e.last[v] > e.at {
		c := e.alloc()
		e.Move(c, r)
		r = c
	}
	e.reg[Value(e.at)] = r
	return r
}

// fresh returns a register for the result that holds no operand.
func (e *neonEmitter) fresh() VReg {
	r := e.alloc()
	e.reg[Value(e.at)] = r
	return r
}

// dst returns a register for the result: that which the caller wants it in, if
// nothing there is needed any more, or a new one.
func (e *neonEmitter) dst() VReg {
	for i, v := range e.f.Out {
		if int(v) == e.at && e.env.Out != nil && !e.live(e.env.Out[i]) {
			e.reg[v] = e.env.Out[i]
			return e.env.Out[i]
		}
	}
	return e.fresh()
}

// live reports whether r holds a value used after the current instruction.
func (e *neonEmitter) live(r VReg) bool {
	for v, held := range e.reg {
		if held == r && e.last[v] > e.at {
			return true
		}
	}
	return false
}
