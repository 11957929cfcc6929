package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// randomConvShape draws a small convolution of any kind.
func randomConvShape(rng *rand.Rand) ConvShape {
	upTo := func(n int) int { return 1 + rng.IntN(n) }
	for {
		s := ConvShape{
			N: upTo(3), H: upTo(20), W: upTo(36), KH: upTo(5), KW: upTo(5),
			StrideH: upTo(3), StrideW: upTo(3), DilH: upTo(2), DilW: upTo(2),
			PadTop: rng.IntN(4), PadLeft: rng.IntN(4), PadBottom: rng.IntN(4), PadRight: rng.IntN(4),
			Groups: 1, C: upTo(36), OutC: upTo(70),
		}
		switch rng.IntN(6) {
		case 0:
			s.Groups, s.OutC = s.C, s.C
		case 1:
			s.Groups = upTo(4)
			s.C, s.OutC = s.Groups*upTo(6), s.Groups*upTo(20)
		case 2:
			s.OutC = upTo(4)
		}
		if rng.IntN(2) == 0 {
			s.StrideH, s.StrideW, s.DilH, s.DilW = 1, 1, 1, 1
		}
		if (s.KH-1)*s.DilH < s.H+s.PadTop+s.PadBottom && (s.KW-1)*s.DilW < s.W+s.PadLeft+s.PadRight {
			return s.planned()
		}
	}
}

// TestRandomConvs compares the levels with each other on random shapes.
func TestRandomConvs(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 120 {
		s := randomConvShape(rng)
		if s.N*s.macs() > 400_000 {
			continue
		}
		nx, nw, ny := s.lens()
		x, w, dy := randomValues[float32](nx, 1), randomValues[float32](nw, 2), randomValues[float32](ny, 3)
		bias := randomValues[float32](s.OutC, 4)
		ep := Epilogue[float32]{Bias: true, Act: Activation(rng.IntN(len(activationNames))), Alpha: 0.3}
		var want [3][]float32
		forLevels(t, func(t *testing.T) {
			y, yGuards := guarded[float32](ny)
			dx, dxGuards := guarded[float32](nx)
			dw, dwGuards := guarded[float32](nw)
			NewConv2D(s, ep).Run(nil, y, x, w, bias)
			NewConv2DInputGrad(s, Epilogue[float32]{}).Run(nil, dx, dy, w, nil)
			NewConv2DWeightGrad[float32](s).Run(nil, dw, x, dy)
			if Current() == Plain {
				want = [3][]float32{y, dx, dw}
			}
			checkEqual(t, fmt.Sprintf("%+v: y", s), y, want[0])
			checkEqual(t, fmt.Sprintf("%+v: dx", s), dx, want[1])
			checkEqual(t, fmt.Sprintf("%+v: dw", s), dw, want[2])
			yGuards.check(t)
			dxGuards.check(t)
			dwGuards.check(t)
		})
	}
}
