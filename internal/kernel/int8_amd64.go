//go:build amd64 && !noasm

package kernel

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go run -C asm ./int8 -out ../int8_tiles_amd64.s -decl ../int8_tiles_amd64.go -pkg kernel

// The sets of micro-kernels, best first, by level and by bytes of an
// activation. Those of two bytes serve uint8 too.
var (
	busdAVX512 = &intSet{"avx512-vnni", 16, 1, 2, busd512, requant512_8, requant512_16}
	wssdAVX512 = &intSet{"avx512-vnni", 16, 2, 2, wssd512, requant512_8, requant512_16}
	maddAVX512 = &intSet{"avx512", 16, 2, 1, madd512, requant512_8, requant512_16}
	busdAVX2   = &intSet{"avx2-vnni", 8, 1, 2, busd256, requant256_8, requant256_16}
	wssdAVX2   = &intSet{"avx2-vnni", 8, 2, 2, wssd256, requant256_8, requant256_16}
	maddAVX2   = &intSet{"avx2", 8, 2, 1.5, madd256, requant256_8, requant256_16}
)

// intSets returns the sets of level l for activations of type In that this
// machine can run, best first.
func intSets[In Activations](l Level) []*intSet {
	var in In
	vnni := cpu.X86.HasAVXVNNI
	sets := []*intSet{busdAVX2, wssdAVX2, maddAVX2}
	switch l {
	case AVX2:
	case AVX512:
		vnni = cpu.X86.HasAVX512VNNI
		sets = []*intSet{busdAVX512, wssdAVX512, maddAVX512}
	default:
		return nil
	}
	switch {
	case !vnni:
		return sets[2:]
	case unsafe.Sizeof(in) == 2:
		return sets[1:]
	default:
		return []*intSet{sets[0], sets[2]}
	}
}

// currentIntSet returns the best micro-kernels of the level in use, or nil.
func currentIntSet[In Activations]() *intSet {
	if sets := intSets[In](level); len(sets) > 0 {
		return sets[0]
	}
	return nil
}
