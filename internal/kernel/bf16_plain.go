package kernel

import (
	"math"
	"unsafe"
)

// plainBF16 holds the primitives in plain Go: their definition.
var plainBF16 = &bf16Kernels{
	convertRows:   plainConvertRows,
	pairRows:      plainPairRows,
	pairCols:      plainPairCols,
	transposeRows: plainTransposeRows,
	sweep:         plainSweep,
}

func plainConvertRows(dst *bf16, src *float32, rows, n, dstRow, srcRow int) {
	out, in := unsafe.Slice(dst, (rows-1)*dstRow+n), unsafe.Slice(src, (rows-1)*srcRow+n)
	for r := range rows {
		for i := range n {
			out[r*dstRow+i] = toBF16(in[r*srcRow+i])
		}
	}
}

func plainPairRows(dst *bf16, src *float32, rows, cols, srcRow, panel int) {
	in := unsafe.Slice(src, (rows-1)*srcRow+cols)
	for c := 0; c < cols; c += bf16Panel {
		out := unsafe.Slice((*bf16)(unsafe.Add(unsafe.Pointer(dst), 2*c/bf16Panel*panel)), (rows+1)/2*2*bf16Panel)
		clear(out)
		for i := range rows * min(bf16Panel, cols-c) {
			r, j := i%rows, i/rows
			out[r/2*2*bf16Panel+2*j+r%2] = toBF16(in[r*srcRow+c+j])
		}
	}
}

func plainPairCols(dst *bf16, src *float32, n, srcRow, cols int) {
	out := unsafe.Slice(dst, (n+1)/2*2*bf16Panel)
	in := unsafe.Slice(src, (cols-1)*srcRow+n)
	clear(out)
	for c := range cols {
		for k := range n {
			out[k/2*2*bf16Panel+2*c+k%2] = toBF16(in[c*srcRow+k])
		}
	}
}

func plainTransposeRows(dst *bf16, src *float32, n, dstRow, srcRow, rows int) {
	out, in := unsafe.Slice(dst, (rows-1)*dstRow+n), unsafe.Slice(src, (n-1)*srcRow+rows)
	for k := range n {
		for r := range rows {
			out[r*dstRow+k] = toBF16(in[k*srcRow+r])
		}
	}
}

func plainSweep(s *bf16Sweep) {
	at, to := unsafe.Slice(s.at, 2*s.blocks), unsafe.Slice(s.to, bf16Rows*s.blocks)
	for i, offset := range to {
		if offset < 0 {
			continue
		}
		row := unsafe.Add(s.a, int(at[i/bf16Panel])+i%bf16Panel*s.aRow)
		for j := range bf16Cols {
			if s.mask>>j&1 > 0 {
				s.plainElement(unsafe.Add(s.c, int(offset)+4*j), row, j)
			}
		}
	}
}

// plainElement computes column j of the row of C whose row of A is given.
func (s *bf16Sweep) plainElement(c, row unsafe.Pointer, j int) {
	acc := float32(0)
	b := unsafe.Add(s.b, j/bf16Panel*s.bHalf+j%bf16Panel*4)
	for i, step := range unsafe.Slice(s.steps, s.n) {
		a := (*[bf16Step]bf16)(unsafe.Add(row, int(step)))
		acc = plainStep(acc, a, unsafe.Add(b, i*tileBytes))
	}
	old := (*float32)(c)
	if s.flags&flagAccumulate > 0 {
		acc += *old
	}
	if s.bias != nil {
		acc += *(*float32)(unsafe.Add(s.bias, 4*j))
	}
	switch {
	case acc < 0 && s.flags&flagRelu > 0:
		acc = 0
	case acc < 0 && s.flags&flagLeaky > 0:
		acc *= s.slope
	}
	*old = acc
}

// plainStep adds the products of a step to acc. b is a column of a panel.
func plainStep(acc float32, a *[bf16Step]bf16, b unsafe.Pointer) float32 {
	var sums [2]float32
	for k, v := range a {
		w := *(*bf16)(unsafe.Add(b, k/2*pairBytes+k%2*2))
		sums[k%2] = flush(fma32(fromBF16(v), fromBF16(w), sums[k%2]))
	}
	return flush(acc + flush(sums[0]+sums[1]))
}

// flush returns x, zero with its sign if it is subnormal.
func flush(x float32) float32 {
	if b := math.Float32bits(x); b&(0xff<<23) == 0 {
		return math.Float32frombits(b & (1 << 31))
	}
	return x
}
