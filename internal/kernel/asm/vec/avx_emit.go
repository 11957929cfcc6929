package vec

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An avxEmitter emits one copy of a function.
type avxEmitter struct {
	Target
	f           *Func
	env         Env
	count, last []int
	reg         []reg.Register // of each value, or nil while it has none
	at          int            // the instruction being emitted
}

// Emit writes f through avo and returns its results.
func (t Target) Emit(f *Func, env Env) []reg.VecVirtual {
	e := &avxEmitter{Target: t, f: f, env: env, reg: make([]reg.Register, len(f.nodes))}
	e.count, e.last = f.uses()
	e.adoptInputs()
	for i, n := range f.nodes {
		if e.count[i] > 0 && n.args() > 0 {
			e.at = i
			e.node(n)
		}
	}
	out := make([]reg.VecVirtual, len(f.Out))
	for i, v := range f.Out {
		out[i] = e.vec(v)
		if env.Out != nil && out[i] != env.Out[i] {
			VMOVAPS(out[i], env.Out[i])
			out[i] = env.Out[i]
		}
	}
	return out
}

// adoptInputs lets the function overwrite the inputs that are in registers
// meant for its results.
func (e *avxEmitter) adoptInputs() {
	for v, n := range e.f.nodes {
		if n.op == opInput && e.count[v] > 0 {
			if r, ok := e.env.Input(int(n.imm)).(reg.VecVirtual); ok && slices.Contains(e.env.Out, r) {
				e.reg[v] = r
			}
		}
	}
}

// An instruction has a form that reads its last source, the first operand,
// from a register or memory, and with AVX-512 one that broadcasts it from an
// element in memory.
type instruction struct{ plain, broadcast func(ops ...Op) }

// element is the address of a single element that stands for all lanes.
type element struct{ Mem }

func (i instruction) emit(src Op, ops ...Op) {
	if m, ok := src.(element); ok {
		i.broadcast(append([]Op{m.Mem}, ops...)...)
	} else {
		i.plain(append([]Op{src}, ops...)...)
	}
}

// instructions of two sources.
var avxBinary = map[opcode]instruction{
	opAdd: {VADDPS, VADDPS_BCST}, opSub: {VSUBPS, VSUBPS_BCST}, opMul: {VMULPS, VMULPS_BCST}, opDiv: {VDIVPS, VDIVPS_BCST},
	opMax: {VMAXPS, VMAXPS_BCST}, opMin: {VMINPS, VMINPS_BCST},
	opAnd: {VANDPS, VANDPS_BCST}, opOr: {VORPS, VORPS_BCST}, opXor: {VXORPS, VXORPS_BCST},
	opAddInt: {VPADDD, VPADDD_BCST}, opSubInt: {VPSUBD, VPSUBD_BCST}, opMulLo: {VPMULLD, VPMULLD_BCST},
	opScale: {VSCALEFPS, VSCALEFPS_BCST},
}

var (
	fma132  = instruction{VFMADD132PS, VFMADD132PS_BCST}
	fma213  = instruction{VFMADD213PS, VFMADD213PS_BCST}
	fma231  = instruction{VFMADD231PS, VFMADD231PS_BCST}
	fnma132 = instruction{VFNMADD132PS, VFNMADD132PS_BCST}
	fnma213 = instruction{VFNMADD213PS, VFNMADD213PS_BCST}
	fnma231 = instruction{VFNMADD231PS, VFNMADD231PS_BCST}
	blend   = instruction{VBLENDMPS, VBLENDMPS_BCST}
)

// compare returns the comparison with a predicate.
func compare(predicate Op) instruction {
	with := func(f func(ops ...Op)) func(ops ...Op) {
		return func(ops ...Op) { f(append([]Op{predicate}, ops...)...) }
	}
	return instruction{with(VCMPPS), with(VCMPPS_BCST)}
}

var avxPredicate = map[opcode]U8{opLess: 0x11, opLessEqual: 0x12, opEqual: 0x00, opNotEqual: 0x04}

