package kernel

import (
	"fmt"
	"math"
	"testing"
	"time"
	"unsafe"
)

// benchIntLayers holds layers of decoders for small and for large images.
var benchIntLayers = []intLayer{
	{shape: ConvShape{N: 16, H: 28, W: 28, C: 16, KH: 3, KW: 3, OutC: 16}},
	{shape: ConvShape{N: 16, H: 28, W: 28, C: 8, KH: 3, KW: 3, OutC: 8}},
	{shape: ConvShape{N: 1, H: 64, W: 64, C: 32, KH: 3, KW: 3, OutC: 32}},
	{shape: ConvShape{N: 1, H: 64, W: 64, C: 64, KH: 3, KW: 3, OutC: 64}},
	{shape: ConvShape{N: 1, H: 16, W: 16, C: 192, KH: 3, KW: 3, OutC: 192}},
	{shape: ConvShape{N: 4, H: 16, W: 16, C: 192, KH: 1, KW: 1, OutC: 192}},
	// Transposed: C is of the output, OutC of the input, half its size.
	{shape: ConvShape{N: 1, H: 32, W: 32, C: 64, KH: 5, KW: 5, OutC: 96, StrideH: 2, StrideW: 2}, transposed: true},
	{shape: ConvShape{N: 1, H: 128, W: 128, C: 64, KH: 5, KW: 5, OutC: 96, StrideH: 2, StrideW: 2}, transposed: true},
	{shape: ConvShape{N: 16, H: 28, W: 28, C: 16, KH: 3, KW: 3, OutC: 32, StrideH: 2, StrideW: 2}, transposed: true},
	{shape: ConvShape{N: 1, H: 128, W: 128, C: 3, KH: 5, KW: 5, OutC: 64, StrideH: 2, StrideW: 2}, transposed: true},
}

// benchInt returns a Run of the layer on the micro-kernels of a set.
func benchInt[T uint8 | int16](l intLayer, set *intSet, p *Pool) func() {
	nx, ny, _ := l.lens()
	c, err := newConv2DInt8[T, T](l.shape, l.w, l.q, l.transposed, set)
	if err != nil {
		panic(err)
	}
	x, y := make([]T, nx), make([]T, ny)
	return func() { c.Run(p, y, x) }
}

// benchFloat returns a Run of the same layer in float32.
func benchFloat(l intLayer, p *Pool) func() {
	nx, ny, channels := l.lens()
	x, w, y := randomValues[float32](nx, 1), randomValues[float32](len(l.w), 2), make([]float32, ny)
	bias := make([]float32, channels)
	ep := Epilogue[float32]{Bias: true, Act: ActRelu}
	if l.transposed {
		c := NewConv2DInputGrad(l.shape, ep)
		return func() { c.Run(p, y, x, w, bias) }
	}
	c := NewConv2D(l.shape, ep)
	return func() { c.Run(p, y, x, w, bias) }
}

// BenchmarkConv2DInt8 runs each layer in integers on every set of
// micro-kernels and, in turns with that, in float32 at the same level; it
// reports the best Gop/s of each and their ratio.
func BenchmarkConv2DInt8(b *testing.B) {
	for _, l := range benchIntLayers {
		l = newIntLayer(same(l.shape), l.transposed, false, 0, 0, 1)
		for i := range l.w {
			l.w[i] /= 16 // so that int16 has room
		}
		for _, level := range Supported() {
			for _, set := range intSets[uint8](level) {
				benchIntSet(b, l, level, set, "uint8", benchInt[uint8])
			}
			for _, set := range intSets[int16](level) {
				benchIntSet(b, l, level, set, "int16", benchInt[int16])
			}
		}
	}
}

func benchIntSet(b *testing.B, l intLayer, level Level, set *intSet, kind string, plan func(intLayer, *intSet, *Pool) func()) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("%v/%s,%s/%d", l, set.name, kind, workers), func(b *testing.B) {
			defer SetLevel(SetLevel(level))
			p := NewPool(workers)
			defer p.Close()
			ints, floats := plan(l, set, p), benchFloat(l, p)
			bestInt, bestFloat := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
			for b.Loop() {
				bestInt = min(bestInt, timeOf(ints))
				bestFloat = min(bestFloat, timeOf(floats))
			}
			ops := 2 * float64(l.shape.N*l.shape.macs()) / 1e9
			b.ReportMetric(ops/bestInt.Seconds(), "Gop/s")
			b.ReportMetric(ops/bestFloat.Seconds(), "GFLOP/s")
			b.ReportMetric(bestFloat.Seconds()/bestInt.Seconds(), "ratio")
		})
	}
}

// timeOf returns how long f takes.
func timeOf(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// BenchmarkInt8Peak measures micro-kernels on operands in the L1 cache: what
// the machine gives at best.
func BenchmarkInt8Peak(b *testing.B) {
	const k = 36
	for _, level := range Supported() {
		for _, set := range append(intSets[uint8](level), intSets[int16](level)...) {
			for _, kern := range set.kernels {
				rows := kern.groups * kern.group
				if rows*kern.vecs < set.lanes*3/4 {
					continue
				}
				b.Run(fmt.Sprintf("%s,%d/%dx%dx%d", set.name, 8*set.size, kern.groups, kern.group, kern.vecs), func(b *testing.B) {
					x, w := make([]byte, 64*(rows+2*k)), alignedInt32(k*kern.vecs*set.lanes)
					sums, skip := alignedInt32(rows*kern.vecs*set.lanes), make([]int, 3)
					t := &intTile{aRow: 16, b: unsafe.Pointer(&w[0]), bias: unsafe.Pointer(&w[0]), k: k / 3, runs: 3, skip: unsafe.Pointer(&skip[0])}
					for g := range kern.groups {
						t.a[g], t.c[g] = unsafe.Pointer(&x[g*kern.group*16]), unsafe.Pointer(&sums[g*kern.group*kern.vecs*set.lanes])
					}
					best := time.Duration(math.MaxInt64)
					for b.Loop() {
						best = min(best, timeOf(func() {
							for range 100 {
								kern.run(t)
							}
						}))
					}
					products := 100 * rows * kern.vecs * set.lanes * k * 4 / set.size
					b.ReportMetric(2*float64(products)/float64(best.Nanoseconds()), "Gop/s")
				})
			}
		}
	}
}
