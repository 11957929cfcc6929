// Package vec describes straight-line functions of float32 vectors once and
// emits them for AVX-512, AVX2 and NEON, lane for lane with the same bits.
package vec

import (
	"fmt"
	"math"
)

// A Value is a vector computed in a Func, or a mask made by a comparison.
type Value int

// opcode names an instruction. Each rounds once to nearest even.
type opcode uint8

const (
	opInput opcode = iota // input vector number imm
	opParam               // scalar parameter number imm, in all lanes
	opConst               // the float32 with bits imm, in all lanes
	opAdd
	opSub
	opMul
	opDiv
	opSqrt
	opFMA  // a·b + c
	opFNMA // -a·b + c
	opMax  // a if a > b, else b
	opMin  // a if a < b, else b
	opAnd
	opOr
	opXor
	opRound
	opFloor
	opCeil
	opAddInt
	opSubInt
	opMulLo   // lower half of a 32-bit product
	opMulHi   // upper half of an unsigned 32-bit product
	opShl     // by imm
	opShr     // by imm, unsigned
	opSar     // by imm, signed
	opToInt   // integer of an integral float32
	opToFloat // float32 of a signed integer
	opScale   // a·2ᵇ for an integral b; AVX-512 only
	opLess    // masks
	opLessEqual
	opEqual
	opNotEqual // also true if either is NaN
	opTestBit  // mask of the lanes whose sign bit is set
	opSelect   // b where the mask a is set, else c
)

// A node is one instruction.
type node struct {
	op  opcode
	arg [3]Value
	imm uint32
}

// args returns the number of a node's arguments.
func (n node) args() int {
	switch n.op {
	case opInput, opParam, opConst:
		return 0
	case opSqrt, opRound, opFloor, opCeil, opShl, opShr, opSar, opToInt, opToFloat, opTestBit:
		return 1
	case opFMA, opFNMA, opSelect:
		return 3
	}
	return 2
}

// A Func is a straight-line function under construction. Equal instructions
// are made once.
type Func struct {
	Out      []Value // results, set by the one who builds the function
	nodes    []node
	index    map[node]Value
	hasScale bool // the target has an instruction for a·2ᵇ
}

// NewFunc returns an empty function for a target.
func NewFunc(t Target) *Func {
	return &Func{index: map[node]Value{}, hasScale: t == AVX512}
}

// A Target is an instruction set.
type Target int

// The targets.
const (
	AVX512 Target = iota
	AVX2
	NEON
)

// Suffix returns the ending of the target's function names.
func (t Target) Suffix() string { return [...]string{"AVX512", "AVX2", "NEON"}[t] }

// Lanes returns the number of float32 in a vector.
func (t Target) Lanes() int { return [...]int{16, 8, 4}[t] }

// Len returns the number of instructions, as a measure of the function's cost.
func (f *Func) Len() int {
	n := 0
	for _, x := range f.nodes {
		if x.args() > 0 {
			n++
		}
	}
	return n
}

// Params returns one more than the highest number of a parameter that the
// function uses.
func (f *Func) Params() int {
	n := 0
	count, _ := f.uses()
	for i, x := range f.nodes {
		if x.op == opParam && count[i] > 0 {
			n = max(n, int(x.imm)+1)
		}
	}
	return n
}

func (f *Func) add(op opcode, imm uint32, args ...Value) Value {
	n := node{op: op, imm: imm}
	copy(n.arg[:], args)
	if len(args) != n.args() {
		panic(fmt.Sprintf("vec: opcode %d with %d arguments", op, len(args)))
	}
	v, ok := f.index[n]
	if !ok {
		v = Value(len(f.nodes))
		f.nodes = append(f.nodes, n)
		f.index[n] = v
	}
	return v
}

