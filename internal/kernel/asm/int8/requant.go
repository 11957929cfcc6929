package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// requantFields are the offsets of the fields of kernel.requantRows.
var requantFields = map[string]int{
	"dst": 0, "src": 8, "lines": 16, "rows": 24, "dstLine": 32, "srcLine": 40, "dstRow": 48, "srcRow": 56,
	"multiplier": 64, "round": 72, "shift": 80, "n": 88, "min": 96, "max": 100,
}

// A requantGen generates one requantisation: all rows of one vector of columns
// after the other.
type requantGen struct {
	bits, size int
	args       reg.Register
	dst, src   reg.GPVirtual     // of the vector's first row
	at         reg.GPVirtual     // bytes from the first constant of each kind
	n          reg.GPVirtual     // columns left
	lanes      reg.OpmaskVirtual // of the columns left, 16 at most
	even       reg.OpmaskVirtual
	c          constants
}

// constants are what the rows of a vector of columns share; products have 64
// bits, of even and of odd lanes.
type constants struct{ evenMul, oddMul, round, shift, lo, hi reg.VecVirtual }

// requant generates the kernel and returns its name.
func requant(bits, size int) string {
	name := fmt.Sprintf("requant%d_%d", bits, 8*size)
	TEXT(name, NOSPLIT, "func(r uintptr)")
	g := &requantGen{bits: bits, size: size, args: Load(Param("r"), GP64()), dst: GP64(), src: GP64(), at: GP64(), n: GP64()}
	g.columns()
	VZEROUPPER()
	RET()
	return name
}

func (g *requantGen) arg(name string) Mem { return Mem{Base: g.args, Disp: requantFields[name]} }

func (g *requantGen) vec() reg.VecVirtual {
	if g.bits == 512 {
		return ZMM()
	}
	return YMM()
}

// columns writes the loop over vectors of columns.
func (g *requantGen) columns() {
	MOVQ(g.arg("dst"), g.dst)
	MOVQ(g.arg("src"), g.src)
	MOVQ(g.arg("n"), g.n)
	XORQ(g.at, g.at)
	if g.bits == 512 {
		g.lanes, g.even = K(), K()
		m := GP32()
		MOVL(U32(0x5555), m)
		KMOVW(m, g.even)
	}
	Label("columns")
	g.constants()
	if g.bits == 512 {
		g.mask()
	}
	g.lines()
	lanes := g.bits / 32
	ADDQ(U32(4*lanes), g.src)
	ADDQ(U32(4*lanes), g.at)
	ADDQ(U32(lanes*g.size), g.dst)
	SUBQ(U32(lanes), g.n)
	JG(LabelRef("columns"))
}

// mask sets one bit for each column left, 16 at most.
func (g *requantGen) mask() {
	m := GP64()
	MOVQ(I64(-1), m)
	CMPQ(g.n, U32(16))
	JGE(LabelRef("masked"))
	BZHIQ(g.n, m, m)
	Label("masked")
	KMOVW(m.As32(), g.lanes)
}

// constants loads the constants.
func (g *requantGen) constants() {
	g.c = constants{g.vec(), g.vec(), g.vec(), g.vec(), g.vec(), g.vec()}
	g.loadConstant("multiplier", g.c.evenMul)
	g.loadConstant("round", g.c.round)
	g.loadConstant("shift", g.c.shift)
	VPSRLQ(U8(32), g.c.evenMul, g.c.oddMul)
	VPBROADCASTD(g.arg("min"), g.c.lo)
	VPBROADCASTD(g.arg("max"), g.c.hi)
}

// loadConstant loads a vector of one kind of constants.
func (g *requantGen) loadConstant(name string, v reg.VecVirtual) {
	p := GP64()
	MOVQ(g.arg(name), p)
	g.load(Mem{Base: p, Index: g.at, Scale: 1}, v)
}

func (g *requantGen) load(src, dst Op) {
	if g.bits == 512 {
		VMOVDQU32(src, dst)
	} else {
		VMOVDQU(src, dst)
	}
}

// lines writes the loops over lines and their rows.
func (g *requantGen) lines() {
	dstLine, srcLine, dst, src, lines, rows := GP64(), GP64(), GP64(), GP64(), GP64(), GP64()
	MOVQ(g.dst, dstLine)
	MOVQ(g.src, srcLine)
	MOVQ(g.arg("lines"), lines)
	Label("lines")
	MOVQ(dstLine, dst)
	MOVQ(srcLine, src)
	MOVQ(g.arg("rows"), rows)
	if g.bits == 512 && g.size == 1 {
		CMPQ(g.n, U32(16))
		JL(LabelRef("rows"))
		g.fours(dst, src, rows)
		TESTQ(rows, rows)
		JZ(LabelRef("nextline"))
	}
	Label("rows")
	v := g.scaled(Mem{Base: src})
	VPMAXSD(g.c.lo, v, v)
	VPMINSD(g.c.hi, v, v)
	if g.bits == 512 {
		g.storeMasked(v, Mem{Base: dst})
	} else {
		g.store(v, dst)
	}
	ADDQ(g.arg("srcRow"), src)
	ADDQ(g.arg("dstRow"), dst)
	DECQ(rows)
	JNZ(LabelRef("rows"))
	if g.bits == 512 && g.size == 1 {
		Label("nextline")
	}
	ADDQ(g.arg("srcLine"), srcLine)
	ADDQ(g.arg("dstLine"), dstLine)
	DECQ(lines)
	JNZ(LabelRef("lines"))
}

