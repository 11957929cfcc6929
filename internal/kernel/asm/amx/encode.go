package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The assembler of Go knows neither AMX nor the conversions to bfloat16, so
// these instructions are written as bytes: Intel 64 and IA-32 Architectures
// Software Developer's Manual, volume 2, sections 2.3 and 2.7 (VEX, EVEX).

// A tmm is the number of a tile register.
type tmm byte

// Values of the field pp of a VEX prefix.
const (
	ppNone = iota
	_
	ppF3
	ppF2
)

// raw emits the bytes of an instruction, which reads in and writes out.
func raw(text string, code []byte, in, out []operand.Op) {
	build.Comment(text)
	for i, b := range code {
		inst := &ir.Instruction{Opcode: "BYTE", Operands: []operand.Op{operand.U8(b)}, Inputs: in}
		if i == len(code)-1 {
			inst.Outputs = out
		}
		build.Instruction(inst)
	}
}

// vex returns an instruction of opcode map 0F38 with a 128-bit VEX prefix. x
// and b say that the index and base registers are among R8 to R15.
func vex(pp, vvvv byte, x, b bool, opcode byte, rest ...byte) []byte {
	second := byte(0xe2)
	if x {
		second &^= 0x40
	}
	if b {
		second &^= 0x20
	}
	return append([]byte{0xc4, second, ^vvvv&15<<3 | pp, opcode}, rest...)
}

// sib returns the bytes that address disp(base)(index*1) with t in the reg field.
func sib(t tmm, base, index reg.GPPhysical, disp int8) []byte {
	return []byte{0x44 | byte(t)<<3, byte(index.PhysicalIndex()&7)<<3 | byte(base.PhysicalIndex()&7), byte(disp)}
}

// extended reports whether r is one of R8 to R15.
func extended(r reg.GPPhysical) bool { return r.PhysicalIndex()&8 > 0 }

// tileLoad loads t from rows index bytes apart, the first at disp(base).
func tileLoad(t tmm, base, index reg.GPPhysical, disp int8) {
	raw(fmt.Sprintf("TILELOADD %d(%s)(%s*1), tmm%d", disp, base.Asm(), index.Asm(), t),
		vex(ppF2, 0, extended(index), extended(base), 0x4b, sib(t, base, index, disp)...),
		[]operand.Op{base, index}, nil)
}

// tileStore stores t likewise.
func tileStore(t tmm, base, index reg.GPPhysical, disp int8) {
	raw(fmt.Sprintf("TILESTORED tmm%d, %d(%s)(%s*1)", t, disp, base.Asm(), index.Asm()),
		vex(ppF3, 0, extended(index), extended(base), 0x4b, sib(t, base, index, disp)...),
		[]operand.Op{base, index}, nil)
}

// tileZero clears t.
func tileZero(t tmm) {
	raw(fmt.Sprintf("TILEZERO tmm%d", t), vex(ppF2, 0, false, false, 0x49, 0xc0|byte(t)<<3), nil, nil)
}

// tileConfig loads the configuration that base points to.
func tileConfig(base reg.GPPhysical) {
	if extended(base) || base == reg.RBP || base == reg.RSP {
		panic("tileConfig: " + base.Asm())
	}
	raw(fmt.Sprintf("LDTILECFG (%s)", base.Asm()), vex(ppNone, 0, false, false, 0x49, byte(base.PhysicalIndex()&7)), []operand.Op{base}, nil)
}

// tileRelease returns the tiles to their initial state, in which the operating
// system need not save them.
func tileRelease() {
	raw("TILERELEASE", vex(ppNone, 0, false, false, 0x49, 0xc0), nil, nil)
}

// tileMultiply is c += a·b for tiles of bfloat16 a (16, 32) and b (16, 16, 2).
func tileMultiply(c, a, b tmm) {
	raw(fmt.Sprintf("TDPBF16PS tmm%d, tmm%d, tmm%d", b, a, c),
		vex(ppF3, byte(b), false, false, 0x5c, 0xc0|byte(c)<<3|byte(a)), nil, nil)
}

// convert rounds the 16 float32 of Z30 and those of Z31 to bfloat16: Z31 gets
// the former in its lower half and the latter in the upper.
func convert() {
	raw("VCVTNE2PS2BF16 Z30, Z31, Z31", []byte{0x62, 0x02, 0x07, 0x40, 0x72, 0xfe},
		[]operand.Op{reg.Z30, reg.Z31}, []operand.Op{reg.Z31})
}
