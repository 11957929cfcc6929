package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A field of kernel.tile, by which driver and kernel talk.
type field struct {
	name   string
	offset int
}

// fields of kernel.tile in order; all have eight bytes but a, which has four
// pointers.
var fields = func() []field {
	names := []string{"a", "aRow", "aK", "aSkip", "b", "bK", "bSkip", "c", "cRow", "cPair", "k", "runs", "bias", "mask", "lanes", "flags", "slope"}
	fs := make([]field, len(names))
	for i, name := range names {
		if i > 0 {
			fs[i] = field{name, 24 + 8*i}
		} else {
			fs[i] = field{name, 0}
		}
	}
	return fs
}()

// offset returns the offset of a field of kernel.tile.
func offset(name string) int {
	for _, f := range fields {
		if f.name == name {
			return f.offset
		}
	}
	panic("no field " + name)
}

// Bits of tile.flags.
const (
	flagAccumulate = 1
	flagRelu       = 2
	flagLeaky      = 4
)

// A decl is a generated kernel: rows by vecs vectors, the rows in groups of
// which each has its own base address.
type decl struct {
	name              string
	set               string
	rows, group, vecs int
	pair              bool
	depthwise         bool // A has vectors, not single elements
}

// full returns the name of the kernel for a last vector that is complete.
func (d decl) full() string { return strings.TrimSuffix(d.name, "m") }

// tileKernels generates all kernels.
func tileKernels() []decl {
	var decls []decl
	generate := func(d decl, bits int) {
		masks := []bool{true}
		if bits == 256 || d.depthwise {
			masks = []bool{true, false}
		}
		for _, masked := range masks {
			k := newTileGen(d, bits, masked)
			k.generate()
			if masked {
				decls = append(decls, k.decl)
			}
		}
	}
	add := func(bits, vecs int, pair bool, heights ...[2]int) {
		for _, h := range heights {
			generate(decl{rows: h[0], group: h[1], vecs: vecs, pair: pair}, bits)
		}
	}
	depthwise := func(bits int, heights ...[2]int) {
		for _, h := range heights {
			generate(decl{rows: h[0], group: h[1], vecs: 1, depthwise: true}, bits)
		}
	}
	// Rows and rows per group. AVX-512 has 32 registers, AVX2 has 16.
	add(512, 1, false, [2]int{28, 7}, [2]int{24, 8}, [2]int{16, 4}, [2]int{14, 7}, [2]int{9, 3}, [2]int{8, 8}, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1})
	add(512, 2, false, [2]int{14, 7}, [2]int{8, 4}, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1})
	add(512, 3, false, [2]int{8, 4}, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1})
	add(512, 4, false, [2]int{6, 2}, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1})
	add(512, 8, false, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1})
	for _, vecs := range []int{5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16} {
		add(512, vecs, false, [2]int{1, 1})
	}
	add(512, 1, true, [2]int{28, 7}, [2]int{24, 8}, [2]int{16, 4}, [2]int{14, 7}, [2]int{8, 8}, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1})
	add(256, 1, false, [2]int{12, 6}, [2]int{9, 3}, [2]int{7, 7}, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1})
	add(256, 2, false, [2]int{6, 2}, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1})
	add(256, 4, false, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1})
	for _, vecs := range []int{3, 5, 6, 7, 8, 9, 10, 11, 12} {
		add(256, vecs, false, [2]int{1, 1})
	}
	depthwise(512, [2]int{28, 7}, [2]int{16, 4}, [2]int{14, 7}, [2]int{9, 3}, [2]int{8, 4}, [2]int{5, 5}, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1})
	depthwise(256, [2]int{12, 6}, [2]int{9, 3}, [2]int{7, 7}, [2]int{5, 5}, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1})
	return decls
}

// A tileGen generates one kernel.
type tileGen struct {
	decl
	bits   int
	masked bool // the last vector may be incomplete
	tile   reg.Register
	acc    [][]reg.VecVirtual
	k      reg.OpmaskVirtual // lanes of the last vector
}

// newTileGen names the kernel d.
func newTileGen(d decl, bits int, masked bool) *tileGen {
	d.set = fmt.Sprint(bits)
	d.name = fmt.Sprintf("tile%d_%dx%d", bits, d.rows, d.vecs)
	switch {
	case d.pair:
		d.name += "pair"
	case d.depthwise:
		d.name = fmt.Sprintf("depthwise%d_%d", bits, d.rows)
	}
	if masked && (bits == 256 || d.depthwise) {
		d.name += "m"
	}
	return &tileGen{decl: d, bits: bits, masked: masked}
}

