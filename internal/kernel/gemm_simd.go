package kernel

import "unsafe"

const (
	gemmRows   = 128 // rows of C that share a packed panel of B, about
	gemmK      = 256 // terms per visit of a tile, so that the panel stays in L1
	packedRows = 32  // fewer rows of C do not repay packing B
)

// A gemmPlan computes a matrix product with micro-kernels. Its units of work
// are blocks of rows by panels of columns.
type gemmPlan struct {
	set   *tileSet
	shape MatMulShape
	ep    Epilogue[float32]

	width   int  // columns of a panel
	packed  bool // panels of B are copied to scratch space
	rows    int  // rows of a block
	blocks  int  // blocks per product
	panels  int  // panels per product
	grid    grid // over the units: batch, then panels, then blocks
	scratch freeList[*gemmScratch]
}

// A gemmScratch is what one worker needs.
type gemmScratch struct {
	tile
	panel []float32 // (gemmK, width)
}

// newGemmPlan plans a product.
func newGemmPlan(set *tileSet, s MatMulShape, ep Epilogue[float32]) *gemmPlan {
	g := &gemmPlan{set: set, shape: s, ep: ep}
	g.packed = s.TransB || s.M >= packedRows
	vecs := set.widest(set.vecs(s.N), min(s.M, set.tall))
	work := s.K
	if !g.packed {
		// Panels of equal width; and B is read from memory for little use.
		panels := (set.vecs(s.N) + vecs - 1) / vecs
		if vecs > 4 {
			panels = roundUp(panels, 2)
		}
		vecs = (set.vecs(s.N) + panels - 1) / panels
		work *= 4
	}
	g.width = vecs * set.lanes
	g.blocks = max(1, s.M/gemmRows)
	g.rows = roundUp((s.M+g.blocks-1)/g.blocks, 8)
	g.blocks = (s.M + g.rows - 1) / g.rows
	g.panels = (s.N + g.width - 1) / g.width
	g.grid = newGrid(s.Batch*g.blocks*g.panels, min(g.rows, s.M)*g.width*work)
	g.scratch = newFreeList(func() *gemmScratch {
		return &gemmScratch{panel: Alloc[float32](min(gemmK, s.K) * g.width)}
	})
	return g
}

// roundUp returns the least multiple of m that is not below n.
func roundUp(n, m int) int { return (n + m - 1) / m * m }

// run computes units lo to hi-1.
func (g *gemmPlan) run(lo, hi int, c, a, b, bias []float32) {
	w := g.scratch.get()
	defer g.scratch.put(w)
	s := g.shape
	for u := lo; u < hi; u++ {
		// Blocks come before panels: units next to each other, which workers do
		// at the same time, then write no cache line in common.
		batch, panel, block := u/(g.blocks*g.panels), u/g.blocks%g.panels, u%g.blocks
		i, end := block*g.rows, min((panel+1)*g.width, s.N)
		for j := panel * g.width; j < end; {
			// Not every width has kernels: the last panel may take several.
			n := min(g.set.lanes*g.set.widest(g.set.vecs(end-j), 1), end-j)
			g.unit(w, gemmUnit{
				m: min(g.rows, s.M-i), n: n,
				c:    c[batch*s.M*s.N+i*s.N+j:],
				a:    a[batch*s.M*s.K+pick(s.TransA, i, i*s.K):],
				b:    b[batch*s.K*s.N+pick(s.TransB, j*s.K, j):],
				bias: bias[min(j, len(bias)):],
			})
			j += n
		}
	}
}

// pick returns a if cond holds, else b.
func pick(cond bool, a, b int) int {
	if cond {
		return a
	}
	return b
}

// A gemmUnit is a block of m rows by n columns of C: its operands begin at its
// first row and column.
type gemmUnit struct {
	m, n    int
	c, a, b []float32
	bias    []float32 // or empty
}

// unit computes a unit, gemmK terms at a time.
func (g *gemmPlan) unit(w *gemmScratch, u gemmUnit) {
	s, t := g.shape, &w.tile
	t.aRow, t.aK = 4*s.K, 4
	if s.TransA {
		t.aRow, t.aK = 4, 4*s.M
	}
	t.cRow, t.runs = 4*s.N, 1
	t.flags, t.bias = 0, nil
	kernels, full := t.columns(g.set, u.n)
	c := unsafe.Pointer(&u.c[0])
	for k := 0; k < s.K; k += gemmK {
		t.k = min(gemmK, s.K-k)
		if g.packed {
			g.pack(w.panel, u.b, k, t.k, u.n)
			t.b, t.bK = unsafe.Pointer(&w.panel[0]), 4*g.width
		} else {
			t.b, t.bK = unsafe.Pointer(&u.b[k*s.N]), 4*s.N
		}
		if k+t.k == s.K {
			t.finish(g.ep, unsafe.Pointer(unsafe.SliceData(u.bias)))
		}
		t.sweep(kernels, full, u.m, unsafe.Pointer(&u.a[k*t.aK/4]), c)
		t.flags |= flagAccumulate
	}
	if !g.ep.inKernel() {
		for i := range u.m {
			g.ep.activate(u.c[i*s.N:][:u.n])
		}
	}
}

// pack copies rows k to k+rows-1 of n columns of op(B) to the panel.
func (g *gemmPlan) pack(panel, b []float32, k, rows, n int) {
	if g.shape.TransB {
		g.set.transposeInto(panel, b[k:], rows, n, g.width, g.shape.K)
		return
	}
	g.set.copyRows(&panel[0], &b[k*g.shape.N], rows, n, g.width, g.shape.N)
}
