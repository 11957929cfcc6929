// Command pool writes the amd64 assembly of package kernel's pooling. Run it
// through go generate in that package.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in kernel.poolRow, all fields of eight bytes.
const (
	offY = 8 * iota
	offX
	offDY
	offDX
	offPixels
	offYStep
	offXStep
	offXPixel
	offXRow
	offKH
	offKW
	offCount
	offMask
	offLanes
)

func main() {
	ConstraintExpr("amd64,!noasm")
	for _, bits := range []int{512, 256} {
		forward(bits, "max")
		forward(bits, "avg")
		forward(bits, "sum")
		for _, add := range []bool{false, true} {
			maxGrad(bits, add)
			avgGrad(bits, add)
		}
	}
	Generate()
}

// A gen generates one kernel: the loops over the windows of a row and over the
// pixels of a window, for one vector of channels.
type gen struct {
	bits  int
	row   reg.Register
	k     reg.OpmaskVirtual // AVX-512: lanes in use
	lanes reg.VecVirtual    // AVX2: the same
}

func begin(bits int, name string) *gen {
	TEXT(fmt.Sprintf("%s%d", name, bits), NOSPLIT, "func(r uintptr)")
	g := &gen{bits: bits, row: Load(Param("r"), GP64())}
	if bits == 512 {
		g.k = K()
		KMOVW(g.at(offMask), g.k)
	} else {
		p := g.load64(offLanes)
		g.lanes = YMM()
		VMOVUPS(Mem{Base: p}, g.lanes)
	}
	return g
}

func (g *gen) at(offset int) Mem { return Mem{Base: g.row, Disp: offset} }

func (g *gen) load64(offset int) reg.GPVirtual {
	r := GP64()
	MOVQ(g.at(offset), r)
	return r
}

func (g *gen) vec() reg.VecVirtual {
	if g.bits == 512 {
		return ZMM()
	}
	return YMM()
}

func (g *gen) load(p reg.Register) reg.VecVirtual {
	v := g.vec()
	if g.bits == 512 {
		VMOVUPS_Z(Mem{Base: p}, g.k, v)
	} else {
		VMASKMOVPS(Mem{Base: p}, g.lanes, v)
	}
	return v
}

func (g *gen) store(v reg.VecVirtual, p reg.Register) {
	if g.bits == 512 {
		VMOVUPS(v, g.k, Mem{Base: p})
	} else {
		VMASKMOVPS(v, g.lanes, Mem{Base: p})
	}
}

