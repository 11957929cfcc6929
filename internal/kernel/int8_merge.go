package kernel

import "math"

// mergeLimit is how many vectors of sums filters may be merged to.
const mergeLimit = 2

// planColumns plans the filters of the columns of y that interleave in its
// rows: one, or the phases of a transposed convolution. Few channels leave
// most of a vector unused; there a merged filter that computes several
// neighbouring pixels as if they were channels is faster, although it has
// weights of zero.
func planColumns[In Activations, Out Outputs](set *intSet, columns []*intFilter, r *requantiser) []*intFilter {
	first := columns[0]
	if set == nil || first.kh == 0 {
		return columns
	}
	least := 0.0
	for _, f := range columns {
		if f.depth() > 0 {
			f.simd = newIntPlan[In, Out](set, f, r)
			least += f.simd.cost
		}
	}
	best := columns
	interleaved := first.yPixel == len(columns)*first.outC
	if interleaved && first.groups == 1 && first.dilW == 1 {
		for m := 1; m*first.yPixel <= mergeLimit*set.lanes; m++ {
			f := mergeColumns(columns, m)
			if f.simd = newIntPlan[In, Out](set, f, r); f.simd.cost < least {
				least, best = f.simd.cost, []*intFilter{f}
			}
		}
	}
	if len(best) == 1 && best[0] != first {
		best[0].mergeWeights(columns)
	}
	for _, f := range best {
		if f.simd != nil {
			f.simd.pack(r)
		}
	}
	return best
}

// mergeColumns returns, without its weights, the filter that computes m
// neighbouring pixels of each column filter at once.
func mergeColumns(columns []*intFilter, m int) *intFilter {
	f := &intFilter{correlation: columns[0].correlation}
	f.left, f.rowLen = math.MinInt, 0
	for _, c := range columns {
		f.rowLen += c.rowLen
		if c.kw > 0 {
			f.left, f.top = max(f.left, c.left), c.top
		}
	}
	f.kw = 0
	for _, c := range columns {
		if c.kw > 0 {
			f.kw = max(f.kw, c.mergedTap(f, m-1, c.kw-1)+1)
		}
	}
	f.outC = m * f.yPixel
	f.yPixel = f.outC
	f.outW = (f.rowLen + f.outC - 1) / f.outC
	f.strideW *= m
	return f
}

// mergedTap returns which column of the kernel of the merged filter f is
// column kw of c's, for the i-th pixel of c.
func (c *intFilter) mergedTap(f *intFilter, i, kw int) int { return i*c.strideW + f.left - c.left + kw }

// mergeWeights gives a merged filter its weights.
func (f *intFilter) mergeWeights(columns []*intFilter) {
	f.weights = make([]int8, f.kh*f.kw*f.c*f.outC)
	channels := columns[0].outC
	for pixel := range f.outC / channels {
		c := columns[pixel%len(columns)]
		for kh := range c.kh {
			for kw := range c.kw {
				to := f.weights[(kh*f.kw+c.mergedTap(f, pixel/len(columns), kw))*f.c*f.outC+pixel*channels:]
				from := c.weights[(kh*c.kw+kw)*c.c*channels:]
				for i := range f.c {
					copy(to[i*f.outC:], from[i*channels:][:channels])
				}
			}
		}
	}
}
