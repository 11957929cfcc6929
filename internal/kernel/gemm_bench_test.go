package kernel

import (
	"fmt"
	"math"
	"testing"
	"time"
	"unsafe"
)

// benchLevels runs f at each SIMD level with one and with two workers, and
// reports GFLOP/s, on average and of the fastest run. f returns what to time.
func benchLevels(b *testing.B, macs int, f func(p *Pool) func()) {
	for _, l := range Supported() {
		if l == Plain {
			continue
		}
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%v/%d", l, workers), func(b *testing.B) {
				defer SetLevel(SetLevel(l))
				p := NewPool(workers)
				defer p.Close()
				run := f(p)
				run()
				best := time.Duration(math.MaxInt64)
				for b.Loop() {
					start := time.Now()
					run()
					best = min(best, time.Since(start))
				}
				b.ReportMetric(2*float64(macs)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				b.ReportMetric(2*float64(macs)/best.Seconds()/1e9, "best-GFLOP/s")
			})
		}
	}
}

func BenchmarkMatMul(b *testing.B) {
	for _, s := range []MatMulShape{
		{Batch: 1, M: 256, K: 784, N: 300},
		{Batch: 1, M: 256, K: 300, N: 784},
		{Batch: 1, M: 256, K: 784, N: 300, TransB: true},
		{Batch: 1, M: 784, K: 256, N: 300, TransA: true},
		{Batch: 1, M: 256, K: 300, N: 32},
		{Batch: 1, M: 1, K: 784, N: 300},
		{Batch: 1, M: 1, K: 300, N: 784},
		{Batch: 1, M: 8, K: 784, N: 300},
	} {
		x, y, z := make([]float32, s.M*s.N), randomValues[float32](s.M*s.K, 1), randomValues[float32](s.K*s.N, 2)
		bias := randomValues[float32](s.N, 3)
		b.Run(fmt.Sprintf("%dx%dx%d,%t,%t", s.M, s.K, s.N, s.TransA, s.TransB), func(b *testing.B) {
			benchLevels(b, s.M*s.N*s.K, func(p *Pool) func() {
				m := NewMatMul(s, Epilogue[float32]{Bias: true, Act: ActRelu})
				return func() { m.Run(p, x, y, z, bias) }
			})
		})
	}
}

// BenchmarkPeak measures the tallest micro-kernel on operands in the L1 cache:
// what the machine gives at best.
func BenchmarkPeak(b *testing.B) {
	const k = 128
	benchLevels(b, 1000*k*8*48, func(*Pool) func() {
		set := currentTiles()
		width := set.widest(4, set.tall)
		x, y, z := Alloc[float32](k*8), Alloc[float32](k*48), Alloc[float32](8*48)
		t := &tile{k: k, runs: 1, b: unsafe.Pointer(&y[0]), bK: 4 * set.lanes * width, c: unsafe.Pointer(&z[0]), cRow: 4 * 48, aK: 4, aRow: 4 * k}
		kernels, full := t.columns(set, set.lanes*width)
		rounds := 1000 * 8 * 48 / (kernels[0].rows * set.lanes * width)
		return func() {
			for range rounds {
				t.sweep(kernels, full, kernels[0].rows, unsafe.Pointer(&x[0]), unsafe.Pointer(&z[0]))
			}
		}
	})
}
