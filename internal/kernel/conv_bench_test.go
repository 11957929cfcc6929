package kernel

import (
	"fmt"
	"testing"
)

// benchConvs holds the layers of a small convolutional autoencoder, and some
// of a large one.
var benchConvs = []ConvShape{
	{N: 128, H: 28, W: 28, C: 1, KH: 3, KW: 3, OutC: 16},
	{N: 128, H: 14, W: 14, C: 16, KH: 3, KW: 3, OutC: 8},
	{N: 128, H: 7, W: 7, C: 8, KH: 3, KW: 3, OutC: 8},
	{N: 128, H: 4, W: 4, C: 8, KH: 3, KW: 3, OutC: 8},
	{N: 128, H: 16, W: 16, C: 8, KH: 3, KW: 3, OutC: 16, PadTop: -1},
	{N: 128, H: 28, W: 28, C: 16, KH: 3, KW: 3, OutC: 1},
	{N: 128, H: 28, W: 28, C: 16, KH: 3, KW: 3, OutC: 16},
	{N: 8, H: 32, W: 32, C: 128, KH: 5, KW: 5, OutC: 128, StrideH: 2, StrideW: 2},
	{N: 8, H: 16, W: 16, C: 192, KH: 3, KW: 3, OutC: 192},
	{N: 8, H: 64, W: 64, C: 3, KH: 5, KW: 5, OutC: 64, StrideH: 2, StrideW: 2},
	{N: 1, H: 64, W: 64, C: 64, KH: 3, KW: 3, OutC: 64},
	{N: 8, H: 32, W: 32, C: 64, KH: 3, KW: 3, OutC: 64, Groups: 64},
	{N: 8, H: 16, W: 16, C: 192, KH: 1, KW: 1, OutC: 192},
}

// same pads s as far as is usual: half the kernel, nothing where PadTop is -1.
func same(s ConvShape) ConvShape {
	if s.PadTop < 0 {
		s.PadTop = 0
		return s.planned()
	}
	s.PadTop, s.PadLeft, s.PadBottom, s.PadRight = s.KH/2, s.KW/2, s.KH/2, s.KW/2
	return s.planned()
}

func benchmarkConv(b *testing.B, f func(s ConvShape, p *Pool, x, w, y []float32) func()) {
	for _, s := range benchConvs {
		s := same(s)
		nx, nw, ny := s.lens()
		x, w, y := randomValues[float32](nx, 1), randomValues[float32](nw, 2), randomValues[float32](ny, 3)
		b.Run(fmt.Sprintf("%dx%dx%dx%d,%dx%d,%d,%d", s.N, s.H, s.W, s.C, s.KH, s.KW, s.OutC, s.Groups), func(b *testing.B) {
			benchLevels(b, s.N*s.macs(), func(p *Pool) func() { return f(s, p, x, w, y) })
		})
	}
}

func BenchmarkConv2D(b *testing.B) {
	benchmarkConv(b, func(s ConvShape, p *Pool, x, w, y []float32) func() {
		c, bias := NewConv2D(s, Epilogue[float32]{Bias: true, Act: ActRelu}), make([]float32, s.OutC)
		return func() { c.Run(p, y, x, w, bias) }
	})
}

func BenchmarkConv2DInputGrad(b *testing.B) {
	benchmarkConv(b, func(s ConvShape, p *Pool, x, w, y []float32) func() {
		c := NewConv2DInputGrad(s, Epilogue[float32]{})
		return func() { c.Run(p, x, y, w, nil) }
	})
}

func BenchmarkConv2DWeightGrad(b *testing.B) {
	benchmarkConv(b, func(s ConvShape, p *Pool, x, w, y []float32) func() {
		c := NewConv2DWeightGrad[float32](s)
		return func() { c.Run(p, w, x, y) }
	})
}
