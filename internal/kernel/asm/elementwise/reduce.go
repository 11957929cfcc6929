package main

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/internal/kernel/asm/vec"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A reduction accumulates elements of one or two inputs.
type reduction struct {
	name     string
	inputs   int
	identity uint32                                           // bits
	term     func(f *vec.Func, acc, a, b vec.Value) vec.Value // acc with another element
	both     func(f *vec.Func, a, b vec.Value) vec.Value      // two results combined
}

// width is the number of chains side by side, reduceWidth of package kernel.
const width = 64

func reductions(vec.Target) []reduction {
	add := func(f *vec.Func, a, b vec.Value) vec.Value { return f.Add(a, b) }
	return []reduction{
		{"Sum", 1, 0, func(f *vec.Func, acc, a, _ vec.Value) vec.Value { return f.Add(acc, a) }, add},
		{"Max", 1, 0xff800000, func(f *vec.Func, acc, a, _ vec.Value) vec.Value { return f.Maximum(acc, a) }, (*vec.Func).Maximum},
		{"Min", 1, 0x7f800000, func(f *vec.Func, acc, a, _ vec.Value) vec.Value { return f.Minimum(acc, a) }, (*vec.Func).Minimum},
		{"SumSquares", 1, 0, func(f *vec.Func, acc, a, _ vec.Value) vec.Value { return f.FMA(a, a, acc) }, add},
		{"SumSquaredDiff", 2, 0, func(f *vec.Func, acc, a, b vec.Value) vec.Value { d := f.Sub(a, b); return f.FMA(d, d, acc) }, add},
		{"Dot", 2, 0, func(f *vec.Func, acc, a, b vec.Value) vec.Value { return f.FMA(a, b, acc) }, add},
	}
}

// termFunc is the accumulation of inputs 1 and 2 in input 0.
func (r reduction) termFunc(t vec.Target) *vec.Func {
	f := vec.NewFunc(t)
	f.Out = []vec.Value{r.term(f, f.Input(0), f.Input(1), f.Input(2))}
	return f
}

// accumulate adds the elements at a and b to acc.
func (r reduction) accumulate(t vec.Target, acc reg.VecVirtual, a, b Mem, mask Op, out reg.VecVirtual) {
	in := []Op{acc, a, b}
	t.Emit(r.termFunc(t), vec.Env{
		Input: func(i int) Op { return in[i] },
		Mask:  mask,
		Out:   []reg.VecVirtual{out},
	})
}

// combine sets a to a and b combined.
func (r reduction) combine(t vec.Target, a, b reg.VecVirtual) {
	f := vec.NewFunc(t)
	f.Out = []vec.Value{r.both(f, f.Input(0), f.Input(1))}
	in := []Op{a, b}
	t.Emit(f, vec.Env{Input: func(i int) Op { return in[i] }, Out: []reg.VecVirtual{a}})
}

func (r reduction) columnsName(t vec.Target) string { return "columns" + r.name + t.Suffix() }
func (r reduction) rowName(t vec.Target) string     { return "row" + r.name + t.Suffix() }

func (r reduction) columnsSignature() string {
	return fmt.Sprintf("func(acc, %s *float32, cols, rows, stride int)", r.inputsList())
}

func (r reduction) rowSignature() string {
	return fmt.Sprintf("func(%s *float32, n int) float32", r.inputsList())
}

func (r reduction) columnsDoc(t vec.Target) string {
	return r.columnsName(t) + " accumulates each of cols columns of rows > 0 elements, stride apart, in acc."
}

func (r reduction) rowDoc(t vec.Target) string {
	return fmt.Sprintf("%s reduces n elements in %d chains and folds them.", r.rowName(t), width)
}

// inputsList returns the declaration of the inputs.
func (r reduction) inputsList() string {
	if r.inputs == 2 {
		return "a, b"
	}
	return "a"
}

// loadInputs returns registers with the addresses of the inputs; b is a if
// there is one input.
func (r reduction) loadInputs() (a, b reg.Register) {
	a = Load(Param("a"), GP64())
	if r.inputs == 2 {
		return a, Load(Param("b"), GP64())
	}
	return a, a
}

// advance moves the inputs on.
func (r reduction) advance(a, b reg.Register, by Op) {
	ADDQ(by, a)
	if r.inputs == 2 {
		ADDQ(by, b)
	}
}

