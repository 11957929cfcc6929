package main

import (
	"strings"

	"github.com/hourglass-codec/hourglass/internal/kernel/asm/vec"
)

// General registers of the NEON kernels: streams and steps from 0 on, and:
const (
	regN       vec.GReg = 12
	regScratch vec.GReg = 13
	regParams  vec.GReg = 14
)

// neonFile returns the assembly file for NEON.
func neonFile() string {
	a := &vec.Assembler{}
	for _, k := range mapKernels(vec.NEON) {
		writeMap(a, k)
	}
	for _, r := range reductions(vec.NEON) {
		r.writeColumns(a)
	}
	for _, k := range randomKernels {
		k.writeNEON(a)
	}
	return a.File("elementwise")
}

// registers returns the vector registers from first on.
func registers(first vec.VReg) []vec.VReg {
	var rs []vec.VReg
	for r := first; r < 32; r++ {
		rs = append(rs, r)
	}
	return rs
}

// neonMap is a map kernel being written.
type neonMap struct {
	*vec.Assembler
	mapKernel
	ptr    map[string]vec.GReg
	step   map[string]vec.GReg // in bytes of the current element or vector
	params int                 // scalars, in the first vector registers
}

// writeMap emits a map kernel: a loop over whole vectors and one over single
// elements.
func writeMap(a *vec.Assembler, k mapKernel) {
	m := &neonMap{Assembler: a, mapKernel: k, ptr: map[string]vec.GReg{}, step: map[string]vec.GReg{}}
	m.load()
	env := vec.NEONEnv{
		Input: func(i int) vec.Place { return vec.Place{Base: m.ptr[m.in[i]]} },
		Param: func(i int) vec.VReg { return vec.VReg(i) },
		Free:  registers(vec.VReg(m.params)),
	}
	a.Hoist(m.f, &env)
	m.loop("vectors", 4, env)
	for _, s := range m.in {
		if r, ok := m.step[s]; ok {
			a.Line("\tLSR $2, R%d, R%d", r, r)
		}
	}
	env.Single = true
	m.loop("elements", 1, env)
	a.Line("\tRET")
}

// load reads the arguments.
func (m *neonMap) load() {
	streams := m.streams()
	at := 8 * len(streams)
	if m.steps {
		at += 8 * len(m.in)
	}
	_, _, pointer := strings.Cut(m.p, " *")
	size := at + 8 + 4
	if pointer {
		size = at + 8 + 8
	}
	m.Text(m.name, size)
	next := vec.GReg(0)
	for i, s := range streams {
		m.ptr[s] = next
		m.Line("\tMOVD %s+%d(FP), R%d", s, 8*i, next)
		next++
	}
	if m.steps {
		for i, s := range m.in {
			m.step[s] = next
			m.Line("\tMOVD step%s+%d(FP), R%d", strings.ToUpper(s), 8*(len(streams)+i), next)
			m.Line("\tLSL $4, R%d, R%d", next, next)
			next++
		}
	}
	m.Line("\tMOVD n+%d(FP), R%d", at, regN)
	m.LoadConstants()
	m.loadParams(pointer, at+8)
}

// loadParams reads the parameters, at an offset in the frame, into the first
// vector registers.
func (m *neonMap) loadParams(pointer bool, at int) {
	m.params = m.f.Params()
	switch {
	case pointer:
		m.Line("\tMOVD p+%d(FP), R%d", at, regParams)
		for i := range m.params {
			m.Broadcast(vec.VReg(i), regParams, 4*i, regScratch)
		}
	case m.params > 0:
		m.Line("\tFMOVS p+%d(FP), F0", at)
		m.Duplicate(0)
	}
}

// loop runs the body on lanes elements at a time while there are as many.
func (m *neonMap) loop(label string, lanes int, env vec.NEONEnv) {
	m.Line("\tSUBS $%d, R%d, R%d\n\tBLT %sDone\n%s:", lanes, regN, regN, label, label)
	out := m.Emit(m.f, env)
	for i, s := range m.mapKernel.out {
		m.Store(out[i], m.ptr[s], 0, lanes == 1)
	}
	for _, s := range m.streams() {
		if step, ok := m.step[s]; ok {
			m.Line("\tADD R%d, R%d, R%d", step, m.ptr[s], m.ptr[s])
		} else {
			m.Line("\tADD $%d, R%d, R%d", 4*lanes, m.ptr[s], m.ptr[s])
		}
	}
	m.Line("\tSUBS $%d, R%d, R%d\n\tBGE %s\n%sDone:\n\tADD $%d, R%d, R%d", lanes, regN, regN, label, label, lanes, regN, regN)
}

