package kernel

import "unsafe"

// maxVecs is the width of the widest micro-kernel in vectors.
const maxVecs = 16

// A tileSet holds the micro-kernels of one instruction set.
type tileSet struct {
	lanes int // float32 in a vector
	tall  int // rows of the kernels that compute large products
	// byWidth lists the kernels of each width in vectors, the tallest first.
	byWidth    [maxVecs + 1][]tileKernel
	pairs      []tileKernel     // for two interleaved images, likewise
	depthwise  []tileKernel     // whose A has vectors, likewise
	transposes []blockTranspose // the largest first
	// copyRows is dst[r*dstRow+i] = src[r*srcRow+i] for r < rows, i < n; rows > 0.
	copyRows func(dst, src *float32, rows, n, dstRow, srcRow int)
}

// A blockTranspose is dst[r][c] = src[c][r] for r, c < size; rows lie so many
// bytes apart.
type blockTranspose struct {
	size int
	f    func(dst, src *float32, dstRow, srcRow int)
}

// widest returns the width in vectors of the widest kernels not above limit
// of which some have at least so many rows.
func (s *tileSet) widest(limit, rows int) int {
	for v := min(limit, maxVecs); v > 1; v-- {
		if len(s.byWidth[v]) > 0 && s.byWidth[v][0].rows >= rows {
			return v
		}
	}
	return 1
}

// vecs returns how many vectors n elements take.
func (s *tileSet) vecs(n int) int { return (n + s.lanes - 1) / s.lanes }

// laneMasks holds 8 times all ones and 8 times zero, for AVX2.
var laneMasks = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

// columns prepares t for n columns and returns the kernels of that width.
func (t *tile) columns(s *tileSet, n int) (kernels []tileKernel, full bool) {
	v := s.vecs(n)
	last := n - (v-1)*s.lanes
	t.mask = 1<<last - 1
	if s.lanes == 8 {
		t.lanes = unsafe.Pointer(&laneMasks[8-last])
	}
	return s.byWidth[v], last == s.lanes
}

// sweep computes m rows of C, whose first row is c, from rows of A that lie
// t.aRow apart from a on.
func (t *tile) sweep(kernels []tileKernel, full bool, m int, a, c unsafe.Pointer) {
	for i := 0; i < m; {
		k := tallest(kernels, m-i)
		for g := range k.rows / k.group {
			t.a[g] = unsafe.Add(a, (i+g*k.group)*t.aRow)
		}
		t.c = unsafe.Add(c, i*t.cRow)
		k.call(t, full)
		i += k.rows
	}
}

// tallest returns the tallest kernel of at most m rows.
func tallest(kernels []tileKernel, m int) *tileKernel {
	i := 0
	for kernels[i].rows > m {
		i++
	}
	return &kernels[i]
}

// call runs the kernel; full says that the last vector is complete.
func (k *tileKernel) call(t *tile, full bool) {
	if full {
		k.full(t)
	} else {
		k.ragged(t)
	}
}

// finish sets what happens after the last k: the bias and, if the kernels can
// do it, the activation.
func (t *tile) finish(ep Epilogue[float32], bias unsafe.Pointer) {
	if ep.Bias {
		t.bias = bias
	}
	if !ep.inKernel() {
		return
	}
	switch ep.Act {
	case ActRelu:
		t.flags |= flagRelu
	case ActLeakyRelu:
		t.flags |= flagLeaky
		t.slope = ep.Alpha
	}
}

// transposeInto is dst[r*dstRow+c] = src[c*srcRow+r] for r < rows, c < cols.
func (s *tileSet) transposeInto(dst, src []float32, rows, cols, dstRow, srcRow int) {
	for _, t := range s.transposes {
		if n := t.size; rows >= n && cols >= n {
			// The last block of a row or column may overlap the one before.
			for c := 0; c < cols; c += n {
				c = min(c, cols-n)
				for r := 0; r < rows; r += n {
					r = min(r, rows-n)
					t.f(&dst[r*dstRow+c], &src[c*srcRow+r], 4*dstRow, 4*srcRow)
				}
			}
			return
		}
	}
	for r := range rows {
		gather(dst[r*dstRow:][:cols], src[r:], srcRow)
	}
}
