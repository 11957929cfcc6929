package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// fields of kernel.bf16Sweep in order, of eight bytes each.
var fields = []string{"a", "aRow", "at", "blocks", "steps", "n", "b", "bHalf", "sum", "c", "to", "bias", "mask", "flags", "slope"}

// offset returns the offset of a field of kernel.bf16Sweep.
func offset(name string) int {
	for i, f := range fields {
		if f == name {
			return 8 * i
		}
	}
	panic("no field " + name)
}

// Bits of bf16Sweep.flags.
const (
	flagAccumulate = 1
	flagRelu       = 2
	flagLeaky      = 4
)

// The tiles: sums of 2 by 2 tiles, row by row, and the operands.
const (
	sum00, sum01, sum10, sum11 = 0, 1, 2, 3
	a0, a1, b0, b1             = 4, 5, 6, 7
)

// Registers of sweep, beside those local to its parts.
var (
	args             = RDI
	aRow, sumRow     = R8, RDX // bytes between rows of A and of the sums
	bRow             = RDX     // and of B, which are fewer: see sumRowBytes
	sumPtr           = RAX
	at, to           = R9, R10
	blocks           = R11
	aFirst, aSecond  = RSI, RCX
	bFirst, bSecond  = RBX, R12
	step, stepsLeft  = R13, R15
	aStep            = R14
	biasLow, biasHi  = Z28, Z29
	zero, slopes     = Z30, Z31
	lowCols, highCol = K1, K2
)

// sumRowBytes separates rows of the sums of a block; all sums of 16 columns
// are stored before the next 16, so that it is the same as of B.
const sumRowBytes = 64

// sweep generates the sweep over blocks of 32 rows by 16·panels columns.
//
// The tiles are configured on entry and released before the return. Go does
// not preempt assembly, and a signal's handler leaves tiles alone, so they
// need no saving; the kernel of the system carries them over a switch.
func sweep(panels int) {
	TEXT(fmt.Sprintf("amxSweep%d", panels), NOSPLIT, "func(s *byte)")
	Load(Param("s"), args)
	LEAQ(tileShapes(), RAX)
	tileConfig(RAX)
	loadEpilogue()
	MOVQ(U32(sumRowBytes), sumRow)
	MOVQ(field("aRow"), aRow)
	MOVQ(field("at"), at)
	MOVQ(field("to"), to)
	MOVQ(field("blocks"), blocks)
	MOVQ(field("sum"), sumPtr)
	Label("block")
	multiply(panels)
	for i, t := range [][]tmm{{sum00, sum10}, {sum01, sum11}}[:panels] {
		for j, sum := range t {
			LEAQ(Mem{Base: sumPtr, Disp: 2048*i + 1024*j}, RSI)
			tileStore(sum, RSI, sumRow, 0)
		}
	}
	epilogue(panels)
	ADDQ(U8(8), at)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	tileRelease()
	VZEROUPPER()
	RET()
}

func field(name string) Mem { return Mem{Base: args, Disp: offset(name)} }

// shapes is set by tileShapes.
var shapes Mem

// tileShapes returns the configuration of eight tiles of 16 rows by 64 bytes.
func tileShapes() Mem {
	if shapes.Symbol.Name == "" {
		shapes = GLOBL("tileShapes", RODATA|NOPTR)
		// Palette 1; bytes of the rows, eight words; rows, eight bytes.
		for i, v := range []uint64{1, 0, 0x0040_0040_0040_0040, 0x0040_0040_0040_0040, 0, 0, 0x1010101010101010, 0} {
			DATA(8*i, U64(v))
		}
	}
	return shapes
}