// columns emits the accumulation of the columns of a matrix.
func (r reduction) columns(t vec.Target) {
	TEXT(r.columnsName(t), NOSPLIT, r.columnsSignature())
	dst := Load(Param("acc"), GP64())
	a, b := r.loadInputs()
	cols := Load(Param("cols"), GP64()).(reg.GPVirtual)
	rows := Load(Param("rows"), GP64())
	stride := Load(Param("stride"), GP64())
	SHLQ(U8(2), stride)
	loop := func(label string, vecs int, mask Op) {
		acc := make([]reg.VecVirtual, vecs)
		for v := range acc {
			acc[v] = t.Vec()
			t.Load(Mem{Base: dst, Disp: 4 * t.Lanes() * v}, mask, acc[v])
		}
		pa, pb, n := GP64(), GP64(), GP64()
		MOVQ(a, pa)
		MOVQ(b, pb)
		MOVQ(rows, n)
		Label(label)
		for v, x := range acc {
			disp := 4 * t.Lanes() * v
			r.accumulate(t, x, Mem{Base: pa, Disp: disp}, Mem{Base: pb, Disp: disp}, mask, x)
		}
		r.advance(pa, pb, stride)
		DECQ(n)
		JNZ(LabelRef(label))
		for v, x := range acc {
			t.Store(x, mask, Mem{Base: dst, Disp: 4 * t.Lanes() * v})
		}
		ADDQ(I32(4*t.Lanes()*vecs), dst)
		r.advance(a, b, I32(4*t.Lanes()*vecs))
		SUBQ(I32(t.Lanes()*vecs), cols)
	}
	Label("wide")
	CMPQ(cols, U32(width))
	JLT(LabelRef("narrow"))
	loop("wideRows", width/t.Lanes(), nil)
	JMP(LabelRef("wide"))
	Label("narrow")
	CMPQ(cols, U32(0))
	JLE(LabelRef("done"))
	loop("narrowRows", 1, t.Mask(cols))
	JMP(LabelRef("narrow"))
	Label("done")
	VZEROUPPER()
	RET()
}

// row emits the reduction of one row, of width chains, to one value.
func (r reduction) row(t vec.Target) {
	TEXT(r.rowName(t), NOSPLIT, r.rowSignature())
	a, b := r.loadInputs()
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	acc := make([]reg.VecVirtual, width/t.Lanes())
	start := GP32()
	MOVL(U32(r.identity), start)
	for v := range acc {
		acc[v] = t.Vec()
		x := XMM()
		VMOVD(start, x)
		VBROADCASTSS(x, acc[v])
	}
	Label("whole")
	CMPQ(n, U32(width))
	JLT(LabelRef("rest"))
	for v, x := range acc {
		disp := 4 * t.Lanes() * v
		r.accumulate(t, x, Mem{Base: a, Disp: disp}, Mem{Base: b, Disp: disp}, nil, x)
	}
	r.advance(a, b, I32(4*width))
	SUBQ(I32(width), n)
	JMP(LabelRef("whole"))
	Label("rest")
	for v, x := range acc {
		CMPQ(n, U32(0))
		JLE(LabelRef("fold"))
		mask, sum := t.Mask(n), t.Vec()
		disp := 4 * t.Lanes() * v
		r.accumulate(t, x, Mem{Base: a, Disp: disp}, Mem{Base: b, Disp: disp}, mask, sum)
		t.Blend(mask, sum, x, x)
		SUBQ(I32(t.Lanes()), n)
	}
	Label("fold")
	y := r.fold(t, acc)
	VZEROUPPER()
	Store(y.AsX(), ReturnIndex(0))
	RET()
}

// fold combines the upper half of the lanes of acc with the lower half until
// one is left, in lane 0 of the result.
func (r reduction) fold(t vec.Target, acc []reg.VecVirtual) reg.VecVirtual {
	for half := len(acc) / 2; half > 0; half /= 2 {
		for v := range half {
			r.combine(t, acc[v], acc[v+half])
		}
	}
	low, high := YMM(), YMM()
	if t == vec.AVX512 {
		VEXTRACTF64X4(U8(1), acc[0], high)
		VMOVAPS(acc[0].AsY(), low)
		r.combine(vec.AVX2, low, high)
	} else {
		low = acc[0]
	}
	VEXTRACTF128(U8(1), low, high.AsX())
	r.combine(vec.AVX2, low, high)
	VPERMILPS(U8(0x0e), low, high)
	r.combine(vec.AVX2, low, high)
	VPERMILPS(U8(0x01), low, high)
	r.combine(vec.AVX2, low, high)
	return low
}
