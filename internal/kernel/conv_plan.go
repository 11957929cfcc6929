package kernel

import "unsafe"

// A correlation is what the forward pass of a convolution, and each phase of
// its input gradient, ask of the micro-kernels: for every image n and every
// position (i, j) of an outH by outW grid, and with the groups of channels apart,
//
//	y[n,i,j,:] = sum over r < kh, q < kw and channels of
//	    x[n, i·strideH + r·dilH - top, j·strideW + q·dilW - left, :] · w[r,q,:,:]
//
// x is (n, h, w, c), zero outside; top and left may be negative. y[n,i,j]
// begins at element first + n·yImage + i·yRow + j·yPixel of the output.
type correlation struct {
	n, h, w, c                   int
	kh, kw                       int
	strideH, strideW, dilH, dilW int
	top, left                    int
	groups, outH, outW, outC     int
	first, yImage, yRow, yPixel  int
}

// forward returns the correlation that is the convolution s.
func (s ConvShape) forward() correlation {
	row := s.OutW() * s.OutC
	return correlation{
		n: s.N, h: s.H, w: s.W, c: s.C, kh: s.KH, kw: s.KW,
		strideH: s.StrideH, strideW: s.StrideW, dilH: s.DilH, dilW: s.DilW,
		top: s.PadTop, left: s.PadLeft,
		groups: s.Groups, outH: s.OutH(), outW: s.OutW(), outC: s.OutC,
		yImage: s.OutH() * row, yRow: row, yPixel: s.OutC,
	}
}

// depth returns the terms of one sum.
func (c correlation) depth() int { return c.kh * c.kw * c.c / c.groups }

// padded reports whether a window reaches outside of the image.
func (c correlation) padded() bool {
	bottom := (c.outH-1)*c.strideH + (c.kh-1)*c.dilH - c.top
	right := (c.outW-1)*c.strideW + (c.kw-1)*c.dilW - c.left
	return c.top > 0 || c.left > 0 || bottom >= c.h || right >= c.w
}

// inRows returns the rows of x under so many rows of the grid.
func (c correlation) inRows(rows int) int { return (rows-1)*c.strideH + (c.kh-1)*c.dilH + 1 }

// inCols returns the columns of x under the grid.
func (c correlation) inCols() int { return (c.outW-1)*c.strideW + (c.kw-1)*c.dilW + 1 }

// stripBytes bounds the rows of x that a unit of work covers, to keep them in
// the L2 cache.
const stripBytes = 512 << 10

// strips cuts the rows of the grid of an image into equal strips, the last
// perhaps smaller, and returns their height and number: strips whose rows of x,
// pitch long, fit in the cache, and several for the workers where there is work
// enough.
func (c correlation) strips(pitch int) (height, number int) {
	work := c.outW * c.outC * c.depth()
	height = min(c.outH, max(1, stripBytes/(4*pitch*c.strideH)))
	height = min(height, max(1, grainWork/work, (c.n*c.outH+7)/8, 32/c.outW))
	number = (c.outH + height - 1) / height
	height = (c.outH + number - 1) / number
	return height, (c.outH + height - 1) / height
}

// A convPass is one visit of every tile: k·runs terms of each sum. a and b are
// the first operands' offsets in elements, of one image.
type convPass struct{ a, b, k, runs, aSkip int }

// passBytes is how much of the packed weights a pass may use, to keep it in
// the L1 cache.
const passBytes = 32 << 10

// passes cuts the sums of a group. pitch is the length of a row of x or of its
// padded copy, width the columns of packed weights.
func (c correlation) passes(pitch, width int) []convPass {
	gc := c.c / c.groups
	run, runs := c.kw*gc, 1 // contiguous elements of x; and how many such runs in a row of taps
	if c.dilW > 1 || c.groups > 1 {
		run, runs = gc, c.kw
	}
	if runs == 1 && 4*width*c.depth() <= passBytes {
		return []convPass{{0, 0, run, c.kh, c.dilH*pitch - run}}
	}
	pieces := (4*width*run + passBytes - 1) / passBytes
	if runs > 1 {
		pieces = 1
	}
	size := (run + pieces - 1) / pieces
	var ps []convPass
	for r := range c.kh {
		for at := 0; at < run; at += size {
			ps = append(ps, convPass{r*c.dilH*pitch + at, (r*runs*run + at) * width, min(size, run-at), runs, c.dilW*c.c - run})
		}
	}
	return ps
}