// loadEpilogue loads what the epilogue of every block needs.
func loadEpilogue() {
	MOVQ(field("mask"), RAX)
	KMOVW(EAX, lowCols)
	SHRQ(U8(16), RAX)
	KMOVW(EAX, highCol)
	VPXORD(zero, zero, zero)
	VBROADCASTSS(field("slope"), slopes)
	MOVQ(field("bias"), RAX)
	TESTQ(RAX, RAX)
	JZ(LabelRef("block0"))
	VMOVUPS_Z(Mem{Base: RAX}, lowCols, biasLow)
	VMOVUPS_Z(Mem{Base: RAX, Disp: 64}, highCol, biasHi)
	Label("block0")
}

// multiply computes the sums of a block.
func multiply(panels int) {
	MOVQ(field("b"), bFirst)
	if panels == 2 {
		MOVQ(field("bHalf"), bSecond)
		ADDQ(bFirst, bSecond)
	}
	MOVQ(field("steps"), step)
	MOVQ(field("n"), stepsLeft)
	sums, b, ptr := []tmm{sum00, sum10, sum01, sum11}[:2*panels], []tmm{b0, b1}[:panels], []GPPhysical{bFirst, bSecond}
	for _, t := range sums {
		tileZero(t)
	}
	for i, r := range []GPPhysical{aFirst, aSecond} {
		MOVLQSX(Mem{Base: at, Disp: 4 * i}, r)
		ADDQ(field("a"), r)
	}
	Label("step")
	loadA(a0, aFirst)
	for i, t := range b {
		tileLoad(t, ptr[i], bRow, 0)
	}
	loadA(a1, aSecond)
	for i, t := range sums {
		tileMultiply(t, tmm(a0+i%2), b[i/2])
	}
	ADDQ(U8(4), step)
	for i := range b {
		ADDQ(U32(1024), ptr[i])
	}
	DECQ(stepsLeft)
	JNZ(LabelRef("step"))
}

// loadA loads the current step's 16 rows of A from base on.
func loadA(t tmm, base GPPhysical) {
	MOVLQSX(Mem{Base: step}, aStep)
	ADDQ(base, aStep)
	tileLoad(t, aStep, aRow, 0)
}

// epilogue finishes the 32 rows of a block.
func epilogue(panels int) {
	vec, bias, mask := []VecPhysical{Z0, Z1}[:panels], []VecPhysical{biasLow, biasHi}, []OpmaskPhysical{lowCols, highCol}
	src, flags, left, row := RSI, RBX, RCX, R13
	MOVQ(sumPtr, src)
	MOVQ(field("flags"), flags)
	MOVQ(U32(32), left)
	Label("row")
	MOVLQSX(Mem{Base: to}, row)
	TESTQ(row, row)
	JS(LabelRef("next"))
	ADDQ(field("c"), row)
	each := func(f func(i int)) {
		for i := range vec {
			f(i)
		}
	}
	each(func(i int) { VMOVUPS(Mem{Base: src, Disp: 2048 * i}, vec[i]) })
	TESTQ(U32(flagAccumulate), flags)
	JZ(LabelRef("bias"))
	each(func(i int) {
		VMOVUPS_Z(Mem{Base: row, Disp: 64 * i}, mask[i], Z2)
		VADDPS(vec[i], Z2, vec[i])
	})
	Label("bias")
	CMPQ(field("bias"), U8(0))
	JE(LabelRef("relu"))
	each(func(i int) { VADDPS(bias[i], vec[i], vec[i]) })
	Label("relu")
	TESTQ(U32(flagRelu), flags)
	JZ(LabelRef("leaky"))
	each(func(i int) { VMAXPS(vec[i], zero, vec[i]) })
	Label("leaky")
	TESTQ(U32(flagLeaky), flags)
	JZ(LabelRef("store"))
	each(func(i int) {
		VCMPPS(U8(1), zero, vec[i], K3)
		VMULPS(slopes, vec[i], K3, vec[i])
	})
	Label("store")
	each(func(i int) { VMOVUPS(vec[i], mask[i], Mem{Base: row, Disp: 64 * i}) })
	Label("next")
	ADDQ(U8(4), to)
	ADDQ(U8(64), src)
	DECQ(left)
	JNZ(LabelRef("row"))
}
