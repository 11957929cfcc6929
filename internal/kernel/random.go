package kernel

import (
	"fmt"
	"math"
	"math/bits"
)

// Random numbers come from Philox4x32-10 (Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011). A stream is named by a key and a
// step, and its elements by their position, so that any part of it can be
// made alone and in parallel.
//
// Element i of a stream lies in group i/64. A group is made of the 16 counters
// 16·group + l, with l from 0 to 15; the four output words j of counter l give
// the group's elements 16·j + l. The 128-bit counter is this number in its low
// half and the step in its high half.

const (
	randomGroup = 64 // elements
	randomLanes = 16 // counters of a group

	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57 // multipliers
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85 // key increments
)

// philox4x32 returns the ten-round Philox output for a counter and key.
func philox4x32(c [4]uint32, k [2]uint32) [4]uint32 {
	for range 10 {
		h0, l0 := bits.Mul32(philoxM0, c[0])
		h1, l1 := bits.Mul32(philoxM1, c[2])
		c = [4]uint32{h1 ^ c[1] ^ k[0], l1, h0 ^ c[3] ^ k[1], l0}
		k[0] += philoxW0
		k[1] += philoxW1
	}
	return c
}

// philoxCounter returns the output words for one counter of a stream.
func philoxCounter(key, step, n uint64) [4]uint32 {
	return philox4x32([4]uint32{uint32(n), uint32(n >> 32), uint32(step), uint32(step >> 32)},
		[2]uint32{uint32(key), uint32(key >> 32)})
}

// Uniform sets dst to the elements offset, offset+1, ... of the stream
// (key, step), as numbers fma(u, hi-lo, lo) with u uniform in [0, 1) in
// multiples of 2⁻²⁴. offset must be a multiple of 64. float64 results are
// those of float32.
func Uniform[T Float](dst []T, key, step, offset uint64, lo, hi T) {
	fillRandom(dst, key, step, offset, randomParams{false, float32(lo), float32(hi) - float32(lo)})
}

// Normal sets dst to the elements offset, offset+1, ... of the stream
// (key, step), as numbers fma(z, stddev, mean) with z normally distributed
// (Box and Muller 1958; |z| < 5.8). offset must be a multiple of 64. float64
// results are those of float32.
func Normal[T Float](dst []T, key, step, offset uint64, mean, stddev T) {
	fillRandom(dst, key, step, offset, randomParams{true, float32(mean), float32(stddev)})
}

// randomParams says what is made of the random words.
type randomParams struct {
	normal       bool
	shift, scale float32 // result = fma(u or z, scale, shift)
}

func fillRandom[T Float](dst []T, key, step, offset uint64, p randomParams) {
	if offset%randomGroup != 0 {
		panic(fmt.Sprintf("kernel: random numbers from element %d, not a multiple of %d", offset, randomGroup))
	}
	group := offset / randomGroup
	if n := len(dst) / randomGroup; isFloat32[T]() && n > 0 {
		s := newRandomState(key, step, group, p)
		if randomSIMD(as32(dst[:n*randomGroup]), &s, p.normal) {
			dst = dst[n*randomGroup:]
			group += uint64(n)
		}
	}
	var g [randomGroup]float32
	for ; len(dst) > 0; group++ {
		makeGroup(&g, key, step, group, p)
		n := min(len(dst), randomGroup)
		for i, v := range g[:n] {
			dst[i] = T(v)
		}
		dst = dst[n:]
	}
}

// randomState is what the SIMD kernels work from, laid out for them.
type randomState struct {
	roundKeys    [20]uint32 // two for each round
	step         uint64
	counter      uint64 // of the next group's lane 0
	shift, scale float32
}

func newRandomState(key, step, group uint64, p randomParams) randomState {
	s := randomState{step: step, counter: group * randomLanes, shift: p.shift, scale: p.scale}
	k0, k1 := uint32(key), uint32(key>>32)
	for r := 0; r < len(s.roundKeys); r += 2 {
		s.roundKeys[r], s.roundKeys[r+1] = k0, k1
		k0 += philoxW0
		k1 += philoxW1
	}
	return s
}

// makeGroup makes one group of random numbers.
func makeGroup(g *[randomGroup]float32, key, step, group uint64, p randomParams) {
	for l := range randomLanes {
		w := philoxCounter(key, step, group*randomLanes+uint64(l))
		var v [4]float32
		if p.normal {
			v[0], v[1] = boxMuller(w[0], w[1])
			v[2], v[3] = boxMuller(w[2], w[3])
		} else {
			for j := range v {
				v[j] = unit24(w[j])
			}
		}
		for j := range v {
			g[j*randomLanes+l] = fma32(v[j], p.scale, p.shift)
		}
	}
}

// unit24 returns the upper 24 bits of w as a number in [0, 1).
func unit24(w uint32) float32 { return float32(w>>8) * 0x1p-24 }

// sinPoly and cosPoly hold P of sin(πx/2) = x·P(x²) and cos(πx/2) = P(x²) for
// |x| <= 1/2; absolute errors are under 2⁻²⁵.
var (
	sinPoly = [...]float32{4.6856891e-4, -4.8566749e-3, 7.9725668e-2, -0.64596641, 1.5707964}
	cosPoly = [...]float32{8.9667854e-4, -2.0856503e-2, 0.25366864, -1.2337005, 1}
)

// boxMuller returns two independent standard normal numbers: the radius
// √(-2 ln u) from the upper 24 bits of w0, the quarter turn from the upper two
// bits of w1, the angle in it from the next 24.
func boxMuller(w0, w1 uint32) (z0, z1 float32) {
	e, f := splitLog(unit24(w0) + 0x1p-24)
	r := float32(math.Sqrt(float64(-2 * logParts(e, f, 0))))
	x := unit24(w1<<2) - 0.5
	s := x * horner(x*x, sinPoly[:])
	c := horner(x*x, cosPoly[:])
	if w1>>30&1 == 1 { // a quarter turn further
		s, c = c, -s
	}
	if w1>>31 == 1 { // half a turn further
		s, c = -s, -c
	}
	return r * c, r * s
}
