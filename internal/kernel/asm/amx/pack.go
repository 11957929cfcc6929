package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var (
	even, odd reg.VecPhysical = reg.Z30, reg.Z31 // what convert reads
	converted reg.VecPhysical = reg.Z31          // and writes
)

// lowMask sets k to the lowest n < 64 bits.
func lowMask(n reg.GPVirtual, wide bool) reg.OpmaskVirtual {
	ones, k := GP64(), K()
	MOVQ(I32(-1), ones)
	BZHIQ(n, ones, ones)
	if wide {
		KMOVD(ones.As32(), k)
	} else {
		KMOVW(ones.As32(), k)
	}
	return k
}

func load(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

// convertRows generates dst[r][i] = bf16(src[r][i]).
func convertRows() {
	TEXT("amxConvertRows", NOSPLIT, "func(dst *uint16, src *float32, rows, n, dstRow, srcRow int)")
	dst, src, rows, n, dstRow, srcRow := load("dst"), load("src"), load("rows"), load("n"), load("dstRow"), load("srcRow")
	// Masks of the last n mod 32 elements, in halves and together.
	tail := GP64()
	MOVQ(n, tail)
	ANDQ(U8(31), tail)
	all := lowMask(tail, true)
	low, high := K(), K()
	KMOVW(all, low)
	KSHIFTRD(U8(16), all, high)
	SHRQ(U8(5), n)
	from, to, left := GP64(), GP64(), GP64()
	Label("row")
	MOVQ(src, from)
	MOVQ(dst, to)
	MOVQ(n, left)
	TESTQ(left, left)
	JZ(LabelRef("tail"))
	Label("vector")
	VMOVUPS(Mem{Base: from}, even)
	VMOVUPS(Mem{Base: from, Disp: 64}, odd)
	convert()
	VMOVDQU16(converted, Mem{Base: to})
	ADDQ(U8(64), to)
	ADDQ(U32(128), from)
	DECQ(left)
	JNZ(LabelRef("vector"))
	Label("tail")
	KORTESTD(all, all)
	JZ(LabelRef("next"))
	VMOVUPS_Z(Mem{Base: from}, low, even)
	VMOVUPS_Z(Mem{Base: from, Disp: 64}, high, odd)
	convert()
	VMOVDQU16(converted, all, Mem{Base: to})
	Label("next")
	ADDQ(dstRow, dst)
	ADDQ(srcRow, src)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

var order Mem

// pairOrder returns the permutation that interleaves the halves of a vector of
// 32 words.
func pairOrder() reg.VecVirtual {
	if order.Symbol.Name == "" {
		order = GLOBL("pairOrder", RODATA|NOPTR)
		for i := range 32 {
			DATA(2*i, U16(i/2+i%2*16))
		}
	}
	v := ZMM()
	VMOVDQU16(order, v)
	return v
}

// pairRows generates dst[c/16][r/2][c%16][r%2] = bf16(src[r][c]).
func pairRows() {
	TEXT("amxPairRows", NOSPLIT, "func(dst *uint16, src *float32, rows, cols, srcRow, panel int)")
	dst, src, rows, cols, srcRow, panel := load("dst"), load("src"), load("rows"), load("cols"), load("srcRow"), load("panel")
	// Masks of whole panels and of the last, and those of the odd rows.
	tail := GP64()
	MOVQ(cols, tail)
	ANDQ(U8(15), tail)
	last, oddAll, oddLast := lowMask(tail, false), K(), K()
	KXNORW(last, last, oddAll)
	KMOVW(last, oddLast)
	SHRQ(U8(4), cols)
	interleave, v := pairOrder(), ZMM()
	from, to, left := GP64(), GP64(), GP64()
	Label("pair")
	CMPQ(rows, U8(1))
	JNE(LabelRef("both"))
	// An odd last row is paired with zeros.
	KXORW(oddAll, oddAll, oddAll)
	KXORW(oddLast, oddLast, oddLast)
	Label("both")
	MOVQ(src, from)
	MOVQ(dst, to)
	MOVQ(cols, left)
	TESTQ(left, left)
	JZ(LabelRef("last"))
	Label("panel")
	VMOVUPS(Mem{Base: from}, even)
	VMOVUPS_Z(Mem{Base: from, Index: srcRow, Scale: 1}, oddAll, odd)
	convert()
	VPERMW(converted, interleave, v)
	VMOVDQU16(v, Mem{Base: to})
	ADDQ(U8(64), from)
	ADDQ(panel, to)
	DECQ(left)
	JNZ(LabelRef("panel"))
	Label("last")
	KORTESTW(last, last)
	JZ(LabelRef("next"))
	VMOVUPS_Z(Mem{Base: from}, last, even)
	VMOVUPS_Z(Mem{Base: from, Index: srcRow, Scale: 1}, oddLast, odd)
	convert()
	VPERMW(converted, interleave, v)
	VMOVDQU16(v, Mem{Base: to})
	Label("next")
	LEAQ(Mem{Base: src, Index: srcRow, Scale: 2}, src)
	ADDQ(U8(64), dst)
	SUBQ(U8(2), rows)
	JG(LabelRef("pair"))
	VZEROUPPER()
	RET()
}

// copies returns n copies of the vector zero, which a loop may fill again and
// again.
func copies(zero reg.VecVirtual, n int) []reg.VecVirtual {
	r := make([]reg.VecVirtual, n)
	for i := range r {
		r[i] = ZMM()
		VMOVDQU32(zero, r[i])
	}
	return r
}

// pairCols generates dst[k/2][c][k%2] = bf16(src[c][k]).
func pairCols() {
	TEXT("amxPairCols", NOSPLIT, "func(dst *uint16, src *float32, n, srcRow, cols int)")
	dst, src, n, srcRow, cols := load("dst"), load("src"), load("n"), load("srcRow"), load("cols")
	terms, from, none := GP64(), GP64(), ZMM()
	VPXORD(none, none, none)
	Label("chunk")
	MOVQ(U32(32), terms)
	CMPQ(n, terms)
	CMOVQLT(n, terms)
	all := K()
	bits := GP64()
	MOVQ(I32(-1), bits)
	BZHIQ(terms, bits, bits)
	KMOVD(bits.As32(), all)
	low, high := K(), K()
	KMOVW(all, low)
	KSHIFTRD(U8(16), all, high)
	MOVQ(src, from)
	r := copies(none, 16)
	for i, v := range r {
		CMPQ(cols, U8(i))
		JLE(LabelRef("transpose"))
		VMOVUPS_Z(Mem{Base: from}, low, even)
		VMOVUPS_Z(Mem{Base: from, Disp: 64}, high, odd)
		convert()
		VMOVDQU16(converted, v)
		ADDQ(srcRow, from)
	}
	Label("transpose")
	ADDQ(U8(1), terms)
	for i, v := range transpose(r) {
		SUBQ(U8(2), terms)
		JL(LabelRef("next"))
		VMOVDQU16(v, Mem{Base: dst, Disp: 64 * i})
	}
	Label("next")
	ADDQ(U32(1024), dst)
	ADDQ(U32(128), src)
	SUBQ(U8(32), n)
	JG(LabelRef("chunk"))
	VZEROUPPER()
	RET()
}

// transposeRows generates dst[r][k] = bf16(src[k][r]).
func transposeRows() {
	TEXT("amxTransposeRows", NOSPLIT, "func(dst *uint16, src *float32, n, dstRow, srcRow, rows int)")
	dst, src, n, dstRow, srcRow, rows := load("dst"), load("src"), load("n"), load("dstRow"), load("srcRow"), load("rows")
	cols := lowMask(rows, false)
	interleave := pairOrder()
	terms, to, left, bits, all := GP64(), GP64(), GP64(), GP64(), K()
	zero, next, none := GP64(), GP64(), ZMM()
	VPXORD(none, none, none)
	XORQ(zero, zero)
	MOVQ(srcRow, next)
	Label("chunk")
	MOVQ(U32(32), terms)
	CMPQ(n, terms)
	CMOVQLT(n, terms)
	MOVQ(I32(-1), bits)
	BZHIQ(terms, bits, bits)
	KMOVD(bits.As32(), all)
	r := copies(none, 16)
	for _, v := range r {
		// An odd last term is paired with itself; it is not stored twice.
		TESTQ(terms, terms)
		JLE(LabelRef("transpose"))
		SUBQ(U8(2), terms)
		CMOVQLT(zero, next)
		VMOVUPS_Z(Mem{Base: src}, cols, even)
		VMOVUPS_Z(Mem{Base: src, Index: next, Scale: 1}, cols, odd)
		convert()
		VPERMW(converted, interleave, v)
		LEAQ(Mem{Base: src, Index: srcRow, Scale: 2}, src)
	}
	Label("transpose")
	MOVQ(dst, to)
	MOVQ(rows, left)
	for _, v := range transpose(r) {
		VMOVDQU16(v, all, Mem{Base: to})
		ADDQ(dstRow, to)
		DECQ(left)
		JZ(LabelRef("next"))
	}
	Label("next")
	ADDQ(U8(64), dst)
	SUBQ(U8(32), n)
	JG(LabelRef("chunk"))
	VZEROUPPER()
	RET()
}

// transpose transposes a block of 16 by 16 double words.
func transpose(r []reg.VecVirtual) []reg.VecVirtual {
	// Within 128-bit lanes, pairs of rows by 32 bits and then by 64 bits; then
	// lanes. At the end r[i] holds the column whose number has the lowest two
	// bits of i exchanged.
	zip(r, 1, func(a, b, lo, hi reg.VecVirtual) { VPUNPCKLDQ(b, a, lo); VPUNPCKHDQ(b, a, hi) })
	zip(r, 2, func(a, b, lo, hi reg.VecVirtual) { VPUNPCKLQDQ(b, a, lo); VPUNPCKHQDQ(b, a, hi) })
	for _, step := range []int{4, 8} {
		zip(r, step, func(a, b, lo, hi reg.VecVirtual) {
			VSHUFI32X4(U8(0x88), b, a, lo)
			VSHUFI32X4(U8(0xdd), b, a, hi)
		})
	}
	cols := make([]reg.VecVirtual, len(r))
	for i, v := range r {
		cols[i&1<<1|i>>1&1|i&^3] = v
	}
	return cols
}

// zip replaces each pair r[i], r[i+step] by its two combinations.
func zip(r []reg.VecVirtual, step int, combine func(a, b, lo, hi reg.VecVirtual)) {
	for i := range r {
		if i&step == 0 {
			lo, hi := ZMM(), ZMM()
			combine(r[i], r[i+step], lo, hi)
			r[i], r[i+step] = lo, hi
		}
	}
}
