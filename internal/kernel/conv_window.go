package kernel

// windowStart returns the offset in x of the first element under row i of the
// grid of image n, if no padding is needed.
func (c correlation) windowStart(n, i int) int {
	return ((n*c.h+i*c.strideH-c.top)*c.w - c.left) * c.c
}

// A clip is the part of the elements under a strip of the grid that lies in
// the image: rows r0 to r1-1 and columns c0 to c1-1 of those, beginning at
// offset at of x.
type clip struct{ r0, r1, c0, c1, at int }

// clip cuts rows rows of the grid of image n from row i on.
func (c correlation) clip(n, i, rows int) clip {
	top := i*c.strideH - c.top
	k := clip{r0: max(0, -top), c0: max(0, c.left), c1: min(c.inCols(), c.w+c.left)}
	k.c0 = min(k.c0, c.inCols())
	k.c1 = max(k.c0, k.c1)
	k.r1 = max(k.r0, min(c.inRows(rows), c.h-top))
	k.at = ((n*c.h+top+k.r0)*c.w + k.c0 - c.left) * c.c
	return k
}

// copyWindow copies what rows rows of the grid of image n from row i on need
// of x to dst, whose rows are pitch long, with zeros outside of the image. dst
// is for this purpose only: the margins that are the same for all strips are
// zero from the start.
func (c correlation) copyWindow(set *tileSet, dst []float32, pitch, n, i, rows int, x []float32) {
	k := c.clip(n, i, rows)
	clear(dst[:min(k.r0, c.inRows(rows))*pitch])
	if k.r1 > k.r0 && k.c1 > k.c0 {
		set.copyRows(&dst[k.r0*pitch+k.c0*c.c], &x[k.at], k.r1-k.r0, (k.c1-k.c0)*c.c, pitch, c.w*c.c)
	}
	if k.r1 < c.inRows(rows) {
		clear(dst[k.r1*pitch : c.inRows(rows)*pitch])
	}
}

// copyPair is copyWindow for images n and n+1, interleaved.
func (c correlation) copyPair(dst []float32, pitch, n, i, rows int, x []float32) {
	k := c.clip(n, i, rows)
	clear(dst[:2*min(k.r0, c.inRows(rows))*pitch])
	if k.c1 > k.c0 {
		for r := k.r0; r < k.r1; r++ {
			a := x[k.at+(r-k.r0)*c.w*c.c:]
			interleavePair(dst[2*(r*pitch+k.c0*c.c):], a, a[c.h*c.w*c.c:], (k.c1-k.c0)*c.c)
		}
	}
	if k.r1 < c.inRows(rows) {
		clear(dst[2*k.r1*pitch : 2*c.inRows(rows)*pitch])
	}
}
