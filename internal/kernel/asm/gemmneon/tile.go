package main

import "github.com/hourglass-codec/hourglass/internal/kernel/asm/vec"

// fields of kernel.tile that the kernels read, with their offsets.
var (
	fields  = []string{"a", "aRow", "aK", "aSkip", "b", "bK", "bSkip", "c", "cRow", "k", "runs", "bias", "mask", "flags", "slope"}
	offsets = []int{0, 32, 40, 48, 56, 64, 72, 80, 88, 104, 112, 120, 128, 144, 152}
)

// Bits of tile.flags, by number.
const (
	bitAccumulate = 0
	bitRelu       = 1
	bitLeaky      = 2
)

// General registers. R0 to R7 hold the addresses of the rows of A, and before
// and after the loops those of C.
const (
	regB      vec.GReg = 8
	regAK     vec.GReg = 9
	regBK     vec.GReg = 10
	regK      vec.GReg = 11
	regRuns   vec.GReg = 12
	regASkip  vec.GReg = 13
	regBSkip  vec.GReg = 14
	regMask   vec.GReg = 15
	regFlags  vec.GReg = 16
	regTile   vec.GReg = 17
	regT      vec.GReg = 19 // scratch
	regStride vec.GReg = 20
)

// A tile is one kernel being written: what kernel.tile documents. The sums of
// row i are in the registers from i·vecs on; B follows them, and A is last.
type tile struct {
	*vec.Assembler
	shape
	ragged bool // the last vector may be incomplete
	labels int
}

const regA vec.VReg = 31

func (t *tile) acc(i, j int) vec.VReg { return vec.VReg(i*t.vecs + j) }

// each calls f for every sum.
func (t *tile) each(f func(i, j int, acc vec.VReg)) {
	for i := range t.rows {
		for j := range t.vecs {
			f(i, j, t.acc(i, j))
		}
	}
}

// field loads a field of the tile.
func (t *tile) field(name string, r vec.GReg) {
	for i, f := range fields {
		if f == name {
			t.Line("\tMOVD %d(R%d), R%d", offsets[i], regTile, r)
			return
		}
	}
	panic("no field " + name)
}

func (t *tile) write() {
	t.Text(t.name(t.ragged), 8)
	t.Line("\tMOVD t+0(FP), R%d", regTile)
	if t.ragged {
		t.field("mask", regMask)
	}
	t.start()
	t.loops()
	t.bias()
	t.activation()
	t.rowsOfC()
	t.each(func(i, j int, acc vec.VReg) { t.store(acc, vec.GReg(i), j) })
	t.Line("\tRET")
}

// rowsOfC points R0 and the following to the rows of C.
func (t *tile) rowsOfC() {
	t.field("cRow", regStride)
	t.field("c", 0)
	for i := 1; i < t.rows; i++ {
		t.Line("\tADD R%d, R%d, R%d", regStride, i-1, i)
	}
}

// start sets the sums to zero or to C.
func (t *tile) start() {
	t.field("flags", regFlags)
	t.Line("\tTBZ $%d, R%d, zero", bitAccumulate, regFlags)
	t.rowsOfC()
	t.each(func(i, j int, acc vec.VReg) { t.load(acc, vec.GReg(i), j) })
	t.Line("\tB start\nzero:")
	t.each(func(_, _ int, acc vec.VReg) { t.Zero(acc) })
	t.Line("start:")
}

// loops writes the loops over runs and over k.
func (t *tile) loops() {
	t.field("aRow", regStride)
	for i := range t.rows {
		if i%t.group == 0 {
			t.Line("\tMOVD %d(R%d), R%d", 8*(i/t.group), regTile, i)
		} else {
			t.Line("\tADD R%d, R%d, R%d", regStride, i-1, i)
		}
	}
	t.field("b", regB)
	t.field("aK", regAK)
	t.field("bK", regBK)
	t.field("aSkip", regASkip)
	t.field("bSkip", regBSkip)
	t.field("runs", regRuns)
	t.Line("run:")
	t.field("k", regK)
	t.Line("step:")
	t.step()
	t.Line("\tADD R%d, R%d, R%d\n\tSUBS $1, R%d, R%d\n\tBNE step", regBK, regB, regB, regK, regK)
	for i := range t.rows {
		t.Line("\tADD R%d, R%d, R%d", regASkip, i, i)
	}
	t.Line("\tADD R%d, R%d, R%d\n\tSUBS $1, R%d, R%d\n\tBNE run", regBSkip, regB, regB, regRuns, regRuns)
}

