package main

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/hourglass-codec/hourglass/internal/kernel/asm/vec"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A mapKernel applies a function to each element of some streams.
type mapKernel struct {
	name, doc string
	f         *vec.Func
	out, in   []string // streams; a name in both is changed in place
	steps     bool     // inputs have steps, 0 or 1
	p         string   // declaration of the parameters: one float32, or a pointer to several
}

// streams returns the names of all streams, each once.
func (k mapKernel) streams() []string {
	s := slices.Clone(k.out)
	for _, name := range k.in {
		if !slices.Contains(s, name) {
			s = append(s, name)
		}
	}
	return s
}

// signature returns the kernel's Go type.
func (k mapKernel) signature() string {
	s := "func(" + strings.Join(k.streams(), ", ") + " *float32"
	if k.steps {
		s += ", step" + strings.ToUpper(strings.Join(k.in, ", step")) // stepA, stepB
		s = strings.ReplaceAll(s, "STEP", "step") + " int"
	}
	return s + ", n int, " + k.p + ")"
}

// cursors are the registers of a running map kernel.
type cursors struct {
	k      mapKernel
	t      vec.Target
	ptr    map[string]reg.GPVirtual
	inc    map[string]reg.GPVirtual // bytes from one vector to the next, if not constant
	n      reg.GPVirtual            // elements left
	params func(i int) Mem
}

// write emits the kernel: a loop over whole vectors, then one under a mask.
// With AVX-512 the second costs no more than the first, which is left out
// unless the loop is short enough to unroll.
func (k mapKernel) write(t vec.Target) {
	TEXT(k.name, NOSPLIT, k.signature())
	c := k.load(t)
	unroll := 1
	if k.f.Len() <= unrollLimit {
		unroll = 2
	}
	if t != vec.AVX512 || unroll > 1 {
		CMPQ(c.n, U32(unroll*t.Lanes()))
		JLT(LabelRef("rest"))
		Label("whole")
		for u := range unroll {
			c.body(u, nil)
		}
		c.advance(unroll)
		CMPQ(c.n, U32(unroll*t.Lanes()))
		JGE(LabelRef("whole"))
	}
	Label("rest")
	CMPQ(c.n, U32(0))
	JLE(LabelRef("done"))
	c.body(0, t.Mask(c.n))
	c.advance(1)
	JMP(LabelRef("rest"))
	Label("done")
	VZEROUPPER()
	RET()
}

// load reads the arguments.
func (k mapKernel) load(t vec.Target) *cursors {
	c := &cursors{k: k, t: t, ptr: map[string]reg.GPVirtual{}, inc: map[string]reg.GPVirtual{}}
	for _, s := range k.streams() {
		c.ptr[s] = Load(Param(s), GP64()).(reg.GPVirtual)
	}
	if k.steps {
		for _, s := range k.in {
			r := Load(Param("step"+strings.ToUpper(s)), GP64()).(reg.GPVirtual)
			SHLQ(U8(bits.TrailingZeros(uint(4*t.Lanes()))), r)
			c.inc[s] = r
		}
	}
	c.n = Load(Param("n"), GP64()).(reg.GPVirtual)
	name, _, pointer := strings.Cut(k.p, " *")
	var base reg.Register
	if pointer {
		base = Load(Param(name), GP64())
	} else {
		base = addressOfParam(strings.Fields(k.p)[0])
	}
	c.params = func(i int) Mem { return Mem{Base: base, Disp: 4 * i} }
	return c
}

// addressOfParam returns a register with the address of an argument.
func addressOfParam(name string) reg.Register {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := GP64()
	LEAQ(p.Addr, r)
	return r
}

// at returns the address of the u-th vector from where stream s stands.
func (c *cursors) at(s string, u int) Mem {
	if inc, ok := c.inc[s]; ok && u > 0 {
		return Mem{Base: c.ptr[s], Index: inc, Scale: uint8(u)}
	}
	return Mem{Base: c.ptr[s], Disp: 4 * c.t.Lanes() * u}
}

// body applies the function to the u-th vector.
func (c *cursors) body(u int, mask Op) {
	out := c.t.Emit(c.k.f, vec.Env{
		Input: func(i int) Op { return c.at(c.k.in[i], u) },
		Param: c.params,
		Mask:  mask,
	})
	for i, s := range c.k.out {
		c.t.Store(out[i], mask, c.at(s, u))
	}
}

// advance moves on by n vectors.
func (c *cursors) advance(n int) {
	for _, s := range c.k.streams() {
		if inc, ok := c.inc[s]; ok {
			LEAQ(Mem{Base: c.ptr[s], Index: inc, Scale: uint8(n)}, c.ptr[s])
		} else {
			ADDQ(I32(4*c.t.Lanes()*n), c.ptr[s])
		}
	}
	SUBQ(I32(c.t.Lanes()*n), c.n)
}
