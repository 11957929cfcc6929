package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// An epilogue generates what becomes of finished sums.
type epilogue struct {
	panels int
	labels int // numbers the code that is generated several times
}

// load loads what every row needs.
func (e *epilogue) load() {
	MOVQ(field("mask"), RAX)
	KMOVW(EAX, lowCols)
	SHRQ(U8(16), RAX)
	KMOVW(EAX, highCol)
	VPXORD(zero, zero, zero)
	VBROADCASTSS(field("slope"), slopes)
	MOVQ(field("bias"), RAX)
	TESTQ(RAX, RAX)
	JZ(LabelRef("loaded"))
	VMOVUPS_Z(Mem{Base: RAX}, lowCols, biasLow)
	VMOVUPS_Z(Mem{Base: RAX, Disp: 64}, highCol, biasHi)
	Label("loaded")
}

// label returns a new label.
func (e *epilogue) label(name string) string {
	e.labels++
	return fmt.Sprintf("%s%d", name, e.labels)
}

// finishAll finishes the rows of sums that are due.
func (e *epilogue) finishAll() {
	again, done := e.label("finish"), e.label("finished")
	Label(again)
	TESTQ(sumsDue, sumsDue)
	JZ(LabelRef(done))
	e.finishRow()
	JMP(LabelRef(again))
	Label(done)
}

// finishRow finishes the next row of sums.
func (e *epilogue) finishRow() {
	next := e.label("next")
	MOVLQSX(Mem{Base: to}, scratch)
	TESTQ(scratch, scratch)
	JS(LabelRef(next))
	ADDQ(field("c"), scratch)
	v := []VecPhysical{Z0, Z1}[:e.panels]
	bias, mask := []VecPhysical{biasLow, biasHi}, []OpmaskPhysical{lowCols, highCol}
	for i := range v {
		VMOVUPS(Mem{Base: sum, Disp: 2048 * i}, v[i])
	}
	e.unless("added", func() { TESTB(U8(flagAccumulate), field("flags")) }, func(i int) {
		VMOVUPS_Z(Mem{Base: scratch, Disp: 64 * i}, mask[i], Z2)
		VADDPS(v[i], Z2, v[i])
	})
	e.unless("biased", func() { CMPQ(field("bias"), U8(0)) }, func(i int) { VADDPS(bias[i], v[i], v[i]) })
	e.unless("rectified", func() { TESTB(U8(flagRelu), field("flags")) }, func(i int) { VMAXPS(v[i], zero, v[i]) })
	e.unless("leaked", func() { TESTB(U8(flagLeaky), field("flags")) }, func(i int) {
		VCMPPS(U8(1), zero, v[i], K3)
		VMULPS(slopes, v[i], K3, v[i])
	})
	for i := range v {
		VMOVUPS(v[i], mask[i], Mem{Base: scratch, Disp: 64 * i})
	}
	Label(next)
	ADDQ(U8(4), to)
	ADDQ(U8(tileRowBytes), sum)
	DECQ(sumsDue)
}

// unless does f for each vector of a row unless the test gives zero.
func (e *epilogue) unless(name string, test func(), f func(i int)) {
	skip := e.label(name)
	test()
	JZ(LabelRef(skip))
	for i := range e.panels {
		f(i)
	}
	Label(skip)
}
