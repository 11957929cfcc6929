package vec

import (
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An Env says where a Func finds its inputs when it is emitted.
type Env struct {
	// Input gives an input as a memory operand, or as a register, which is
	// then not changed unless Out names it too.
	Input func(i int) Op
	// Param gives the address of a scalar parameter.
	Param func(i int) Mem
	// Mask limits the loads of inputs, if it is not nil; see [Target.Mask].
	Mask Op
	// Out gives registers for the results, if it is not nil.
	Out []reg.VecVirtual
}

// constSize is the size of an entry of the table of constants: a vector for
// AVX2; one element for AVX-512, whose instructions can broadcast it.
func (t Target) constSize() int {
	if t == AVX512 {
		return 4
	}
	return 32
}

// constTable names the table of the constants used by emitted functions.
const constTable = "vecConsts"

var constants []uint32

// constant returns the address of b in the table of constants.
func (t Target) constant(b uint32) Mem {
	i := slices.Index(constants, b)
	if i < 0 {
		i = len(constants)
		constants = append(constants, b)
	}
	return NewDataAddr(NewStaticSymbol(constTable), t.constSize()*i)
}

// maskTable names eight set words followed by eight clear ones; laneTable
// names the numbers from 0 to 15.
const (
	maskTable = "vecMasks"
	laneTable = "vecLanes"
)

// LaneNumbers returns the address of a vector first, first+1, ...; all of
// them are below 16.
func (t Target) LaneNumbers(first int) Mem {
	return NewDataAddr(NewStaticSymbol(laneTable), 4*first)
}

// Data writes the tables that the emitted functions read. Call it once, last.
func (t Target) Data() {
	GLOBL(constTable, RODATA|NOPTR)
	for i, b := range constants {
		for at := 0; at < t.constSize(); at += 4 {
			DATA(t.constSize()*i+at, U32(b))
		}
	}
	GLOBL(laneTable, RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(i))
	}
	if t == AVX2 {
		GLOBL(maskTable, RODATA|NOPTR)
		for j := range 8 {
			set := uint64(0)
			if j < 4 {
				set = ^set
			}
			DATA(8*j, U64(set))
		}
	}
}

// Vec returns a new vector register.
func (t Target) Vec() reg.VecVirtual {
	if t == AVX512 {
		return ZMM()
	}
	return YMM()
}

// Mask returns a register with a mask of the first n lanes; n > 0 may exceed
// the number of lanes.
func (t Target) Mask(n reg.GPVirtual) Op {
	m, lanes := GP64(), GP64()
	MOVQ(U32(t.Lanes()), lanes)
	CMPQ(n, lanes)
	CMOVQLT(n, lanes)
	if t == AVX512 {
		k := K()
		MOVQ(I32(-1), m)
		BZHIQ(lanes, m, m)
		KMOVW(m.As32(), k)
		return k
	}
	v := YMM()
	LEAQ(NewDataAddr(NewStaticSymbol(maskTable), 32), m)
	SHLQ(U8(2), lanes)
	SUBQ(lanes, m)
	VMOVUPS(Mem{Base: m}, v)
	return v
}

// Load reads a vector, of which the lanes outside a mask become 0.
func (t Target) Load(m Mem, mask Op, v reg.VecVirtual) {
	switch {
	case mask == nil:
		VMOVUPS(m, v)
	case t == AVX512:
		VMOVUPS_Z(m, mask, v)
	default:
		VMASKMOVPS(m, mask, v)
	}
}

// Store writes the lanes of a vector that are in a mask.
func (t Target) Store(v reg.VecVirtual, mask Op, m Mem) {
	switch {
	case mask == nil:
		VMOVUPS(v, m)
	case t == AVX512:
		VMOVUPS(v, mask, m)
	default:
		VMASKMOVPS(v, mask, m)
	}
}

// Blend sets v to a in the lanes of a mask, else to b.
func (t Target) Blend(mask, a Op, b, v reg.VecVirtual) {
	if t == AVX512 {
		blend.emit(a, b, mask, v)
	} else {
		VBLENDVPS(mask, a, b, v)
	}
}
