package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tileFields are the offsets of the fields of kernel.intTile.
var tileFields = map[string]int{"a": 0, "c": 32, "aRow": 64, "b": 72, "bias": 80, "k": 88, "runs": 96, "skip": 104}

// sortedByOffset returns the names of fields in order.
func sortedByOffset(fields map[string]int) []string {
	return slices.SortedFunc(maps.Keys(fields), func(a, b string) int { return cmp.Compare(fields[a], fields[b]) })
}

// A dot is a way to add to 32-bit lanes the products of four bytes each of A
// and B.
type dot struct {
	name, doc string
	bits      int
	opcode    string // of the fused instruction, or empty: VPMADDWD and VPADDD
	vex       byte   // the opcode byte, for 256 bits
}

var dots = []dot{
	{"busd512", "VPDPBUSD of AVX-512 VNNI: uint8 by int8, four a lane", 512, "VPDPBUSD", 0},
	{"wssd512", "VPDPWSSD of AVX-512 VNNI: int16 by int16, two a lane", 512, "VPDPWSSD", 0},
	{"madd512", "VPMADDWD of AVX-512 BW: int16 by int16, two a lane", 512, "", 0},
	{"busd256", "VPDPBUSD of AVX-VNNI: uint8 by int8, four a lane", 256, "VPDPBUSD", 0x50},
	{"wssd256", "VPDPWSSD of AVX-VNNI: int16 by int16, two a lane", 256, "VPDPWSSD", 0x52},
	{"madd256", "VPMADDWD of AVX2: int16 by int16, two a lane", 256, "", 0},
}

// A shape is the size of a micro-kernel: groups of rows, each group with its
// own base address, by vectors.
type shape struct{ groups, group, vecs int }

func (s shape) name(d dot) string {
	return fmt.Sprintf("%s_%dx%dx%d", d.name, s.groups, s.group, s.vecs)
}

// shapes lists the kernels by the width of vectors in bits. AVX-512 has 32
// registers, AVX2 has 16. Of one size of group and one width, the kernel with
// most groups comes first, and there is one with a single group.
var shapes = map[int][]shape{
	512: {
		{4, 7, 1}, {2, 7, 1}, {1, 7, 1}, {3, 8, 1}, {2, 8, 1}, {1, 8, 1}, {4, 4, 1}, {2, 4, 1}, {1, 4, 1}, {4, 2, 1}, {1, 2, 1}, {4, 1, 1}, {1, 1, 1},
		{2, 7, 2}, {1, 7, 2}, {3, 4, 2}, {2, 4, 2}, {1, 4, 2}, {4, 2, 2}, {2, 2, 2}, {1, 2, 2}, {4, 1, 2}, {1, 1, 2},
		{3, 2, 4}, {2, 2, 4}, {1, 2, 4}, {4, 1, 4}, {1, 1, 4},
	},
	256: {
		{2, 6, 1}, {1, 6, 1}, {3, 4, 1}, {2, 4, 1}, {1, 4, 1}, {4, 2, 1}, {1, 2, 1}, {4, 1, 1}, {1, 1, 1},
		{1, 6, 2}, {1, 4, 2}, {3, 2, 2}, {2, 2, 2}, {1, 2, 2}, {4, 1, 2}, {1, 1, 2},
		{2, 1, 4}, {1, 1, 4},
	},
}

// A tileGen generates one kernel.
type tileGen struct {
	dot
	shape
	tile reg.Register
	acc  [][]reg.Register
	used int // physical registers in use, with 256 bits
}

func newTileGen(d dot, s shape) *tileGen { return &tileGen{dot: d, shape: s} }

// at returns the operand of a field of the tile.
func (g *tileGen) at(name string) Mem { return Mem{Base: g.tile, Disp: tileFields[name]} }

// vec returns a fresh vector register: with 256 bits a physical one, because
// instructions that the assembler does not know are encoded here.
func (g *tileGen) vec() reg.Register {
	if g.bits == 512 {
		return ZMM()
	}
	g.used++
	return ymm[g.used-1]
}

var ymm = [...]reg.Register{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}

// move copies a vector between memory and registers.
func (g *tileGen) move(src, dst Op) {
	if g.bits == 512 {
		VMOVDQU32(src, dst)
	} else {
		VMOVDQU(src, dst)
	}
}

// generate writes the kernel: what package kernel's intTile documents.
func (g *tileGen) generate() {
	TEXT(g.shape.name(g.dot), NOSPLIT, "func(t uintptr)")
	g.tile = Load(Param("t"), GP64())
	bias := GP64()
	MOVQ(g.at("bias"), bias)
	for i := range g.groups * g.group {
		g.acc = append(g.acc, nil)
		for j := range g.vecs {
			acc := g.vec()
			g.acc[i] = append(g.acc[i], acc)
			if i == 0 {
				g.move(Mem{Base: bias, Disp: g.bits / 8 * j}, acc)
			} else {
				g.move(g.acc[0][j], acc)
			}
		}
	}
	g.loops()
	for n := range g.groups {
		c := GP64()
		m := g.at("c")
		m.Disp += 8 * n
		MOVQ(m, c)
		for i := range g.group {
			for j, acc := range g.acc[n*g.group+i] {
				g.move(acc, Mem{Base: c, Disp: g.bits / 8 * (i*g.vecs + j)})
			}
		}
	}
	VZEROUPPER()
	RET()
}

