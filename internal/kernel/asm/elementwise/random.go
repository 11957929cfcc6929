package main

import (
	"strings"

	"github.com/hourglass-codec/hourglass/internal/kernel/asm/vec"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// Parameters of the random kernels, by word: kernel.randomState.
const (
	paramKeys    = 0  // two round keys for each of ten rounds
	paramStep    = 20 // two words
	paramCounter = 22 // two words
	paramShift   = 24
	paramScale   = 25
)

const randomCounters = 16 // of a group

// A randomKernel makes four random numbers of four random words.
type randomKernel struct {
	name string
	def  func(f *vec.Func, w [4]vec.Value) [4]vec.Value
}

var randomKernels = []randomKernel{
	{"uniform", func(f *vec.Func, w [4]vec.Value) (u [4]vec.Value) {
		for j := range u {
			u[j] = f.Unit24(w[j])
		}
		return u
	}},
	{"normal", func(f *vec.Func, w [4]vec.Value) (z [4]vec.Value) {
		z[0], z[1] = f.BoxMuller(w[0], w[1])
		z[2], z[3] = f.BoxMuller(w[2], w[3])
		return z
	}},
}

const randomSignature = "func(dst *float32, groups int, s *randomState)"

func (k randomKernel) doc(t vec.Target) string {
	return k.name + t.Suffix() + " fills groups > 0 groups of random numbers and moves the counter of s."
}

// write emits the filling of whole groups.
func (k randomKernel) write(t vec.Target) {
	f := randomFunc(t, k.def)
	TEXT(k.name+t.Suffix(), NOSPLIT, strings.Replace(randomSignature, "*randomState", "*byte", 1))
	dst := Load(Param("dst"), GP64())
	groups := Load(Param("groups"), GP64())
	s := Load(Param("s"), GP64())
	Label("group")
	for first := 0; first < randomCounters; first += t.Lanes() {
		out := t.Emit(f, vec.Env{
			Input: func(int) Op { return t.LaneNumbers(first) },
			Param: func(i int) Mem { return Mem{Base: s, Disp: 4 * i} },
		})
		for j, v := range out {
			t.Store(v, nil, Mem{Base: dst, Disp: 4 * (j*randomCounters + first)})
		}
	}
	ADDQ(I32(4*4*randomCounters), dst)
	ADDQ(U8(randomCounters), Mem{Base: s, Disp: 4 * paramCounter})
	DECQ(groups)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// randomFunc makes four vectors of random numbers; input 0 is what each lane
// adds to the counter.
func randomFunc(t vec.Target, def func(f *vec.Func, w [4]vec.Value) [4]vec.Value) *vec.Func {
	f := vec.NewFunc(t)
	counter := [4]vec.Value{
		f.AddInt(f.Param(paramCounter), f.Input(0)), f.Param(paramCounter + 1),
		f.Param(paramStep), f.Param(paramStep + 1),
	}
	for _, v := range def(f, f.Philox(counter, paramKeys)) {
		f.Out = append(f.Out, f.FMA(v, f.Param(paramScale), f.Param(paramShift)))
	}
	return f
}
