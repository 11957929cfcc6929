package kernel

import (
	"math/rand/v2"
	"testing"
)

// randomConv returns a small convolution with any combination of features.
func randomConv(rng *rand.Rand) ConvShape {
	upTo := func(n int) int { return 1 + rng.IntN(n) }
	s := ConvShape{
		N: upTo(3), H: upTo(14), W: upTo(33), C: upTo(9), KH: upTo(5), KW: upTo(5), OutC: upTo(21),
		StrideH: upTo(3), StrideW: upTo(4), DilH: 1, DilW: 1,
		PadTop: rng.IntN(4), PadLeft: rng.IntN(4), PadBottom: rng.IntN(4), PadRight: rng.IntN(4),
	}
	if rng.IntN(4) == 0 {
		s.Groups = upTo(4)
		s.C, s.OutC = s.C*s.Groups, s.OutC*s.Groups
	}
	if rng.IntN(3) == 0 {
		s.DilH, s.DilW = upTo(3), upTo(3)
	}
	// Large enough for one position.
	s.H += max(0, (s.KH-1)*s.DilH+1-s.H-s.PadTop-s.PadBottom)
	s.W += max(0, (s.KW-1)*s.DilW+1-s.W-s.PadLeft-s.PadRight)
	return s.planned()
}

// TestConv2DInt8Random compares all sets with the definition on random shapes.
func TestConv2DInt8Random(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	p := NewPool(2)
	defer p.Close()
	for i := uint64(0); i < 150; i++ {
		s := randomConv(rng)
		if s.N*s.macs() > 1<<16 {
			continue // the definition is slow
		}
		l := newIntLayer(s, i%2 == 0, i%3 == 0, 0, 255, i)
		nx, _, _ := l.lens()
		x := make([]uint8, nx)
		fillExtreme(rng, x, 0, 255, i%3 == 0)
		sums := naiveSums(l, x)
		checkOutputs[uint8, uint8](t, l, p, x, sums)
		checkOutputs[uint8, int32](t, l, p, x, sums)
	}
}