// writeColumns emits the accumulation of columns for NEON.
func (r reduction) writeColumns(a *vec.Assembler) {
	const dst, x, y, rows, stride, px, py, count = 0, 1, 2, 3, 4, 5, 6, 7
	a.Text(r.columnsName(vec.NEON), 8*(5+r.inputs-1))
	a.Line("\tMOVD acc+0(FP), R%d\n\tMOVD a+8(FP), R%d\n\tMOVD R%d, R%d", dst, x, x, y)
	if r.inputs == 2 {
		a.Line("\tMOVD b+16(FP), R%d", y)
	}
	at := 8 * (1 + r.inputs)
	a.Line("\tMOVD cols+%d(FP), R%d\n\tMOVD rows+%d(FP), R%d\n\tMOVD stride+%d(FP), R%d", at, regN, at+8, rows, at+16, stride)
	a.Line("\tLSL $2, R%d, R%d", stride, stride)
	a.LoadConstants()
	f := r.termFunc(vec.NEON)
	loop := func(label string, lanes, vecs int) {
		single, bytes := lanes == 1, 4*lanes
		a.Line("%s:\n\tCMP $%d, R%d\n\tBLT %sDone", label, lanes*vecs, regN, label)
		for v := range vecs {
			a.Load(vec.VReg(v), dst, bytes*v, single)
		}
		a.Line("\tMOVD R%d, R%d\n\tMOVD R%d, R%d\n\tMOVD R%d, R%d\n%sRows:", x, px, y, py, rows, count, label)
		for v := range vecs {
			acc := vec.VReg(v)
			in := []vec.Place{{Reg: acc, Base: -1}, {Base: px, Disp: bytes * v}, {Base: py, Disp: bytes * v}}
			a.Emit(f, vec.NEONEnv{
				Input:  func(i int) vec.Place { return in[i] },
				Single: single,
				Free:   registers(vec.VReg(vecs)),
				Out:    []vec.VReg{acc},
			})
		}
		a.Line("\tADD R%d, R%d, R%d\n\tADD R%d, R%d, R%d", stride, px, px, stride, py, py)
		a.Line("\tSUB $1, R%d, R%d\n\tCBNZ R%d, %sRows", count, count, count, label)
		for v := range vecs {
			a.Store(vec.VReg(v), dst, bytes*v, single)
		}
		for _, p := range []vec.GReg{dst, x, y} {
			a.Line("\tADD $%d, R%d, R%d", bytes*vecs, p, p)
		}
		a.Line("\tSUB $%d, R%d, R%d\n\tB %s\n%sDone:", lanes*vecs, regN, regN, label, label)
	}
	loop("wide", 4, width/4)
	loop("narrow", 4, 1)
	loop("single", 1, 1)
	a.Line("\tRET")
}

// writeNEON emits the filling of whole groups of random numbers.
func (k randomKernel) writeNEON(a *vec.Assembler) {
	const dst, groups, state, lanes = 0, 1, 2, 3
	f := randomFunc(vec.NEON, k.def)
	a.Text(k.name+vec.NEON.Suffix(), 24)
	a.Line("\tMOVD dst+0(FP), R%d\n\tMOVD groups+8(FP), R%d\n\tMOVD s+16(FP), R%d", dst, groups, state)
	a.LoadConstants()
	a.LoadLanes(lanes)
	env := vec.NEONEnv{
		Input:    func(int) vec.Place { return vec.Place{Base: lanes} },
		ParamsAt: state, Scratch: regScratch, Free: registers(0),
	}
	a.Hoist(f, &env)
	a.Line("group:")
	for first := 0; first < randomCounters; first += 4 {
		env.Input = func(int) vec.Place { return vec.Place{Base: lanes, Disp: 4 * first} }
		out := a.Emit(f, env)
		for j, v := range out {
			a.Store(v, dst, 4*(j*randomCounters+first), false)
		}
	}
	a.Line("\tMOVD %d(R%d), R%d\n\tADD $%d, R%d, R%d\n\tMOVD R%d, %d(R%d)", 4*paramCounter, state, regScratch,
		randomCounters, regScratch, regScratch, regScratch, 4*paramCounter, state)
	a.Line("\tADD $%d, R%d, R%d\n\tSUB $1, R%d, R%d\n\tCBNZ R%d, group\n\tRET", 4*4*randomCounters, dst, dst, groups, groups, groups)
}
