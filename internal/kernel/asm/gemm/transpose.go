package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// evenThenOdd returns the permutation of sixteen lanes that puts the even ones
// first.
var evenThenOdd = func() func() Mem {
	var m Mem
	return func() Mem {
		if m.Symbol.Name == "" {
			m = GLOBL("evenThenOdd", RODATA|NOPTR)
			for i := range 16 {
				DATA(4*i, U32(i%8*2+i/8))
			}
		}
		return m
	}
}()

// copies generates the kernels that rearrange data.
func copies() {
	transpose(16)
	transpose(8)
	copyRows(512)
	copyRows(256)
	interleave()
}

// transpose generates the transpose of a block of n by n.
func transpose(n int) {
	TEXT(fmt.Sprintf("transpose%dx%d", n, n), NOSPLIT, "func(dst, src *float32, dstRow, srcRow int)")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	dstRow, srcRow := Load(Param("dstRow"), GP64()), Load(Param("srcRow"), GP64())
	fresh := func() reg.VecVirtual {
		if n == 16 {
			return ZMM()
		}
		return YMM()
	}
	r := make([]reg.VecVirtual, n)
	for i := range r {
		r[i] = fresh()
		VMOVUPS(Mem{Base: src}, r[i])
		ADDQ(srcRow, src)
	}
	// Within 128-bit lanes: pairs of rows by 32 bits, then by 64 bits. Then
	// r[4q+c] holds column c mod 4 of rows 4q to 4q+3, in each lane.
	zip(r, 1, fresh, func(a, b, lo, hi reg.VecVirtual) { VUNPCKLPS(b, a, lo); VUNPCKHPS(b, a, hi) })
	zip(r, 2, fresh, func(a, b, lo, hi reg.VecVirtual) { VUNPCKLPD(b, a, lo); VUNPCKHPD(b, a, hi) })
	if n == 16 {
		for _, step := range []int{4, 8} {
			zip(r, step, fresh, func(a, b, lo, hi reg.VecVirtual) {
				VSHUFF32X4(U8(0x88), b, a, lo)
				VSHUFF32X4(U8(0xdd), b, a, hi)
			})
		}
	} else {
		zip(r, 4, fresh, func(a, b, lo, hi reg.VecVirtual) {
			VPERM2F128(U8(0x20), b, a, lo)
			VPERM2F128(U8(0x31), b, a, hi)
		})
	}
	for i := range r {
		VMOVUPS(r[column(n, i)], Mem{Base: dst})
		ADDQ(dstRow, dst)
	}
	VZEROUPPER()
	RET()
}

// zip replaces each pair r[i], r[i+step] by its two combinations.
func zip(r []reg.VecVirtual, step int, fresh func() reg.VecVirtual, combine func(a, b, lo, hi reg.VecVirtual)) {
	for i := range r {
		if i&step == 0 {
			lo, hi := fresh(), fresh()
			combine(r[i], r[i+step], lo, hi)
			r[i], r[i+step] = lo, hi
		}
	}
}

// column returns which register of transpose holds column c at the end: the
// first two steps leave the column's bits 0 and 1 in register bits 1 and 0,
// the others its bits 2 and 3 in place.
func column(n, c int) int {
	return c&1<<1 | c>>1&1 | c&^3
}

// copyRows generates a copy of rows of full complete vectors and some lanes of
// one more.
func copyRows(bits int) {
	TEXT(fmt.Sprintf("copyRows%d", bits), NOSPLIT, "func(dst, src *float32, rows, dstRow, srcRow, full int, tail uintptr)")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	rows, full := Load(Param("rows"), GP64()), Load(Param("full"), GP64())
	dstRow, srcRow := Load(Param("dstRow"), GP64()), Load(Param("srcRow"), GP64())
	tail := Load(Param("tail"), GP64())
	k, lanes := K(), YMM()
	v := reg.VecVirtual(YMM())
	if bits == 512 {
		KMOVW(tail.(reg.GP).As32(), k)
		v = ZMM()
	} else {
		VMOVUPS(Mem{Base: tail}, lanes)
	}
	SHLQ(U8(map[int]uint8{512: 6, 256: 5}[bits]), full) // bytes
	i := GP64()
	Label("row")
	XORQ(i, i)
	CMPQ(i, full)
	JE(LabelRef("last"))
	Label("vector")
	VMOVUPS(Mem{Base: src, Index: i, Scale: 1}, v)
	VMOVUPS(v, Mem{Base: dst, Index: i, Scale: 1})
	ADDQ(U8(bits/8), i)
	CMPQ(i, full)
	JL(LabelRef("vector"))
	Label("last")
	if bits == 512 {
		VMOVUPS_Z(Mem{Base: src, Index: i, Scale: 1}, k, v)
		VMOVUPS(v, k, Mem{Base: dst, Index: i, Scale: 1})
	} else {
		VMASKMOVPS(Mem{Base: src, Index: i, Scale: 1}, lanes, v)
		VMASKMOVPS(v, lanes, Mem{Base: dst, Index: i, Scale: 1})
	}
	ADDQ(dstRow, dst)
	ADDQ(srcRow, src)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// interleave generates dst[2i] = a[i], dst[2i+1] = b[i] for i < n.
func interleave() {
	TEXT("interleave512", NOSPLIT, "func(dst, a, b *float32, n int)")
	dst, a, b, n := Load(Param("dst"), GP64()), Load(Param("a"), GP64()), Load(Param("b"), GP64()), Load(Param("n"), GP64())
	lowOrder, highOrder := ZMM(), ZMM()
	order := GLOBL("interleaveOrder", RODATA|NOPTR)
	for i := range 32 {
		DATA(4*i, U32(i/2+i%2*16))
	}
	VMOVDQU32(order, lowOrder)
	VMOVDQU32(order.Offset(64), highOrder)
	x, y, t := ZMM(), ZMM(), ZMM()
	zip := func() {
		VMOVAPS(x, t)
		VPERMT2PS(y, lowOrder, t)
		VPERMT2PS(y, highOrder, x)
	}
	Label("loop")
	SUBQ(U8(16), n)
	JL(LabelRef("tail"))
	VMOVUPS(Mem{Base: a}, x)
	VMOVUPS(Mem{Base: b}, y)
	zip()
	VMOVUPS(t, Mem{Base: dst})
	VMOVUPS(x, Mem{Base: dst, Disp: 64})
	ADDQ(U8(64), a)
	ADDQ(U8(64), b)
	ADDQ(U8(128), dst)
	JMP(LabelRef("loop"))
	Label("tail")
	// n is now the rest less 16: masks of so many elements, and of twice as
	// many for the result.
	ones, bits, in, out := GP64(), GP64(), K(), K()
	ADDQ(U8(16), n)
	MOVQ(I32(-1), ones)
	BZHIQ(n, ones, bits)
	KMOVW(bits.As32(), in)
	VMOVUPS_Z(Mem{Base: a}, in, x)
	VMOVUPS_Z(Mem{Base: b}, in, y)
	zip()
	ADDQ(n, n)
	BZHIQ(n, ones, bits)
	KMOVW(bits.As32(), out)
	VMOVUPS(t, out, Mem{Base: dst})
	SHRQ(U8(16), bits)
	KMOVW(bits.As32(), out)
	VMOVUPS(x, out, Mem{Base: dst, Disp: 64})
	VZEROUPPER()
	RET()
}
