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

// Registers of sweep.
var (
	args             = RDI
	aRow, tileRow    = R8, RDX // bytes between rows of A; of B and of the sums
	aFirst, aSecond  = RSI, RCX
	bFirst, bSecond  = RBX, R12
	step, stepsLeft  = R13, R15
	blocks           = R11
	sum, to, sumsDue = RAX, R10, R9 // next row of sums to finish; how many
	scratch          = R14
	biasLow, biasHi  = Z28, Z29
	zero, slopes     = Z30, Z31
	lowCols, highCol = K1, K2
)

// tileRowBytes separates rows of a tile of B, and of the sums: all sums of 16
// columns are stored before the next 16.
const tileRowBytes = 64

// rowsPerStep is how many rows of the sums before are finished while the tiles
// multiply, at each step.
const rowsPerStep = 4

// sweep generates the sweep over blocks of 32 rows by 16·panels columns. The
// sums of a block are finished during the steps of the next.
//
// The tiles are configured on entry and released before the return. Go does
// not preempt assembly, and when a signal or another thread interrupts it the
// operating system saves the tiles and restores them.
func sweep(panels int) {
	TEXT(fmt.Sprintf("amxSweep%d", panels), NOSPLIT, "func(s *byte)")
	e := epilogue{panels: panels}
	Load(Param("s"), args)
	LEAQ(tileShapes(), RAX)
	tileConfig(RAX)
	e.load()
	at := AllocLocal(8)
	MOVQ(field("at"), scratch)
	MOVQ(scratch, at)
	MOVQ(U32(tileRowBytes), tileRow)
	MOVQ(field("aRow"), aRow)
	MOVQ(field("to"), to)
	MOVQ(field("blocks"), blocks)
	XORQ(sumsDue, sumsDue)
	Label("block")
	MOVQ(at, scratch)
	for i, r := range []GPPhysical{aFirst, aSecond} {
		MOVLQSX(Mem{Base: scratch, Disp: 4 * i}, r)
		ADDQ(field("a"), r)
	}
	ADDQ(U8(8), scratch)
	MOVQ(scratch, at)
	multiply(panels, &e)
	e.finishAll()
	MOVQ(field("sum"), sum)
	for i, t := range [][]tmm{{sum00, sum10}, {sum01, sum11}}[:panels] {
		for j, source := range t {
			LEAQ(Mem{Base: sum, Disp: 2048*i + 1024*j}, scratch)
			tileStore(source, scratch, tileRow, 0)
		}
	}
	MOVQ(U32(32), sumsDue)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	e.finishAll()
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

// multiply computes the sums of a block.
func multiply(panels int, e *epilogue) {
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
	Label("step")
	loadA(a0, aFirst)
	for i, t := range b {
		tileLoad(t, ptr[i], tileRow, 0)
	}
	loadA(a1, aSecond)
	for i, t := range sums {
		tileMultiply(t, tmm(a0+i%2), b[i/2])
	}
	for range rowsPerStep {
		TESTQ(sumsDue, sumsDue)
		JZ(LabelRef("stepped"))
		e.finishRow()
	}
	Label("stepped")
	ADDQ(U8(4), step)
	for i := range b {
		ADDQ(U32(1024), ptr[i])
	}
	DECQ(stepsLeft)
	JNZ(LabelRef("step"))
}

// loadA loads the current step's 16 rows of A from base on.
func loadA(t tmm, base GPPhysical) {
	MOVLQSX(Mem{Base: step}, scratch)
	ADDQ(base, scratch)
	tileLoad(t, scratch, aRow, 0)
}
