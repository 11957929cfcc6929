package vec

import (
	"fmt"
	"slices"
)

// A Place is where a function on NEON finds an input: in Reg if Base is
// negative, else at Base + Disp.
type Place struct {
	Reg  VReg
	Base GReg
	Disp int
}

// A NEONEnv says where a Func finds its inputs when it is emitted.
type NEONEnv struct {
	Input  func(i int) Place
	Param  func(i int) VReg // nil if parameters are in memory, from ParamsAt on
	Single bool             // inputs in memory are single elements
	Free   []VReg           // registers to use
	Out    []VReg           // registers for the results, if not nil; may be inputs

	ParamsAt, Scratch GReg

	// Pinned gives constants that are in registers already; see Hoist.
	Pinned map[uint32]VReg
}

// Hoist loads as many constants of f as leave it enough registers, and removes
// theirs from env.
func (a *Assembler) Hoist(f *Func, env *NEONEnv) {
	count, _ := f.uses()
	var constants []uint32
	for v, n := range f.nodes {
		if n.op == opConst && count[v] > 0 {
			constants = append(constants, n.imm)
		}
	}
	for k := len(constants); k > 0; k-- {
		trial := *env
		if k >= len(env.Free) {
			continue
		}
		trial.Free = env.Free[k:]
		trial.Pinned = map[uint32]VReg{}
		for i, c := range constants[:k] {
			trial.Pinned[c] = env.Free[i]
		}
		if !f.fits(trial) {
			continue
		}
		for i, c := range constants[:k] {
			a.Load(env.Free[i], RConst, a.constant(c), false)
		}
		*env = trial
		return
	}
}

// fits reports whether f can be emitted without loading a value twice.
func (f *Func) fits(env NEONEnv) (ok bool) {
	e := &neonEmitter{Assembler: &Assembler{}, f: f, env: env, trial: true}
	e.emit()
	return !e.evicted
}

// A neonEmitter emits one copy of a function.
type neonEmitter struct {
	*Assembler
	f    *Func
	env  NEONEnv
	last []int
	reg  map[Value]VReg // of values computed or loaded
	free []VReg
	at   int

	trial   bool // only to see whether registers suffice
	evicted bool // they did not: a value had to make room
}

// Emit writes f and returns the registers of its results.
func (a *Assembler) Emit(f *Func, env NEONEnv) []VReg {
	e := &neonEmitter{Assembler: a, f: f, env: env}
	return e.emit()
}

func (e *neonEmitter) emit() []VReg {
	e.reg, e.free = map[Value]VReg{}, slices.Clone(e.env.Free)
	count, last := e.f.uses()
	e.last = last
	e.adoptInputs(count)
	for i, n := range e.f.nodes {
		if count[i] > 0 && n.args() > 0 {
			e.at = i
			e.node(n)
			e.release()
		}
	}
	e.at = len(e.f.nodes)
	out := make([]VReg, len(e.f.Out))
	for i, v := range e.f.Out {
		out[i] = e.get(v)
		if e.env.Out != nil {
			e.Move(e.env.Out[i], out[i])
			out[i] = e.env.Out[i]
		}
	}
	return out
}

// adoptInputs lets the function overwrite the inputs that are in registers
// meant for its results.
func (e *neonEmitter) adoptInputs(count []int) {
	for v, n := range e.f.nodes {
		if n.op == opInput && count[v] > 0 {
			if p := e.env.Input(int(n.imm)); p.Base < 0 && slices.Contains(e.env.Out, p.Reg) {
				e.reg[Value(v)] = p.Reg
			}
		}
	}
}

// get returns v in a register.
func (e *neonEmitter) get(v Value) VReg {
	if r, ok := e.reg[v]; ok {
		return r
	}
	n := e.f.nodes[v]
	switch n.op {
	case opParam:
		if e.env.Param != nil {
			return e.env.Param(int(n.imm))
		}
		r := e.alloc()
		e.Broadcast(r, e.env.ParamsAt, 4*int(n.imm), e.env.Scratch)
		e.reg[v] = r
		return r
	case opInput:
		p := e.env.Input(int(n.imm))
		if p.Base < 0 {
			return p.Reg
		}
		r := e.alloc()
		e.Load(r, p.Base, p.Disp, e.env.Single)
		e.reg[v] = r
		return r
	}
	if r, ok := e.env.Pinned[n.imm]; ok {
		return r
	}
	r := e.alloc() // a constant; it stays while registers last
	e.Load(r, RConst, e.constant(n.imm), false)
	e.reg[v] = r
	return r
}

// encoding is an instruction's code and name.
type encoding struct {
	code uint32
	name string
}