// scaled returns the vector of outputs, not yet limited, made of the sums at
// src. Odd lanes come
// from four bytes further on, to lie in the even ones as VPMULDQ wants.
func (g *requantGen) scaled(src Mem) reg.VecVirtual {
	c, even, v := g.c, g.vec(), g.vec()
	VPMULDQ(src, c.evenMul, even)
	src.Disp += 4
	VPMULDQ(src, c.oddMul, v)
	if g.bits == 512 {
		VPSHUFD(U8(0xf5), even, g.even, v)
	} else {
		VPSHUFD(U8(0xf5), even, even)
		VPBLENDD(U8(0xaa), v, even, v)
	}
	VPADDD(c.round, v, v)
	VPSRAVD(c.shift, v, v)
	return v
}

// fours writes the loop over four rows at a time of a whole vector, which
// share the narrowing.
func (g *requantGen) fours(dst, src, rows reg.GPVirtual) {
	srcRow, srcRow3, dstRow, dstRow3 := GP64(), GP64(), GP64(), GP64()
	MOVQ(g.arg("srcRow"), srcRow)
	LEAQ(Mem{Base: srcRow, Index: srcRow, Scale: 2}, srcRow3)
	MOVQ(g.arg("dstRow"), dstRow)
	LEAQ(Mem{Base: dstRow, Index: dstRow, Scale: 2}, dstRow3)
	lo, hi, order := ZMM(), ZMM(), ZMM()
	VPBROADCASTB(g.arg("min"), lo)
	VPBROADCASTB(g.arg("max"), hi)
	VMOVDQU32(rowOrder(), order)
	Label("fours")
	CMPQ(rows, U32(4))
	JL(LabelRef("foursdone"))
	row := func(base, once, thrice reg.Register) [4]Mem {
		return [4]Mem{{Base: base}, {Base: base, Index: once, Scale: 1}, {Base: base, Index: once, Scale: 2}, {Base: base, Index: thrice, Scale: 1}}
	}
	var v [4]reg.VecVirtual
	for i, m := range row(src, srcRow, srcRow3) {
		v[i] = g.scaled(m)
	}
	VPACKSSDW(v[1], v[0], v[0])
	VPACKSSDW(v[3], v[2], v[2])
	VPACKUSWB(v[2], v[0], v[0])
	VPMAXUB(lo, v[0], v[0])
	VPMINUB(hi, v[0], v[0])
	VPERMD(v[0], order, v[0])
	for i, m := range row(dst, dstRow, dstRow3) {
		if i == 0 {
			VMOVDQU(v[0].AsX(), m)
		} else {
			VEXTRACTI32X4(U8(i), v[0], m)
		}
	}
	LEAQ(Mem{Base: src, Index: srcRow, Scale: 4}, src)
	LEAQ(Mem{Base: dst, Index: dstRow, Scale: 4}, dst)
	SUBQ(U8(4), rows)
	JMP(LabelRef("fours"))
	Label("foursdone")
}

// rowOrder returns the order of the dwords that four rows narrowed together
// have, to put one after the other.
func rowOrder() Mem {
	m := GLOBL("rowOrder", RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(i%4*4+i/4))
	}
	return m
}

// storeMasked narrows the lanes of v and stores those of g.lanes.
func (g *requantGen) storeMasked(v reg.VecVirtual, dst Mem) {
	if g.size == 1 {
		VPMOVDB(v, g.lanes, dst)
	} else {
		VPMOVDW(v, g.lanes, dst)
	}
}

// store narrows the eight lanes of v and stores the first n.
func (g *requantGen) store(v reg.VecVirtual, dst reg.Register) {
	x, hi := v.AsX(), XMM()
	VEXTRACTI128(U8(1), v, hi)
	if g.size == 1 {
		VPACKUSDW(hi, x, x)
		VPACKUSWB(x, x, x)
	} else {
		VPACKSSDW(hi, x, x)
	}
	CMPQ(g.n, U32(8))
	JL(LabelRef("some"))
	if g.size == 1 {
		VMOVQ(x, Mem{Base: dst})
	} else {
		VMOVDQU(x, Mem{Base: dst})
	}
	JMP(LabelRef("stored"))
	Label("some")
	p := GP64()
	MOVQ(dst, p)
	for lanes := 4; lanes > 0; lanes /= 2 {
		next := fmt.Sprintf("below%d", lanes)
		bytes := lanes * g.size
		TESTQ(U32(lanes), g.n)
		JZ(LabelRef(next))
		storeBytes(bytes, x, Mem{Base: p})
		if lanes > 1 {
			VPSRLDQ(U8(bytes), x, x)
			ADDQ(U8(bytes), p)
		}
		Label(next)
	}
	Label("stored")
}

// storeBytes stores the lowest 1, 2, 4 or 8 bytes of x.
func storeBytes(n int, x reg.Register, dst Mem) {
	switch n {
	case 1:
		VPEXTRB(U8(0), x, dst)
	case 2:
		VPEXTRW(U8(0), x, dst)
	case 4:
		VMOVD(x, dst)
	case 8:
		VMOVQ(x, dst)
	}
}

// widen generates the conversion of uint8 to int16.
func widen() {
	TEXT("widen256", NOSPLIT, "func(dst *int16, src *uint8, n int)")
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	n := Load(Param("n"), GP64())
	Label("loop")
	CMPQ(n, U32(16))
	JL(LabelRef("done"))
	v := YMM()
	VPMOVZXBW(Mem{Base: src}, v)
	VMOVDQU(v, Mem{Base: dst})
	ADDQ(U8(16), src)
	ADDQ(U8(32), dst)
	SUBQ(U8(16), n)
	JMP(LabelRef("loop"))
	Label("done")
	VZEROUPPER()
	RET()
}
