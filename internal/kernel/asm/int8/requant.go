package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// requantFields are the offsets of the fields of kernel.requantRows.
var requantFields = map[string]int{
	"dst": 0, "src": 8, "rows": 16, "dstRow": 24, "srcRow": 32,
	"multiplier": 40, "shift": 48, "n": 56, "half": 64, "min": 72, "max": 76,
}

// A requantGen generates one requantisation: all rows of one vector of columns
// after the other.
type requantGen struct {
	bits, size int
	args       reg.Register
	dst, src   reg.GPVirtual // of the vector's first row
	n          reg.GPVirtual // columns left
	lanes      reg.OpmaskVirtual
	c          constants
}

// constants are what the rows of a vector of columns share. Products have 64
// bits, of even and of odd lanes.
type constants struct {
	evenMul, oddMul, evenHalf, oddHalf reg.VecVirtual
	shift, lo, hi                      reg.VecVirtual
}

// requant generates the kernel and returns its name.
func requant(bits, size int) string {
	name := fmt.Sprintf("requant%d_%d", bits, 8*size)
	TEXT(name, NOSPLIT, "func(r uintptr)")
	g := &requantGen{bits: bits, size: size, args: Load(Param("r"), GP64()), dst: GP64(), src: GP64(), n: GP64()}
	g.columns()
	VZEROUPPER()
	RET()
	return name
}

func (g *requantGen) at(name string) Mem { return Mem{Base: g.args, Disp: requantFields[name]} }

func (g *requantGen) vec() reg.VecVirtual {
	if g.bits == 512 {
		return ZMM()
	}
	return YMM()
}

// columns writes the loop over vectors of columns.
func (g *requantGen) columns() {
	multiplier, shift := GP64(), GP64()
	MOVQ(g.at("dst"), g.dst)
	MOVQ(g.at("src"), g.src)
	MOVQ(g.at("n"), g.n)
	MOVQ(g.at("multiplier"), multiplier)
	MOVQ(g.at("shift"), shift)
	lanes := g.bits / 32
	if g.bits == 512 {
		g.lanes = K()
	}
	Label("columns")
	g.constants(multiplier, shift)
	if g.bits == 512 {
		g.mask()
	}
	g.rows()
	ADDQ(U32(g.bits/8), g.src)
	ADDQ(U32(g.bits/8), multiplier)
	ADDQ(U32(g.bits/8), shift)
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

// constants loads and derives the constants. half is 2·zero+1, so that half
// shifted by shift-1 rounds and adds the zero point at once.
func (g *requantGen) constants(multiplier, shift reg.Register) {
	c := constants{g.vec(), g.vec(), g.vec(), g.vec(), g.vec(), g.vec(), g.vec()}
	g.load(Mem{Base: multiplier}, c.evenMul)
	VPSRLQ(U8(32), c.evenMul, c.oddMul)
	g.load(Mem{Base: shift}, c.shift)
	half, even := g.vec(), g.vec()
	VPBROADCASTQ(g.at("half"), half)
	VPSRLQ(U8(32), c.shift, c.oddHalf)
	VPSLLQ(U8(32), c.shift, even)
	VPSRLQ(U8(32), even, even)
	VPSLLVQ(c.oddHalf, half, c.oddHalf)
	VPSLLVQ(even, half, c.evenHalf)
	// The upper halves of the products are shifted by shift-32.
	less := g.vec()
	g.ones(less)
	VPSRLD(U8(27), less, less) // 31
	VPSUBD(less, c.shift, c.shift)
	VPBROADCASTD(g.at("min"), c.lo)
	VPBROADCASTD(g.at("max"), c.hi)
	g.c = c
}

func (g *requantGen) load(src, dst Op) {
	if g.bits == 512 {
		VMOVDQU32(src, dst)
	} else {
		VMOVDQU(src, dst)
	}
}

// ones sets all bits of v.
func (g *requantGen) ones(v reg.VecVirtual) {
	if g.bits == 512 {
		VPTERNLOGD(U8(0xff), v, v, v)
	} else {
		VPCMPEQD(v, v, v)
	}
}

// rows writes the loop over rows.
func (g *requantGen) rows() {
	dst, src, rows := GP64(), GP64(), GP64()
	MOVQ(g.dst, dst)
	MOVQ(g.src, src)
	MOVQ(g.at("rows"), rows)
	var oddLanes reg.OpmaskVirtual
	if g.bits == 512 {
		oddLanes = K()
		m := GP32()
		MOVL(U32(0x5555), m)
		KMOVW(m, oddLanes)
	}
	Label("rows")
	c, even, odd := g.c, g.vec(), g.vec()
	g.load(Mem{Base: src}, even)
	g.load(Mem{Base: src, Disp: 4}, odd)
	VPMULDQ(c.evenMul, even, even)
	VPMULDQ(c.oddMul, odd, odd)
	VPADDQ(c.evenHalf, even, even)
	VPADDQ(c.oddHalf, odd, odd)
	if g.bits == 512 {
		VPSHUFD(U8(0xf5), even, oddLanes, odd)
	} else {
		VPSHUFD(U8(0xf5), even, even)
		VPBLENDD(U8(0xaa), odd, even, odd)
	}
	VPSRAVD(c.shift, odd, odd)
	VPMAXSD(c.lo, odd, odd)
	VPMINSD(c.hi, odd, odd)
	if g.bits == 512 {
		g.storeMasked(odd, Mem{Base: dst})
	} else {
		g.store(odd, dst)
	}
	ADDQ(g.at("srcRow"), src)
	ADDQ(g.at("dstRow"), dst)
	DECQ(rows)
	JNZ(LabelRef("rows"))
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