func (g *gen) zero(v reg.VecVirtual) {
	if g.bits == 512 {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// count loads the divisor into all lanes.
func (g *gen) count() reg.VecVirtual {
	v := g.vec()
	VBROADCASTSS(g.at(offCount), v)
	return v
}

// windows writes the loop over the windows of a row. The pointers, which it
// loads from their fields, go on by a step per window.
func (g *gen) windows(fields []int, steps []int, body func(p []reg.GPVirtual)) {
	p := make([]reg.GPVirtual, len(fields))
	for i, f := range fields {
		p[i] = g.load64(f)
	}
	n := g.load64(offPixels)
	Label("window")
	body(p)
	for i, s := range steps {
		ADDQ(g.at(s), p[i])
	}
	DECQ(n)
	JNZ(LabelRef("window"))
	VZEROUPPER()
	RET()
}

// pixels writes the loops over the pixels of the window that begins at first;
// body gets the pixel's address, and another's at the same place in image b.
func (g *gen) pixels(first, other reg.Register, body func(x, other reg.Register)) {
	x, step, kh, kw := GP64(), g.load64(offXPixel), g.load64(offKH), GP64()
	start, o, oStart := GP64(), GP64(), GP64()
	MOVQ(first, start)
	if other != nil {
		MOVQ(other, oStart)
	}
	Label("line")
	MOVQ(start, x)
	if other != nil {
		MOVQ(oStart, o)
	}
	MOVQ(g.at(offKW), kw)
	Label("pixel")
	body(x, o)
	ADDQ(step, x)
	if other != nil {
		ADDQ(step, o)
	}
	DECQ(kw)
	JNZ(LabelRef("pixel"))
	ADDQ(g.at(offXRow), start)
	if other != nil {
		ADDQ(g.at(offXRow), oStart)
	}
	DECQ(kh)
	JNZ(LabelRef("line"))
}

// forward generates maximum, average or sum pooling.
func forward(bits int, kind string) {
	g := begin(bits, kind+"Pool")
	acc := g.vec()
	var count reg.VecVirtual
	if kind == "avg" {
		count = g.count()
	}
	g.windows([]int{offX, offY}, []int{offXStep, offYStep}, func(p []reg.GPVirtual) {
		if kind == "max" {
			v := g.load(p[0])
			VMOVAPS(v, acc)
		} else {
			g.zero(acc)
		}
		g.pixels(p[0], nil, func(x, _ reg.Register) {
			v := g.load(x)
			if kind == "max" {
				VMAXPS(acc, v, acc) // v if it is greater, else acc
			} else {
				VADDPS(v, acc, acc)
			}
		})
		if kind == "avg" {
			VDIVPS(count, acc, acc)
		}
		g.store(acc, p[1])
	})
}

// maxGrad generates the gradient of maximum pooling; add says that dx has
// values already.
func maxGrad(bits int, add bool) {
	g := begin(bits, gradName("max", add))
	zero, dy := g.vec(), g.vec()
	g.zero(zero)
	g.windows([]int{offX, offY, offDY, offDX}, []int{offXStep, offYStep, offYStep, offXStep}, func(p []reg.GPVirtual) {
		y := g.load(p[1])
		d := g.load(p[2])
		VMOVAPS(d, dy)
		if bits == 512 {
			free, hit := K(), K() // lanes without a maximum so far; those that have it here
			KMOVW(g.k, free)
			g.pixels(p[0], p[3], func(x, dx reg.Register) {
				v := g.load(x)
				VCMPPS(U8(0), y, v, free, hit)
				KANDNW(free, hit, free)
				if add {
					t := g.load(dx)
					VADDPS(dy, t, hit, t)
					g.store(t, dx)
				} else {
					t := g.vec()
					VADDPS_Z(dy, zero, hit, t)
					g.store(t, dx)
				}
			})
			return
		}
		free := g.vec()
		VCMPPS(U8(0), zero, zero, free)
		g.pixels(p[0], p[3], func(x, dx reg.Register) {
			hit := g.load(x)
			VCMPPS(U8(0), y, hit, hit)
			VANDPS(free, hit, hit)
			VANDNPS(free, hit, free)
			t := g.vec()
			if add {
				old := g.load(dx)
				VADDPS(dy, old, t)
				VBLENDVPS(hit, t, old, t)
			} else {
				VADDPS(dy, zero, t)
				VANDPS(hit, t, t)
			}
			g.store(t, dx)
		})
	})
}

// avgGrad generates the gradient of average pooling.
func avgGrad(bits int, add bool) {
	g := begin(bits, gradName("avg", add))
	zero, count, q := g.vec(), g.count(), g.vec()
	g.zero(zero)
	g.windows([]int{offDX, offDY}, []int{offXStep, offYStep}, func(p []reg.GPVirtual) {
		d := g.load(p[1])
		VDIVPS(count, d, q)
		if !add {
			VADDPS(q, zero, q) // -0 becomes +0, as in a sum from +0
		}
		g.pixels(p[0], nil, func(dx, _ reg.Register) {
			if !add {
				g.store(q, dx)
				return
			}
			t := g.load(dx)
			VADDPS(q, t, t)
			g.store(t, dx)
		})
	})
}

func gradName(kind string, add bool) string {
	if add {
		return kind + "PoolGradAdd"
	}
	return kind + "PoolGrad"
}