// step writes the multiply-adds of one k. The operand with fewer registers is
// loaded first, the other one by one.
func (t *tile) step() {
	first := vec.VReg(t.rows * t.vecs)
	if t.vecs > t.rows {
		for i := range t.rows {
			t.BroadcastNext(regA-vec.VReg(i), vec.GReg(i), regAK)
		}
		for j := range t.vecs {
			b := first + vec.VReg(j%4)
			t.load(b, regB, j)
			for i := range t.rows {
				t.MultiplyAdd(t.acc(i, j), regA-vec.VReg(i), b)
			}
		}
		return
	}
	for j := range t.vecs {
		t.load(first+vec.VReg(j), regB, j)
	}
	for i := range t.rows {
		a := regA - vec.VReg(i%2)
		t.BroadcastNext(a, vec.GReg(i), regAK)
		for j := range t.vecs {
			t.MultiplyAdd(t.acc(i, j), a, first+vec.VReg(j))
		}
	}
}

// bias adds the bias if there is one.
func (t *tile) bias() {
	t.field("bias", regT)
	t.Line("\tCBZ R%d, nobias", regT)
	t.Line("\tMOVD R%d, R%d", regT, regB)
	for j := range t.vecs {
		t.load(regA, regB, j)
		for i := range t.rows {
			t.Add(t.acc(i, j), t.acc(i, j), regA)
		}
	}
	t.Line("nobias:")
}

// activation applies relu or leaky relu.
func (t *tile) activation() {
	const negative, product, slope = regA, regA - 1, regA - 2
	t.Line("\tTBNZ $%d, R%d, leaky\n\tTBZ $%d, R%d, store", bitLeaky, regFlags, bitRelu, regFlags)
	t.each(func(_, _ int, acc vec.VReg) {
		t.IsNegative(negative, acc)
		t.Clear(acc, acc, negative)
	})
	t.Line("\tB store\nleaky:")
	t.Broadcast(slope, regTile, offsets[len(offsets)-1], regT)
	t.each(func(_, _ int, acc vec.VReg) {
		t.IsNegative(negative, acc)
		t.Multiply(product, slope, acc)
		t.Insert(acc, product, negative)
	})
	t.Line("store:")
}

// load loads vector j of a row, of which the last may be incomplete.
func (t *tile) load(v vec.VReg, base vec.GReg, j int) {
	if !t.ragged || j < t.vecs-1 {
		t.Load(v, base, 16*j, false)
		return
	}
	t.labels++
	t.Line("\tTBNZ $1, R%d, two%d", regMask, t.labels)
	t.Load(v, base, 16*j, true)
	t.Line("\tB done%d\ntwo%d:", t.labels, t.labels)
	t.LoadPair(v, base, 16*j)
	t.Line("\tTBZ $2, R%d, done%d", regMask, t.labels)
	t.LoadThird(v, base, 16*j+8, regT)
	t.Line("done%d:", t.labels)
}

// store stores vector j of a row.
func (t *tile) store(v vec.VReg, base vec.GReg, j int) {
	if !t.ragged || j < t.vecs-1 {
		t.Store(v, base, 16*j, false)
		return
	}
	t.labels++
	t.Line("\tTBNZ $1, R%d, two%d", regMask, t.labels)
	t.Store(v, base, 16*j, true)
	t.Line("\tB done%d\ntwo%d:", t.labels, t.labels)
	t.StorePair(v, base, 16*j)
	t.Line("\tTBZ $2, R%d, done%d", regMask, t.labels)
	t.StoreThird(v, base, 16*j+8, regT)
	t.Line("done%d:", t.labels)
}

// transpose writes the transpose of a block of 4 by 4.
func transpose(a *vec.Assembler) {
	const dst, src, dstRow, srcRow = 0, 1, 2, 3
	a.Text("transpose4x4", 32)
	a.Line("\tMOVD dst+0(FP), R%d\n\tMOVD src+8(FP), R%d\n\tMOVD dstRow+16(FP), R%d\n\tMOVD srcRow+24(FP), R%d", dst, src, dstRow, srcRow)
	for r := range vec.VReg(4) {
		a.Load(r, src, 0, false)
		a.Line("\tADD R%d, R%d, R%d", srcRow, src, src)
	}
	// Pairs of rows, then pairs of pairs.
	a.Transpose32(4, 5, 0, 1)
	a.Transpose32(6, 7, 2, 3)
	a.Transpose64(0, 2, 4, 6)
	a.Transpose64(1, 3, 5, 7)
	for r := range vec.VReg(4) {
		a.Store(r, dst, 0, false)
		a.Line("\tADD R%d, R%d, R%d", dstRow, dst, dst)
	}
	a.Line("\tRET")
}