// uses returns how often each value is used, as an argument or a result, and
// the index of the last instruction that uses it; results live on.
func (f *Func) uses() (count, last []int) {
	count, last = make([]int, len(f.nodes)), make([]int, len(f.nodes))
	for _, v := range f.Out {
		count[v]++
		last[v] = len(f.nodes)
	}
	for i := len(f.nodes) - 1; i >= 0; i-- {
		if count[i] == 0 {
			continue // dead
		}
		n := f.nodes[i]
		for _, a := range n.arg[:n.args()] {
			count[a]++
			last[a] = max(last[a], i)
		}
	}
	return count, last
}

// Input returns the i-th input vector.
func (f *Func) Input(i int) Value { return f.add(opInput, uint32(i)) }

// Param returns the i-th scalar parameter in all lanes.
func (f *Func) Param(i int) Value { return f.add(opParam, uint32(i)) }

// Const returns c, rounded to float32, in all lanes.
func (f *Func) Const(c float64) Value { return f.Bits(math.Float32bits(float32(c))) }

// Bits returns the lanes with these bits.
func (f *Func) Bits(b uint32) Value { return f.add(opConst, b) }

// The arithmetic of vectors.

func (f *Func) Add(a, b Value) Value     { return f.add(opAdd, 0, a, b) }
func (f *Func) Sub(a, b Value) Value     { return f.add(opSub, 0, a, b) }
func (f *Func) Mul(a, b Value) Value     { return f.add(opMul, 0, a, b) }
func (f *Func) Div(a, b Value) Value     { return f.add(opDiv, 0, a, b) }
func (f *Func) Sqrt(a Value) Value       { return f.add(opSqrt, 0, a) }
func (f *Func) FMA(a, b, c Value) Value  { return f.add(opFMA, 0, a, b, c) }
func (f *Func) FNMA(a, b, c Value) Value { return f.add(opFNMA, 0, a, b, c) }
func (f *Func) Max(a, b Value) Value     { return f.add(opMax, 0, a, b) }
func (f *Func) Min(a, b Value) Value     { return f.add(opMin, 0, a, b) }
func (f *Func) Round(a Value) Value      { return f.add(opRound, 0, a) }
func (f *Func) Floor(a Value) Value      { return f.add(opFloor, 0, a) }
func (f *Func) Ceil(a Value) Value       { return f.add(opCeil, 0, a) }

// Bits and integers.

func (f *Func) And(a, b Value) Value         { return f.add(opAnd, 0, a, b) }
func (f *Func) Or(a, b Value) Value          { return f.add(opOr, 0, a, b) }
func (f *Func) Xor(a, b Value) Value         { return f.add(opXor, 0, a, b) }
func (f *Func) AddInt(a, b Value) Value      { return f.add(opAddInt, 0, a, b) }
func (f *Func) SubInt(a, b Value) Value      { return f.add(opSubInt, 0, a, b) }
func (f *Func) MulLo(a, b Value) Value       { return f.add(opMulLo, 0, a, b) }
func (f *Func) MulHi(a, b Value) Value       { return f.add(opMulHi, 0, a, b) }
func (f *Func) Shl(a Value, by uint32) Value { return f.add(opShl, by, a) }
func (f *Func) Shr(a Value, by uint32) Value { return f.add(opShr, by, a) }
func (f *Func) Sar(a Value, by uint32) Value { return f.add(opSar, by, a) }
func (f *Func) ToInt(a Value) Value          { return f.add(opToInt, 0, a) }
func (f *Func) ToFloat(a Value) Value        { return f.add(opToFloat, 0, a) }

// Masks.

func (f *Func) Less(a, b Value) Value      { return f.add(opLess, 0, a, b) }
func (f *Func) LessEqual(a, b Value) Value { return f.add(opLessEqual, 0, a, b) }
func (f *Func) Equal(a, b Value) Value     { return f.add(opEqual, 0, a, b) }
func (f *Func) NotEqual(a, b Value) Value  { return f.add(opNotEqual, 0, a, b) }
func (f *Func) SignSet(a Value) Value      { return f.add(opTestBit, 0, a) }

// Select returns b where the mask is set, else c.
func (f *Func) Select(mask, b, c Value) Value { return f.add(opSelect, 0, mask, b, c) }