var neonBinary = map[opcode]encoding{
	opAdd: {0x4e20d400, "FADD"}, opSub: {0x4ea0d400, "FSUB"}, opMul: {0x6e20dc00, "FMUL"}, opDiv: {0x6e20fc00, "FDIV"},
	opAnd: {0x4e201c00, "AND"}, opOr: {0x4ea01c00, "ORR"}, opXor: {0x6e201c00, "EOR"},
	opAddInt: {0x4ea08400, "ADD"}, opSubInt: {0x6ea08400, "SUB"}, opMulLo: {0x4ea09c00, "MUL"},
	opEqual: {0x4e20e400, "FCMEQ"},
}

var neonUnary = map[opcode]encoding{
	opSqrt: {0x6ea1f800, "FSQRT"}, opRound: {0x4e218800, "FRINTN"}, opFloor: {0x4e219800, "FRINTM"}, opCeil: {0x4ea18800, "FRINTP"},
	opToInt: {0x4ea1b800, "FCVTZS"}, opToFloat: {0x4e21d800, "SCVTF"},
}

var (
	fcmgt = encoding{0x6ea0e400, "FCMGT"}
	fcmge = encoding{0x6e20e400, "FCMGE"}
	fmla  = encoding{0x4e20cc00, "FMLA"}
	fmls  = encoding{0x4ea0cc00, "FMLS"}
	bsl   = encoding{0x6e601c00, "BSL"}
)

func (e *neonEmitter) node(n node) {
	a, b, c := n.arg[0], n.arg[1], n.arg[2]
	if x, ok := neonBinary[n.op]; ok {
		va, vb := e.get(a), e.get(b)
		e.three(x.code, x.name, e.dst(), va, vb)
		return
	}
	if x, ok := neonUnary[n.op]; ok {
		va := e.get(a)
		e.two(x.code, x.name, e.dst(), va)
		return
	}
	switch n.op {
	case opFMA, opFNMA:
		x := fmla
		if n.op == opFNMA {
			x = fmls
		}
		va, vb := e.get(a), e.get(b)
		e.three(x.code, x.name, e.overwrite(c), va, vb)
	case opMax, opMin:
		e.maxMin(n.op, a, b)
	case opLess:
		va, vb := e.get(a), e.get(b)
		e.three(fcmgt.code, fcmgt.name, e.dst(), vb, va)
	case opLessEqual:
		va, vb := e.get(a), e.get(b)
		e.three(fcmge.code, fcmge.name, e.dst(), vb, va)
	case opNotEqual:
		va, vb := e.get(a), e.get(b)
		d := e.fresh()
		e.three(0x4e20e400, "FCMEQ", d, va, vb)
		e.two(0x6e205800, "NOT", d, d)
	case opSelect:
		vb, vc := e.get(b), e.get(c)
		e.three(bsl.code, bsl.name, e.overwrite(a), vb, vc)
	case opMulHi:
		va, vb := e.get(a), e.get(b)
		d, t := e.fresh(), e.alloc()
		e.three(0x2ea0c000, "UMULL", d, va, vb)
		e.three(0x6ea0c000, "UMULL2", t, va, vb)
		e.three(0x4e805800, "UZP2", d, d, t)
		e.free = append(e.free, t)
	case opShl, opShr, opSar, opTestBit:
		e.shift(n, e.get(a))
	default:
		panic(fmt.Sprintf("vec: no NEON form of opcode %d", n.op))
	}
}

// maxMin compares and selects, since FMAX treats NaN and zeros otherwise,
// unless a is a constant for which it does not.
func (e *neonEmitter) maxMin(op opcode, a, b Value) {
	va, vb := e.get(a), e.get(b)
	d := e.fresh()
	if n := e.f.nodes[a]; n.op == opConst && n.imm != 0 {
		x := encoding{0x4e20f400, "FMAX"}
		if op == opMin {
			x = encoding{0x4ea0f400, "FMIN"}
		}
		e.three(x.code, x.name, d, va, vb)
		return
	}
	if op == opMax {
		e.three(fcmgt.code, fcmgt.name, d, va, vb)
	} else {
		e.three(fcmgt.code, fcmgt.name, d, vb, va)
	}
	e.three(bsl.code, bsl.name, d, va, vb)
}

func (e *neonEmitter) shift(n node, v VReg) {
	d := e.dst()
	regs := uint32(v)<<5 | uint32(d)
	switch n.op {
	case opShl:
		e.Word(0x4f005400|(32+n.imm)<<16|regs, "SHL V%d.4S, V%d.4S, #%d", d, v, n.imm)
	case opShr:
		e.Word(0x6f000400|(64-n.imm)<<16|regs, "USHR V%d.4S, V%d.4S, #%d", d, v, n.imm)
	case opSar:
		e.Word(0x4f000400|(64-n.imm)<<16|regs, "SSHR V%d.4S, V%d.4S, #%d", d, v, n.imm)
	case opTestBit:
		e.Word(0x4f000400|(64-31)<<16|regs, "SSHR V%d.4S, V%d.4S, #31", d, v)
	}
}