var avxShift = map[opcode]func(ops ...Op){opShl: VPSLLD, opShr: VPSRLD, opSar: VPSRAD}

func (e *avxEmitter) node(n node) {
	a, b, c := n.arg[0], n.arg[1], n.arg[2]
	switch n.op {
	case opAdd, opMul, opAnd, opOr, opXor, opAddInt, opMulLo:
		if e.isMem(a) && !e.isMem(b) {
			a, b = b, a
		}
		avxBinary[n.op].emit(e.src(b), e.vec(a), e.dst())
	case opSub, opDiv, opMax, opMin, opSubInt, opScale:
		avxBinary[n.op].emit(e.src(b), e.vec(a), e.dst())
	case opFMA:
		e.fma(a, b, c, fma132, fma213, fma231)
	case opFNMA:
		e.fma(a, b, c, fnma132, fnma213, fnma231)
	case opSqrt:
		VSQRTPS(e.vec(a), e.dst())
	case opRound, opFloor, opCeil:
		mode := U8(n.op - opRound)
		if e.Target == AVX512 {
			VRNDSCALEPS(mode, e.vec(a), e.dst())
		} else {
			VROUNDPS(mode, e.vec(a), e.dst())
		}
	case opShl, opShr, opSar:
		avxShift[n.op](U8(n.imm), e.vec(a), e.dst())
	case opToInt:
		VCVTTPS2DQ(e.vec(a), e.dst())
	case opToFloat:
		VCVTDQ2PS(e.vec(a), e.dst())
	case opMulHi:
		e.mulHi(a, b)
	case opTestBit:
		if e.Target == AVX512 {
			k := K()
			VPTESTMD_BCST(e.constant(signBit), e.vec(a), k)
			e.reg[e.at] = k
		} else {
			VPSRAD(U8(31), e.vec(a), e.dst())
		}
	case opLess, opLessEqual, opEqual, opNotEqual:
		if e.Target == AVX512 {
			k := K()
			compare(avxPredicate[n.op]).emit(e.src(b), e.vec(a), k)
			e.reg[e.at] = k
		} else {
			VCMPPS(avxPredicate[n.op], e.src(b), e.vec(a), e.dst())
		}
	case opSelect:
		t, f := e.src(b), e.vec(c)
		e.Blend(e.reg[a].(Op), t, f, e.dst())
	default:
		panic(fmt.Sprintf("vec: no AVX form of opcode %d", n.op))
	}
}

// mulHi multiplies the even and the odd lanes apart.
func (e *avxEmitter) mulHi(a, b Value) {
	x, y := e.vec(a), e.vec(b)
	even, odd, t := e.Vec(), e.Vec(), e.Vec()
	VPMULUDQ(y, x, even)
	VPSRLQ(U8(32), x, odd)
	VPSRLQ(U8(32), y, t)
	VPMULUDQ(t, odd, odd)
	VPSRLQ(U8(32), even, even)
	if e.Target == AVX512 {
		k, m := K(), GP32()
		MOVL(U32(0xaaaa), m)
		KMOVW(m, k)
		VPBLENDMD(odd, even, k, e.dst())
	} else {
		VPBLENDD(U8(0xaa), odd, even, e.dst())
	}
}

// fma emits a·b + c by the form that overwrites a value no longer needed; x132
// computes d = d·m + v, x213 d = v·d + m and x231 d = v·m + d, of which m may
// be in memory.
func (e *avxEmitter) fma(a, b, c Value, x132, x213, x231 instruction) {
	if e.isMem(a) {
		a, b = b, a // b is the factor in memory, if any is
	}
	if e.dies(b) && !e.dies(a) && !e.isMem(b) {
		a, b = b, a // a is the factor that dies, if any does
	}
	switch {
	case e.dies(c):
		m, v := e.src(b), e.vec(a)
		x231.emit(m, v, e.reuse(c))
	case e.isMem(c) && e.isMem(b):
		v, d := e.vec(a), e.fresh(b)
		x213.emit(e.src(c), v, e.result(d))
	case e.dies(a) && e.isMem(b):
		m, v := e.src(b), e.vec(c)
		x132.emit(m, v, e.reuse(a))
	case e.dies(a):
		m, v := e.src(c), e.vec(b)
		x213.emit(m, v, e.reuse(a))
	default:
		m, v := e.src(b), e.vec(a)
		x231.emit(m, v, e.result(e.fresh(c)))
	}
}