// A tileStep is one call of a micro-kernel: the offsets of its operands in
// bytes, the first for each group of rows.
type tileStep struct {
	kernel *tileKernel
	a      [4]int
	b, c   int
}

// run makes the calls, with operands that begin at a, b and c.
func (t *tile) run(steps []tileStep, full bool, a, b, c unsafe.Pointer) {
	for i := range steps {
		s := &steps[i]
		t.a = [4]unsafe.Pointer{unsafe.Add(a, s.a[0]), unsafe.Add(a, s.a[1]), unsafe.Add(a, s.a[2]), unsafe.Add(a, s.a[3])}
		t.b, t.c = unsafe.Add(b, s.b), unsafe.Add(c, s.c)
		s.kernel.call(t, full)
	}
}

// steps covers a strip of rows of the grid with kernels. A kernel takes
// positions of one row, or of several if they follow each other in y, as long
// as each of its groups lies within a row.
func (c correlation) steps(kernels []tileKernel, rows, pitch int) (steps []tileStep) {
	contiguous := c.yRow == c.outW*c.yPixel
	size := 4 // bytes of an element of x
	if kernels[0].pair {
		size = 8
	}
	for p := 0; p < rows*c.outW; {
		left := c.outW - p%c.outW
		if contiguous {
			left = rows*c.outW - p
		}
		i := 0
		for !kernels[i].fits(p, left, c.outW) {
			i++
		}
		k := &kernels[i]
		s := tileStep{kernel: k, c: 4 * (p/c.outW*c.yRow + p%c.outW*c.yPixel)}
		for g := range k.rows / k.group {
			q := p + g*k.group
			s.a[g] = size * (q/c.outW*c.strideH*pitch + q%c.outW*c.strideW*c.c)
		}
		steps = append(steps, s)
		p += k.rows
	}
	return steps
}

// fits reports whether the kernel can take the left positions from p on of a
// grid with so many columns.
func (k *tileKernel) fits(p, left, cols int) bool {
	if k.rows > left {
		return false
	}
	for q := p; q < p+k.rows; q += k.group {
		if q%cols+k.group > cols {
			return false
		}
	}
	return true
}

// cheapest chooses the width of the panels, at most so many vectors, in which
// to compute a matrix of cols columns whose rows cover covers with kernels. It
// returns the width in vectors, the steps for panels of each width that occurs,
// and their cost.
func (s *tileSet) cheapest(cols, most int, cover func([]tileKernel) []tileStep) (vecs int, steps [maxVecs + 1][]tileStep, least int) {
	for v := 1; v <= min(most, s.vecs(cols)); v++ {
		rest := s.vecs(cols % (v * s.lanes)) // of the last panel
		if len(s.byWidth[v]) == 0 || rest > 0 && len(s.byWidth[rest]) == 0 {
			continue
		}
		var tried [maxVecs + 1][]tileStep
		tried[v] = cover(s.byWidth[v])
		total := cols / (v * s.lanes) * cost(tried[v])
		if rest > 0 {
			tried[rest] = cover(s.byWidth[rest])
			total += cost(tried[rest])
		}
		if vecs == 0 || total < least {
			vecs, steps, least = v, tried, total
		}
	}
	return vecs, steps, least
}

// cost estimates the cycles per term of the steps: two multiply-adds or two
// loads a cycle, and four cycles from one multiply-add of a chain to the next.
func cost(steps []tileStep) (cycles int) {
	for _, s := range steps {
		k := s.kernel
		cycles += max(k.rows*k.vecs, k.rows+k.vecs, 8) + 1
	}
	return cycles
}

// activate applies the activation of ep to a strip of rows of y, in place.
func (c correlation) activate(ep Epilogue[float32], y []float32, rows int) {
	for r := range rows {
		if c.yPixel == c.outC {
			ep.activate(y[r*c.yRow:][:c.outW*c.outC])
			continue
		}
		for j := range c.outW {
			ep.activate(y[r*c.yRow+j*c.yPixel:][:c.outC])
		}
	}
}
