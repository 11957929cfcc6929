package kernel

import (
	"fmt"
	"math"
	"slices"
)

// An intFilter is a correlation with constant integer weights: a convolution,
// one phase of a transposed convolution, or such merged. Its channel j has the
// constants of channel j mod C of an output of C channels.
type intFilter struct {
	correlation
	weights []int8   // (kh, kw, c/groups, outC)
	rowLen  int      // outputs in a row of the grid: the last position may have fewer than outC
	simd    *intPlan // nil: plain loops
}

// forwardFilter returns the filter that is the convolution s.
func (s ConvShape) forwardFilter(w []int8) *intFilter {
	f := &intFilter{correlation: s.forward(), weights: slices.Clone(w), rowLen: s.OutW() * s.OutC}
	if f.kh == 1 && f.kw == 1 && f.strideH == 1 && f.strideW == 1 && !f.padded() {
		// Pixels apart from each other: one image will do.
		f.n, f.h, f.outH = 1, f.n*f.h, f.n*f.outH
	}
	return f
}

// transposedFilters returns the filters that together are the transposed
// convolution of s, by phase of the rows and of the columns.
func (s ConvShape) transposedFilters(w []int8) [][]*intFilter {
	rows := make([][]*intFilter, min(s.StrideH, s.H))
	for ph := range rows {
		for pw := range min(s.StrideW, s.W) {
			c, taps := s.phase(ph, pw)
			rows[ph] = append(rows[ph], &intFilter{correlation: c, weights: s.transposeWeights(w, taps), rowLen: c.outW * c.outC})
		}
	}
	return rows
}

// transposeWeights returns the weights of some taps, with the input and output
// channels of each group exchanged.
func (s ConvShape) transposeWeights(w []int8, taps []int) []int8 {
	gc, goc := s.groupC(), s.groupOutC()
	t := make([]int8, 0, len(taps)*goc*s.C)
	for _, tap := range taps {
		for o := range goc {
			for c := range s.C {
				t = append(t, w[(tap*gc+c%gc)*s.OutC+c/gc*goc+o])
			}
		}
	}
	return t
}

// checkSums returns an error if the sum of a channel could leave the range of
// int32 for some input.
func (f *intFilter) checkSums(r *requantiser) error {
	for j := range f.outC {
		lo, hi := int64(r.bias[j]), int64(r.bias[j])
		for i := j; i < len(f.weights); i += f.outC {
			w := int64(f.weights[i])
			a, b := w*(r.inLo-r.inZero), w*(r.inHi-r.inZero)
			lo, hi = lo+min(a, b), hi+max(a, b)
		}
		if lo < math.MinInt32 || hi > math.MaxInt32 {
			return fmt.Errorf("kernel: sums of channel %d may be %d to %d, beyond 32 bits", j, lo, hi)
		}
	}
	return nil
}

// foldedBias returns the sum of channel j over zeros: what is left to add to
// Σ x·w if every tap takes part, pixels outside being zero. It wraps around
// like all sums; the last one does not.
func (f *intFilter) foldedBias(r *requantiser, j int) int32 {
	acc := r.bias[j%len(r.bias)]
	for i := j; i < len(f.weights); i += f.outC {
		acc -= int32(r.inZero) * int32(f.weights[i])
	}
	return acc
}

// work returns the multiply-adds of the filter.
func (f *intFilter) work() int { return f.n * f.outH * f.outW * f.outC * f.depth() }

// units returns the number of independent units of work.
func (f *intFilter) units() int {
	if f.simd != nil {
		return f.simd.units
	}
	return f.n * f.outH
}

// runIntPlain computes the rows lo to hi-1 of the grids of all images.
func runIntPlain[In Activations, Out Outputs](f *intFilter, r *requantiser, lo, hi int, y []Out, x []In) {
	acc := make([]int32, f.outC)
	for u := lo; u < hi; u++ {
		n, i := u/f.outH, u%f.outH
		for j := range f.outW {
			copy(acc, r.bias)
			sumIntPlain(f, int32(r.inZero), acc, x, n, i, j)
			out := y[f.first+n*f.yImage+i*f.yRow+j*f.yPixel:][:f.outC]
			for c, a := range acc {
				out[c] = Out(r.value(a, c))
			}
		}
	}
}

// sumIntPlain adds to acc the products at position (i, j) of image n.
func sumIntPlain[In Activations](f *intFilter, zero int32, acc []int32, x []In, n, i, j int) {
	gc, goc := f.c/f.groups, f.outC/f.groups
	for kh := range f.kh {
		for kw := range f.kw {
			h, w := i*f.strideH+kh*f.dilH-f.top, j*f.strideW+kw*f.dilW-f.left
			if h < 0 || h >= f.h || w < 0 || w >= f.w {
				continue
			}
			pixel := x[((n*f.h+h)*f.w+w)*f.c:][:f.c]
			for c, v := range pixel {
				g := c / gc
				axpyInt(acc[g*goc:][:goc], int32(v)-zero, f.weights[((kh*f.kw+kw)*gc+c%gc)*f.outC+g*goc:])
			}
		}
	}
}

// axpyInt is acc[j] += x·w[j].
func axpyInt(acc []int32, x int32, w []int8) {
	w = w[:len(acc)]
	for j, v := range w {
		acc[j] += x * int32(v)
	}
}
