// Command peak writes the loops that measure how many fused multiply-adds an
// amd64 CPU does when nothing else holds it up. Run it through go generate in
// package kernel.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// chains is the number of independent sums: enough to hide an instruction's
// latency, few enough for AVX2's registers.
const chains = 12

func main() {
	ConstraintExpr("amd64,!noasm")
	for _, bits := range []int{512, 256} {
		peak(bits)
	}
	Generate()
}

func peak(bits int) {
	TEXT(fmt.Sprintf("peakFMA%d", bits), NOSPLIT, "func(rounds int)")
	Doc(fmt.Sprintf("peakFMA%d does %d independent fused multiply-adds of %d bits a round.", bits, chains, bits))
	n := Load(Param("rounds"), GP64())
	vector := func() reg.VecVirtual {
		var v reg.VecVirtual
		if bits == 512 {
			v = ZMM()
			VPXORD(v, v, v)
		} else {
			v = YMM()
			VXORPS(v, v, v)
		}
		return v
	}
	x := vector()
	var sums [chains]reg.VecVirtual
	for i := range sums {
		sums[i] = vector()
	}
	Label(fmt.Sprintf("loop%d", bits))
	for _, s := range sums {
		VFMADD231PS(x, x, s)
	}
	DECQ(n)
	JNZ(LabelRef(fmt.Sprintf("loop%d", bits)))
	VZEROUPPER()
	RET()
}
