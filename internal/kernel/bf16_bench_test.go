package kernel

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// benchBF16 runs a float32 kernel and its bfloat16 twin in turn, with one and
// with two workers, and reports the medians in GFLOP/s and their ratio.
func benchBF16(b *testing.B, macs int, f func(bf16 bool) func(p *Pool)) {
	needBF16(b)
	single, half := f(false), f(true)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			p := NewPool(workers)
			defer p.Close()
			single(p)
			half(p)
			var times [2][]float64
			for b.Loop() {
				for i, run := range []func(*Pool){single, half} {
					start := time.Now()
					run(p)
					times[i] = append(times[i], time.Since(start).Seconds())
				}
			}
			slow, fast := median(times[0]), median(times[1])
			b.ReportMetric(2*float64(macs)/slow/1e9, "f32-GFLOP/s")
			b.ReportMetric(2*float64(macs)/fast/1e9, "bf16-GFLOP/s")
			b.ReportMetric(slow/fast, "ratio")
		})
	}
}

func BenchmarkMatMulBF16(b *testing.B) {
	for _, s := range []MatMulShape{
		{Batch: 1, M: 256, K: 784, N: 300},
		{Batch: 1, M: 256, K: 300, N: 784},
		{Batch: 1, M: 256, K: 784, N: 300, TransB: true},
		{Batch: 1, M: 784, K: 256, N: 300, TransA: true},
		{Batch: 1, M: 300, K: 256, N: 784, TransA: true},
		{Batch: 1, M: 1024, K: 1024, N: 1024},
		{Batch: 1, M: 4096, K: 192, N: 192},
		{Batch: 1, M: 64, K: 512, N: 512},
		{Batch: 1, M: 32, K: 512, N: 512},
	} {
		x, y, z := make([]float32, s.M*s.N), randomValues[float32](s.M*s.K, 1), randomValues[float32](s.K*s.N, 2)
		bias, ep := randomValues[float32](s.N, 3), Epilogue[float32]{Bias: true, Act: ActRelu}
		b.Run(fmt.Sprintf("%dx%dx%d,%t,%t", s.M, s.K, s.N, s.TransA, s.TransB), func(b *testing.B) {
			benchBF16(b, s.M*s.N*s.K, func(bf16 bool) func(*Pool) {
				if bf16 {
					m := NewMatMulBF16(s, ep)
					return func(p *Pool) { m.Run(p, x, y, z, bias) }
				}
				m := NewMatMul(s, ep)
				return func(p *Pool) { m.Run(p, x, y, z, bias) }
			})
		})
	}
}

// median returns the median of x, which it sorts.
func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// benchConvsBF16 holds layers of codecs: many channels, and the sizes at which
// bfloat16 begins to pay.
var benchConvsBF16 = []ConvShape{
	{N: 8, H: 16, W: 16, C: 192, KH: 3, KW: 3, OutC: 192},
	{N: 8, H: 32, W: 32, C: 128, KH: 3, KW: 3, OutC: 128},
	{N: 8, H: 32, W: 32, C: 64, KH: 3, KW: 3, OutC: 64},
	{N: 8, H: 32, W: 32, C: 128, KH: 5, KW: 5, OutC: 128, StrideH: 2, StrideW: 2},
	{N: 8, H: 64, W: 64, C: 64, KH: 5, KW: 5, OutC: 64},
	{N: 8, H: 16, W: 16, C: 192, KH: 1, KW: 1, OutC: 192},
	{N: 1, H: 64, W: 64, C: 64, KH: 3, KW: 3, OutC: 64},
	{N: 32, H: 28, W: 28, C: 16, KH: 3, KW: 3, OutC: 16},
	{N: 32, H: 14, W: 14, C: 32, KH: 3, KW: 3, OutC: 32},
	{N: 8, H: 64, W: 64, C: 3, KH: 5, KW: 5, OutC: 128, StrideH: 2, StrideW: 2},
}

func benchmarkConvBF16(b *testing.B, f func(s ConvShape, bf16 bool, x, w, y []float32) func(p *Pool)) {
	for _, s := range benchConvsBF16 {
		s := same(s)
		nx, nw, ny := s.lens()
		x, w, y := randomValues[float32](nx, 1), randomValues[float32](nw, 2), randomValues[float32](ny, 3)
		b.Run(fmt.Sprintf("%dx%dx%dx%d,%dx%ds%d,%d", s.N, s.H, s.W, s.C, s.KH, s.KW, s.StrideH, s.OutC), func(b *testing.B) {
			benchBF16(b, s.N*s.macs(), func(bf16 bool) func(*Pool) { return f(s, bf16, x, w, y) })
		})
	}
}

func BenchmarkConv2DBF16(b *testing.B) {
	benchmarkConvBF16(b, func(s ConvShape, bf16 bool, x, w, y []float32) func(*Pool) {
		ep, bias := Epilogue[float32]{Bias: true, Act: ActRelu}, make([]float32, s.OutC)
		if bf16 {
			c := NewConv2DBF16(s, ep)
			return func(p *Pool) { c.Run(p, y, x, w, bias) }
		}
		c := NewConv2D(s, ep)
		return func(p *Pool) { c.Run(p, y, x, w, bias) }
	})
}

func BenchmarkConv2DInputGradBF16(b *testing.B) {
	benchmarkConvBF16(b, func(s ConvShape, bf16 bool, x, w, y []float32) func(*Pool) {
		if bf16 {
			c := NewConv2DInputGradBF16(s, Epilogue[float32]{})
			return func(p *Pool) { c.Run(p, x, y, w, nil) }
		}
		c := NewConv2DInputGrad(s, Epilogue[float32]{})
		return func(p *Pool) { c.Run(p, x, y, w, nil) }
	})
}

func BenchmarkConv2DWeightGradBF16(b *testing.B) {
	benchmarkConvBF16(b, func(s ConvShape, bf16 bool, x, w, y []float32) func(*Pool) {
		if bf16 {
			c := NewConv2DWeightGradBF16(s)
			return func(p *Pool) { c.Run(p, w, x, y) }
		}
		c := NewConv2DWeightGrad[float32](s)
		return func(p *Pool) { c.Run(p, w, x, y) }
	})
}