// isMem reports whether v would be read from memory where it is used: a
// constant, an input used once, or a parameter that can be broadcast.
func (e *avxEmitter) isMem(v Value) bool {
	if e.reg[v] != nil {
		return false
	}
	switch e.f.nodes[v].op {
	case opConst:
		return e.f.nodes[v].imm != 0
	case opParam:
		return e.Target == AVX512
	case opInput:
		_, ok := e.env.Input(int(e.f.nodes[v].imm)).(Mem)
		return ok && e.env.Mask == nil && e.count[v] == 1
	}
	return false
}

// src returns v as a last source, which may be in memory.
func (e *avxEmitter) src(v Value) Op {
	if !e.isMem(v) {
		return e.vec(v)
	}
	n := e.f.nodes[v]
	switch {
	case n.op == opInput:
		return e.env.Input(int(n.imm))
	case n.op == opParam:
		return element{e.env.Param(int(n.imm))}
	case e.Target == AVX512:
		return element{e.constant(n.imm)}
	}
	return e.constant(n.imm)
}

// vec returns v in a register, loading it if need be.
func (e *avxEmitter) vec(v Value) reg.VecVirtual {
	if r := e.reg[v]; r != nil {
		return r.(reg.VecVirtual)
	}
	n := e.f.nodes[v]
	if n.op == opInput {
		if r, ok := e.env.Input(int(n.imm)).(reg.VecVirtual); ok {
			return r
		}
	}
	r := e.fresh(v)
	if n.op == opInput { // others are cheap to load again
		e.reg[v] = r
	}
	return r
}

// fresh returns a copy of v that may be overwritten.
func (e *avxEmitter) fresh(v Value) reg.VecVirtual {
	r, n := e.Vec(), e.f.nodes[v]
	switch {
	case e.reg[v] != nil:
		VMOVAPS(e.reg[v].(Op), r)
	case n.op == opConst && n.imm == 0:
		VXORPS(r, r, r)
	case n.op == opConst && e.Target == AVX512:
		VBROADCASTSS(e.constant(n.imm), r)
	case n.op == opConst:
		VMOVUPS(e.constant(n.imm), r)
	case n.op == opParam:
		VBROADCASTSS(e.env.Param(int(n.imm)), r)
	default: // opInput
		if m, ok := e.env.Input(int(n.imm)).(Mem); ok {
			e.Load(m, e.env.Mask, r)
		} else {
			VMOVAPS(e.env.Input(int(n.imm)), r)
		}
	}
	return r
}

// dies reports whether the current instruction may overwrite v.
func (e *avxEmitter) dies(v Value) bool { return e.reg[v] != nil && e.last[v] == e.at }

// reuse gives the register of v to the current instruction's result.
func (e *avxEmitter) reuse(v Value) reg.VecVirtual { return e.result(e.vec(v)) }

// dst returns a register for the current instruction's result: that which the
// caller wants it in, if nothing there is needed any more, or a new one.
func (e *avxEmitter) dst() reg.VecVirtual {
	for i, v := range e.f.Out {
		if int(v) == e.at && e.env.Out != nil && !e.live(e.env.Out[i]) {
			return e.result(e.env.Out[i])
		}
	}
	return e.result(e.Vec())
}

func (e *avxEmitter) result(r reg.VecVirtual) reg.VecVirtual {
	e.reg[e.at] = r
	return r
}

// live reports whether r holds a value used after the current instruction.
func (e *avxEmitter) live(r reg.VecVirtual) bool {
	for v, held := range e.reg {
		if held == r && e.last[v] > e.at {
			return true
		}
	}
	return false
}
