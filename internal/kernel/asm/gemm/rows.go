package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// perBase is how many rows x86 addressing reaches from one base: multiples 0
// to 7 of the stride, with registers for 1, 3, 5 and 7 times the stride.
const perBase = 8

// rows addresses equally spaced rows in groups.
type rows struct {
	bases  []reg.GPVirtual
	group  int // rows per base
	stride [perBase]reg.GPVirtual
}

// rowsAt loads the bases from the eight-byte fields that begin with the named
// one, one for each name, and the stride. With a single name, rows beyond
// perBase get bases of their own.
func (g *tileGen) rowsAt(names []string, stride string, group int) rows {
	r := rows{group: group}
	s := GP64()
	MOVQ(g.at(stride), s)
	r.stride[1] = s
	for _, n := range []int{3, 5, 7} {
		if group > n {
			r.stride[n] = GP64()
		}
	}
	if group > 3 {
		LEAQ(Mem{Base: s, Index: s, Scale: 2}, r.stride[3])
	}
	if group > 5 {
		LEAQ(Mem{Base: s, Index: s, Scale: 4}, r.stride[5])
	}
	if group > 7 {
		LEAQ(Mem{Base: r.stride[3], Index: s, Scale: 4}, r.stride[7])
	}
	for i, name := range names {
		m := g.at(name)
		m.Disp += 8 * i
		base := GP64()
		MOVQ(m, base)
		r.bases = append(r.bases, base)
	}
	if len(names) == 1 && group > perBase {
		r.group = perBase
		for n := perBase; n < group; n += perBase {
			base := GP64()
			LEAQ(Mem{Base: r.bases[len(r.bases)-1], Index: s, Scale: 8}, base)
			r.bases = append(r.bases, base)
		}
	}
	return r
}

// row returns the operand at the start of row i.
func (r rows) row(i int) Mem {
	base := r.bases[i/r.group]
	switch n := i % r.group; n {
	case 0:
		return Mem{Base: base}
	case 2, 4:
		return Mem{Base: base, Index: r.stride[1], Scale: uint8(n)}
	case 6:
		return Mem{Base: base, Index: r.stride[3], Scale: 2}
	default:
		return Mem{Base: base, Index: r.stride[n], Scale: 1}
	}
}