// at returns the operand of a field of the tile.
func (g *tileGen) at(name string) Mem { return Mem{Base: g.tile, Disp: offset(name)} }

// vec returns a fresh vector register.
func (g *tileGen) vec() reg.VecVirtual {
	if g.bits == 512 {
		return ZMM()
	}
	return YMM()
}

// load loads vector j of a row of B, C or the bias, of which the last may be
// incomplete.
func (g *tileGen) load(m Mem, j int, dst reg.VecVirtual) {
	m.Disp += j * g.bits / 8
	switch {
	case j < g.vecs-1 || !g.masked || g.pair:
		VMOVUPS(m, dst)
	case g.bits == 512:
		VMOVUPS_Z(m, g.k, dst)
	default:
		VMOVUPS(g.lanes(), dst)
		VMASKMOVPS(m, dst, dst)
	}
}

// lanes returns the operand of the AVX2 mask. The pointer is loaded where it
// is used: registers are scarce.
func (g *tileGen) lanes() Mem {
	p := GP64()
	MOVQ(g.at("lanes"), p)
	return Mem{Base: p}
}

// store stores vector j of a row of C.
func (g *tileGen) store(src reg.VecVirtual, m Mem, j int) {
	m.Disp += j * g.bits / 8
	switch {
	case j < g.vecs-1 || !g.masked:
		VMOVUPS(src, m)
	case g.bits == 512:
		VMOVUPS(src, g.k, m)
	default:
		t := YMM()
		VMOVUPS(g.lanes(), t)
		VMASKMOVPS(src, t, m)
	}
}

// each calls f for every accumulator.
func (g *tileGen) each(f func(i, j int, acc reg.VecVirtual)) {
	for i, row := range g.acc {
		for j, acc := range row {
			f(i, j, acc)
		}
	}
}

// generate writes the kernel: what package kernel's tile documents.
func (g *tileGen) generate() {
	name := g.name
	if !g.masked {
		name = g.full()
	}
	TEXT(name, NOSPLIT, "func(t uintptr)")
	g.tile = Load(Param("t"), GP64())
	for i := range g.rows {
		g.acc = append(g.acc, nil)
		for range g.vecs {
			g.acc[i] = append(g.acc[i], g.vec())
		}
	}
	if g.bits == 512 {
		g.k = K()
		KMOVW(g.at("mask"), g.k)
	}
	g.start()
	g.loops()
	g.epilogue()
	VZEROUPPER()
	RET()
}

// start sets the accumulators to zero or to C.
func (g *tileGen) start() {
	if !g.pair {
		TESTB(U8(flagAccumulate), g.at("flags"))
		JZ(LabelRef("zero"))
		c := g.rowsAt([]string{"c"}, "cRow", g.rows)
		g.each(func(i, j int, acc reg.VecVirtual) { g.load(c.row(i), j, acc) })
		JMP(LabelRef("run"))
		Label("zero")
	}
	g.each(func(_, _ int, acc reg.VecVirtual) {
		if g.bits == 512 {
			VPXORD(acc, acc, acc)
		} else {
			VXORPS(acc, acc, acc)
		}
	})
	Label("run")
}

// loops writes the loops over runs and over k.
func (g *tileGen) loops() {
	groups := make([]string, g.rows/g.group)
	for i := range groups {
		groups[i] = "a"
	}
	a := g.rowsAt(groups, "aRow", g.group)
	b, aK, bK, k, runs := GP64(), GP64(), GP64(), GP64(), GP64()
	MOVQ(g.at("b"), b)
	MOVQ(g.at("aK"), aK)
	MOVQ(g.at("bK"), bK)
	MOVQ(g.at("runs"), runs)
	Label("runloop")
	MOVQ(g.at("k"), k)
	Label("kloop")
	g.step(a, b)
	ADDQ(bK, b)
	for _, p := range a.bases {
		ADDQ(aK, p)
	}
	DECQ(k)
	JNZ(LabelRef("kloop"))
	ADDQ(g.at("bSkip"), b)
	for _, p := range a.bases {
		ADDQ(g.at("aSkip"), p)
	}
	DECQ(runs)
	JNZ(LabelRef("runloop"))
}

