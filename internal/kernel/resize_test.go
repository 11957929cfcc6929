package kernel

import (
	"fmt"
	"math"
	"testing"
)

var resizeShapes = []ResizeShape{
	{N: 1, H: 1, W: 1, C: 1, FactorH: 1, FactorW: 1},
	{N: 3, H: 4, W: 4, C: 8, FactorH: 2, FactorW: 2},
	{N: 2, H: 14, W: 14, C: 16, FactorH: 2, FactorW: 2},
	{N: 2, H: 3, W: 5, C: 3, FactorH: 3, FactorW: 1},
	{N: 1, H: 1, W: 6, C: 37, FactorH: 4, FactorW: 3},
	{N: 2, H: 5, W: 1, C: 1, FactorH: 2, FactorW: 5},
}

func (s ResizeShape) lens() (small, large int) {
	return s.N * s.H * s.W * s.C, s.N * s.OutH() * s.OutW() * s.C
}

func checkResizeNearest[T Float](t *testing.T, s ResizeShape, p *Pool) {
	small, large := s.lens()
	x, dy := randomValues[T](small, 1), randomValues[T](large, 2)
	wantY, wantDx := make([]T, large), make([]T, small)
	for i := range wantY {
		c, w, h, n := i%s.C, i/s.C%s.OutW(), i/s.C/s.OutW()%s.OutH(), i/s.C/s.OutW()/s.OutH()
		at := ((n*s.H+h/s.FactorH)*s.W+w/s.FactorW)*s.C + c
		wantY[i] = x[at]
		wantDx[at] += dy[i]
	}
	y, yGuards := guarded[T](large)
	dx, dxGuards := guarded[T](small)
	NewResizeNearest[T](s).Run(p, y, x)
	NewResizeNearestGrad[T](s).Run(p, dx, dy)
	checkEqual(t, "y", y, wantY)
	checkEqual(t, "dx", dx, wantDx)
	yGuards.check(t)
	dxGuards.check(t)
}

// bilinearAt is the definition of the interpolation, in float64.
func bilinearAt(s ResizeShape, x []float64, n, oh, ow, c int) float64 {
	split := func(o, factor, size int) (i, j int, t float64) {
		at := (float64(o)+0.5)/float64(factor) - 0.5
		i = int(math.Floor(at))
		return max(i, 0), min(i+1, size-1), at - math.Floor(at)
	}
	i0, i1, th := split(oh, s.FactorH, s.H)
	j0, j1, tw := split(ow, s.FactorW, s.W)
	at := func(i, j int) float64 { return x[((n*s.H+i)*s.W+j)*s.C+c] }
	return (1-th)*((1-tw)*at(i0, j0)+tw*at(i0, j1)) + th*((1-tw)*at(i1, j0)+tw*at(i1, j1))
}

func TestResizeBilinear(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	for _, s := range resizeShapes {
		small, large := s.lens()
		x, dy := randomValues[float64](small, 1), randomValues[float64](large, 2)
		y, dx := make([]float64, large), make([]float64, small)
		NewResizeBilinear[float64](s).Run(p, y, x)
		NewResizeBilinearGrad[float64](s).Run(p, dx, dy)
		for i, v := range y {
			want := bilinearAt(s, x, i/s.C/s.OutW()/s.OutH(), i/s.C/s.OutW()%s.OutH(), i/s.C%s.OutW(), i%s.C)
			if abs(v-want) > 1e-14 {
				t.Fatalf("%+v: y[%d] = %v, want %v", s, i, v, want)
			}
		}
		if a, b := dotPlain(y, 1, dy), dotPlain(x, 1, dx); abs(a-b) > 1e-12*float64(large) {
			t.Errorf("%+v: <y,dy> = %v, <x,dx> = %v", s, a, b)
		}
	}
}