// loops writes the loops over runs and over k.
func (g *tileGen) loops() {
	a := g.rows()
	b, k, runs, skip := GP64(), GP64(), GP64(), GP64()
	MOVQ(g.at("b"), b)
	MOVQ(g.at("runs"), runs)
	MOVQ(g.at("skip"), skip)
	s := g.newStep(b)
	Label("runloop")
	MOVQ(g.at("k"), k)
	Label("kloop")
	s.write(a)
	ADDQ(I32(g.bits/8*g.vecs), b)
	for _, p := range a.bases {
		ADDQ(U8(4), p)
	}
	DECQ(k)
	JNZ(LabelRef("kloop"))
	for _, p := range a.bases {
		ADDQ(Mem{Base: skip}, p)
	}
	ADDQ(U8(8), skip)
	DECQ(runs)
	JNZ(LabelRef("runloop"))
}

// A step is one k: the registers for vectors of B, an element of A and, if
// products are not fused, products.
type step struct {
	*tileGen
	b     reg.Register
	bv    []reg.Register
	av, t reg.Register
}

func (g *tileGen) newStep(b reg.Register) step {
	s := step{tileGen: g, b: b, av: g.vec()}
	for range g.vecs {
		s.bv = append(s.bv, g.vec())
	}
	if g.opcode == "" {
		s.t = s.av
		if g.vecs > 1 {
			s.t = g.vec()
		}
	}
	return s
}

func (s step) write(a rows) {
	for j, v := range s.bv {
		s.move(Mem{Base: s.b, Disp: s.bits / 8 * j}, v)
	}
	for i, row := range s.acc {
		VPBROADCASTD(a.row(i), s.av)
		for j, acc := range row {
			s.product(s.bv[j], acc)
		}
	}
}

// product adds the products of b and the element of A to acc.
func (s step) product(b, acc reg.Register) {
	switch {
	case s.opcode == "":
		VPMADDWD(b, s.av, s.t)
		VPADDD(s.t, acc, acc)
	case s.bits == 512:
		ops := []Op{b, s.av, acc}
		Instruction(&ir.Instruction{Opcode: s.opcode, Operands: ops, Inputs: ops, Outputs: ops[2:], ISA: []string{"AVX512VNNI"}})
	default:
		vex256(s.vex, b, s.av, acc)
	}
}

// vex256 encodes an instruction of the map 0F38 with prefix 66, which the Go
// assembler knows in its EVEX form only.
func vex256(opcode byte, rm, vvvv, r reg.Register) {
	number := func(x reg.Register) byte { return byte(x.(reg.Physical).PhysicalIndex()) }
	b, v, d := number(rm), number(vvvv), number(r)
	Comment(fmt.Sprintf("opcode %#x: Y%d, Y%d, Y%d", opcode, b, v, d))
	for _, x := range []byte{0xC4, (^d>>3&1)<<7 | 1<<6 | (^b>>3&1)<<5 | 2, (^v&15)<<3 | 1<<2 | 1, opcode, 3<<6 | d&7<<3 | b&7} {
		Instruction(&ir.Instruction{Opcode: "BYTE", Operands: []Op{U8(x)}})
	}
}

// rows addresses the rows of A: in each group multiples 0 to 7 of the stride,
// with registers for 1, 3, 5 and 7 times the stride.
type rows struct {
	bases  []reg.GPVirtual
	group  int
	stride [8]reg.GPVirtual
}

// rows loads the bases and the stride.
func (g *tileGen) rows() rows {
	r := rows{group: g.group}
	for i := range g.groups {
		m := g.at("a")
		m.Disp += 8 * i
		r.bases = append(r.bases, GP64())
		MOVQ(m, r.bases[i])
	}
	if g.group == 1 {
		return r
	}
	s := GP64()
	MOVQ(g.at("aRow"), s)
	r.stride[1] = s
	if g.group > 3 {
		r.stride[3] = GP64()
		LEAQ(Mem{Base: s, Index: s, Scale: 2}, r.stride[3])
	}
	if g.group > 5 {
		r.stride[5] = GP64()
		LEAQ(Mem{Base: s, Index: s, Scale: 4}, r.stride[5])
	}
	if g.group > 7 {
		r.stride[7] = GP64()
		LEAQ(Mem{Base: r.stride[3], Index: s, Scale: 4}, r.stride[7])
	}
	return r
}

// row returns the operand at the start of row i.
func (r rows) row(i int) Mem {
	base := r.bases[i/r.group]
	switch n := i % r.group; n {
	case 0:
		return Mem{Base: base}
	case 2, 4:
		return Mem{Base: base, Index: r.stride[1], Scale: uint8(n)}
	case 6:
		return Mem{Base: base, Index: r.stride[3], Scale: 2}
	default:
		return Mem{Base: base, Index: r.stride[n], Scale: 1}
	}
}