// step writes the multiply-adds of one k. The operand with fewer registers is
// loaded first, the other one by one.
func (g *tileGen) step(a rows, b reg.Register) {
	if g.vecs > g.rows {
		av := make([]reg.VecVirtual, g.rows)
		for i := range av {
			av[i] = g.broadcast(a.row(i))
		}
		for j := range g.vecs {
			bv := g.loadB(b, j)
			for i := range av {
				VFMADD231PS(av[i], bv, g.acc[i][j])
			}
		}
		return
	}
	bv := make([]reg.VecVirtual, g.vecs)
	for j := range bv {
		bv[j] = g.loadB(b, j)
	}
	for i, acc := range g.acc {
		if g.depthwise {
			g.multiply(a.row(i), bv[0], acc[0])
			continue
		}
		if g.vecs == 1 && g.bits == 512 && !g.pair {
			VFMADD231PS_BCST(a.row(i), bv[0], acc[0])
			continue
		}
		av := g.broadcast(a.row(i))
		for j := range bv {
			VFMADD231PS(av, bv[j], acc[j])
		}
	}
}

// multiply writes the multiply-add of a vector of A.
func (g *tileGen) multiply(a Mem, b, acc reg.VecVirtual) {
	if !g.masked {
		VFMADD231PS(a, b, acc)
		return
	}
	v := g.vec()
	g.load(a, 0, v)
	VFMADD231PS(v, b, acc)
}

// broadcast loads an element of A, or of two interleaved images two, into all
// lanes.
func (g *tileGen) broadcast(m Mem) reg.VecVirtual {
	v := g.vec()
	if g.pair {
		VBROADCASTSD(m, v)
	} else {
		VBROADCASTSS(m, v)
	}
	return v
}

// loadB loads vector j of a row of B.
func (g *tileGen) loadB(b reg.Register, j int) reg.VecVirtual {
	v := g.vec()
	g.load(Mem{Base: b}, j, v)
	return v
}

// epilogue adds the bias, applies the activation and stores C.
func (g *tileGen) epilogue() {
	bias := GP64()
	MOVQ(g.at("bias"), bias)
	TESTQ(bias, bias)
	JZ(LabelRef("nobias"))
	for j := range g.vecs {
		v := g.vec()
		g.load(Mem{Base: bias}, j, v)
		for i := range g.acc {
			VADDPS(v, g.acc[i][j], g.acc[i][j])
		}
	}
	Label("nobias")
	TESTB(U8(flagRelu|flagLeaky), g.at("flags"))
	JZ(LabelRef("store"))
	TESTB(U8(flagLeaky), g.at("flags"))
	JNZ(LabelRef("leaky"))
	zero := g.vec()
	VXORPS(zero.AsY(), zero.AsY(), zero.AsY())
	// max returns its second source, acc, if either is NaN or both are zeros.
	g.each(func(_, _ int, acc reg.VecVirtual) { VMAXPS(acc, zero, acc) })
	JMP(LabelRef("store"))
	Label("leaky")
	g.leaky()
	Label("store")
	if g.pair {
		g.storePair()
		return
	}
	c := g.rowsAt([]string{"c"}, "cRow", g.rows)
	g.each(func(i, j int, acc reg.VecVirtual) { g.store(acc, c.row(i), j) })
}

// leaky writes acc = slope*acc where acc < 0.
func (g *tileGen) leaky() {
	slope, zero := g.vec(), g.vec()
	VBROADCASTSS(g.at("slope"), slope)
	if g.bits == 512 {
		VXORPS(zero.AsY(), zero.AsY(), zero.AsY())
		negative := K()
		g.each(func(_, _ int, acc reg.VecVirtual) {
			VCMPPS(U8(1), zero, acc, negative) // acc < 0, false for NaN
			VMULPS(slope, acc, negative, acc)
		})
		return
	}
	// Too few registers for zero as well: the sign bit selects. It is also
	// set in -0 and in negative NaN, which the product keeps: slopes are
	// positive.
	g.each(func(_, _ int, acc reg.VecVirtual) {
		VMULPS(slope, acc, zero)
		VBLENDVPS(acc, zero, acc, acc)
	})
}

// storePair stores the even lanes of each row in C and the odd ones cPair
// bytes further, half a vector each.
func (g *tileGen) storePair() {
	order := ZMM()
	VMOVDQU32(evenThenOdd(), order)
	even := g.rowsAt([]string{"c"}, "cRow", g.rows)
	odd := even
	odd.bases = nil
	for _, base := range even.bases {
		p := GP64()
		MOVQ(base, p)
		ADDQ(g.at("cPair"), p)
		odd.bases = append(odd.bases, p)
	}
	g.each(func(i, _ int, acc reg.VecVirtual) {
		VPERMPS(acc, order, acc)
		VMOVUPS(acc, g.k, even.row(i))
		VEXTRACTF32X8(U8(1), acc, acc.AsY())
		VMOVUPS(acc, g.k, odd.row(i))
	})
}