// TestResizeBilinearFloat32 compares float32 with float64, and one level and
// number of workers with another.
func TestResizeBilinearFloat32(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	for _, s := range resizeShapes {
		small, large := s.lens()
		x, dy := randomValues[float32](small, 1), randomValues[float32](large, 2)
		var wantY, wantDx []float32
		forLevels(t, func(t *testing.T) {
			y, yGuards := guarded[float32](large)
			dx, dxGuards := guarded[float32](small)
			NewResizeBilinear[float32](s).Run(p, y, x)
			NewResizeBilinearGrad[float32](s).Run(p, dx, dy)
			yGuards.check(t)
			dxGuards.check(t)
			if wantY == nil {
				wantY, wantDx = y, dx
			}
			checkEqual(t, "y", y, wantY)
			checkEqual(t, "dx", dx, wantDx)
		})
		x64, y64 := make([]float64, small), make([]float64, large)
		for i, v := range x {
			x64[i] = float64(v)
		}
		NewResizeBilinear[float64](s).Run(nil, y64, x64)
		for i, v := range wantY {
			if abs(float64(v)-y64[i]) > 3e-7 {
				t.Fatalf("%+v: y[%d] = %v, in float64 %v", s, i, v, y64[i])
			}
		}
	}
}

func TestResizeNearest(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	for _, s := range resizeShapes {
		forLevels(t, func(t *testing.T) {
			t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) { checkResizeNearest[float32](t, s, p) })
		})
		checkResizeNearest[float64](t, s, nil)
	}
}

func TestPermute(t *testing.T) {
	cases := []struct{ shape, perm []int }{
		{[]int{7}, []int{0}}, {[]int{1}, []int{0}}, {[]int{3, 5}, []int{0, 1}}, {[]int{33, 18}, []int{1, 0}},
		{[]int{2, 3, 4}, []int{2, 0, 1}}, {[]int{2, 17, 4, 19}, []int{0, 3, 1, 2}}, {[]int{2, 17, 4, 19}, []int{0, 2, 3, 1}},
		{[]int{2, 1, 3, 1, 5}, []int{4, 3, 2, 1, 0}}, {[]int{2, 3, 2, 5, 3, 4}, []int{5, 1, 3, 0, 4, 2}},
		{[]int{9, 16, 1, 8}, []int{0, 2, 3, 1}}, {[]int{2, 3, 4, 5}, []int{1, 0, 2, 3}},
	}
	for _, c := range cases {
		forLevels(t, func(t *testing.T) { checkPermute(t, c.shape, c.perm) })
	}
}

// checkPermute compares with the definition, element by element.
func checkPermute(t *testing.T, shape, perm []int) {
	size := 1
	for _, d := range shape {
		size *= d
	}
	src, want := randomValues[float32](size, 1), make([]float32, size)
	for i := range src { // offset of src[i] in dst, axis by axis
		index, rest := make([]int, len(shape)), i
		for a := len(shape) - 1; a >= 0; a-- {
			index[a], rest = rest%shape[a], rest/shape[a]
		}
		at := 0
		for _, a := range perm {
			at = at*shape[a] + index[a]
		}
		want[at] = src[i]
	}
	dst, guards := guarded[float32](size)
	Permute(dst, src, shape, perm)
	checkEqual(t, fmt.Sprint(shape, perm), dst, want)
	guards.check(t)
}

func BenchmarkResizeNearest(b *testing.B) {
	s := ResizeShape{N: 128, H: 14, W: 14, C: 16, FactorH: 2, FactorW: 2}
	small, large := s.lens()
	x, y := randomValues[float32](small, 1), randomValues[float32](large, 2)
	b.Run("forward", func(b *testing.B) {
		benchLevels(b, large/2, func(p *Pool) func() {
			k := NewResizeNearest[float32](s)
			return func() { k.Run(p, y, x) }
		})
	})
	b.Run("grad", func(b *testing.B) {
		benchLevels(b, large/2, func(p *Pool) func() {
			k := NewResizeNearestGrad[float32](s)
			return func() { k.Run(p, x, y) }
		})
	})
}
