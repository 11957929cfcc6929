package kernel

import (
	"fmt"
	"math"
	"testing"
)

var poolShapes = []PoolShape{
	{N: 1, H: 1, W: 1, C: 1, KH: 1, KW: 1},
	{N: 3, H: 28, W: 28, C: 16, KH: 2, KW: 2},
	{N: 2, H: 7, W: 7, C: 8, KH: 2, KW: 2, PadBottom: 1, PadRight: 1},
	{N: 2, H: 6, W: 8, C: 3, KH: 2, KW: 2},
	{N: 2, H: 9, W: 7, C: 37, KH: 3, KW: 2, StrideH: 2, StrideW: 1, PadTop: 1, PadRight: 1},
	{N: 1, H: 5, W: 5, C: 17, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadTop: 2, PadLeft: 1, PadBottom: 2, PadRight: 2},
	{N: 1, H: 7, W: 9, C: 24, KH: 2, KW: 3, StrideH: 3, StrideW: 4},
	{N: 2, H: 4, W: 4, C: 130, KH: 4, KW: 4},
}

// naivePool calls visit for each window with the offsets of its pixels inside
// the image in row-major order.
func naivePool(s PoolShape, visit func(y int, pixels []int)) {
	for y := range s.N * s.OutH() * s.OutW() * s.C {
		c, ow, oh, n := y%s.C, y/s.C%s.OutW(), y/s.C/s.OutW()%s.OutH(), y/s.C/s.OutW()/s.OutH()
		var pixels []int
		for k := range s.KH * s.KW {
			h, w := oh*s.StrideH-s.PadTop+k/s.KW, ow*s.StrideW-s.PadLeft+k%s.KW
			if h >= 0 && h < s.H && w >= 0 && w < s.W {
				pixels = append(pixels, ((n*s.H+h)*s.W+w)*s.C+c)
			}
		}
		visit(y, pixels)
	}
}

// pooled holds the expected results for one shape.
type pooled[T Float] struct{ x, dy, maxY, avgY, maxDx, avgDx []T }

func naivePooled[T Float](s PoolShape) pooled[T] {
	nx, ny := s.lens()
	r := pooled[T]{x: randomValues[T](nx, 1), dy: randomValues[T](ny, 2)}
	for i := range r.x { // make equal maxima and the odd NaN likely
		r.x[i] = T(math.Floor(float64(r.x[i] * 4)))
		if i%41 == 5 {
			r.x[i] = T(math.NaN())
		}
	}
	r.maxY, r.avgY = make([]T, ny), make([]T, ny)
	r.maxDx, r.avgDx = make([]T, nx), make([]T, nx)
	naivePool(s, func(y int, pixels []int) {
		first, sum := pixels[0], T(0)
		for _, p := range pixels {
			sum += r.x[p]
			if r.x[p] > r.x[first] {
				first = p
			}
			r.avgDx[p] += r.dy[y] / T(len(pixels))
		}
		r.maxY[y], r.avgY[y] = r.x[first], sum/T(len(pixels))
		if r.x[first] == r.x[first] {
			r.maxDx[first] += r.dy[y]
		}
	})
	return r
}

func checkPools[T Float](t *testing.T, s PoolShape, p *Pool) {
	want := naivePooled[T](s)
	nx, ny := s.lens()
	y, yGuards := guarded[T](ny)
	dx, dxGuards := guarded[T](nx)
	NewMaxPool[T](s).Run(p, y, want.x)
	checkEqual(t, "max y", y, want.maxY)
	NewMaxPoolGrad[T](s).Run(p, dx, want.x, y, want.dy)
	checkEqual(t, "max dx", dx, want.maxDx)
	NewAvgPool[T](s).Run(p, y, want.x)
	checkEqual(t, "avg y", y, want.avgY)
	NewAvgPoolGrad[T](s).Run(p, dx, want.dy)
	checkEqual(t, "avg dx", dx, want.avgDx)
	yGuards.check(t)
	dxGuards.check(t)
}

func TestPools(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	for _, s := range poolShapes {
		s := s.planned()
		forLevels(t, func(t *testing.T) {
			t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) { checkPools[float32](t, s, p) })
		})
		checkPools[float64](t, s, nil)
	}
}

func BenchmarkPool(b *testing.B) {
	s := PoolShape{N: 128, H: 28, W: 28, C: 16, KH: 2, KW: 2}.planned()
	nx, ny := s.lens()
	x, y, dy, dx := randomValues[float32](nx, 1), make([]float32, ny), randomValues[float32](ny, 2), make([]float32, nx)
	run := func(name string, f func(p *Pool) func()) {
		b.Run(name, func(b *testing.B) { benchLevels(b, nx/2, f) }) // an operation per pixel
	}
	run("max", func(p *Pool) func() {
		k := NewMaxPool[float32](s)
		return func() { k.Run(p, y, x) }
	})
	run("maxGrad", func(p *Pool) func() {
		k := NewMaxPoolGrad[float32](s)
		return func() { k.Run(p, dx, x, y, dy) }
	})
	run("avg", func(p *Pool) func() {
		k := NewAvgPool[float32](s)
		return func() { k.Run(p, y, x) }
	})
	run("avgGrad", func(p *Pool) func() {
		k := NewAvgPoolGrad[float32](s)
		return func() { k.Run(p, dx, dy) }
	})
}
