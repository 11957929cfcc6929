package kernel

import "fmt"

// A MatMulBF16 is a planned matrix product with an [Epilogue] that rounds its
// operands to bfloat16; see [BF16Available] for the arithmetic. Terms are
// taken with k ascending. Above bf16Terms of them the sums of blocks of so
// many are added in ascending order.
type MatMulBF16 struct {
	shape   MatMulShape
	ep      Epilogue[float32]
	kernels *bf16Kernels

	terms, blocks int // terms of a block; blocks
	pitch         int // elements of a row of a converted strip of A
	rows, strips  int // rows of a strip; strips
	full, last    bf16Layout
	steps         []int32
	size          int    // elements of a panel
	panels        []bf16 // (panels of 16 columns, terms/2, 16, 2)
	scratch       freeList[*bf16Scratch]

	// Of the Run in progress: the operands, those of one product, and the
	// first term and number of terms of the block.
	c, a, b, bias []float32
	k, n          int
}

const (
	bf16Terms    = 2048 // of a block
	bf16Strip    = 64   // rows of A that a worker rounds at a time, up to four times as many of large A
	bf16MinRows  = 32   // fewer rows of C do not repay rounding B
	bf16MinCols  = 16
	bf16MinTerms = 32
)

// A bf16Layout says where the rows of a sweep's blocks lie.
type bf16Layout struct {
	at, to []int32
	blocks int
}

// A bf16Scratch is what one worker needs.
type bf16Scratch struct {
	bf16Sweep
	x []bf16
}

// newBF16Scratch returns scratch space with n elements for x.
func newBF16Scratch(n int) *bf16Scratch {
	s := &bf16Scratch{x: alloc16(n)}
	s.sum = pointer(Alloc[float32](4 * tileSums))
	return s
}

// NewMatMulBF16 plans a product, or returns nil where a [MatMul] is as fast: if
// there are no such kernels here or the product is small. It panics unless all
// dimensions are positive.
func NewMatMulBF16(s MatMulShape, ep Epilogue[float32]) *MatMulBF16 {
	if min(s.Batch, s.M, s.N, s.K) < 1 {
		panic(fmt.Sprintf("kernel: MatMulBF16 of shape %+v", s))
	}
	k := currentBF16()
	if k == nil || s.M < bf16MinRows || s.N < bf16MinCols || s.K < bf16MinTerms {
		return nil
	}
	return newMatMulBF16(k, s, ep)
}

func newMatMulBF16(kernels *bf16Kernels, s MatMulShape, ep Epilogue[float32]) *MatMulBF16 {
	m := &MatMulBF16{shape: s, ep: ep, kernels: kernels}
	m.blocks = (s.K + bf16Terms - 1) / bf16Terms
	m.terms = min(roundUp(s.K, bf16Step), bf16Terms)
	m.pitch = oddLines(m.terms)
	m.rows = roundUp(min(s.M, max(bf16Strip, min(s.M/8, 4*bf16Strip))), bf16Rows)
	m.strips = (s.M + m.rows - 1) / m.rows
	m.full = m.layout(m.rows)
	m.last = m.layout(s.M - (m.strips-1)*m.rows)
	for k := 0; k < m.terms; k += bf16Step {
		m.steps = append(m.steps, int32(2*k))
	}
	m.size = bf16PanelSize(m.terms)
	m.panels = alloc16(bf16Panels(s.N) * m.size)
	m.scratch = newFreeList(func() *bf16Scratch { return newBF16Scratch(m.rows * m.pitch) })
	return m
}

// bf16Panels returns how many panels n columns take.
func bf16Panels(n int) int { return (n + bf16Panel - 1) / bf16Panel }

// layout returns the places of a strip of so many rows.
func (m *MatMulBF16) layout(rows int) (l bf16Layout) {
	l.blocks = (rows + bf16Rows - 1) / bf16Rows
	for r := range l.blocks * bf16Rows {
		if r%bf16Panel == 0 {
			l.at = append(l.at, int32(2*r*m.pitch))
		}
		to := int32(-1)
		if r < rows {
			to = int32(4 * r * m.shape.N)
		}
		l.to = append(l.to, to)
	}
	return l
}

// Run computes c (Batch, M, N) from a (Batch, M, K), b (Batch, K, N) - the
// last two axes exchanged where the shape says transposed - and bias (N) or
// nil. c must not overlap the others. One Run at a time.
func (m *MatMulBF16) Run(p *Pool, c, a, b, bias []float32) {
	s := m.shape
	checkLen("MatMulBF16", "c", len(c), s.Batch*s.M*s.N)
	checkLen("MatMulBF16", "a", len(a), s.Batch*s.M*s.K)
	checkLen("MatMulBF16", "b", len(b), s.Batch*s.K*s.N)
	m.ep.checkBias("MatMulBF16", bias, s.N)
	m.bias = bias
	for i := range s.Batch {
		m.c, m.a, m.b = c[i*s.M*s.N:][:s.M*s.N], a[i*s.M*s.K:][:s.M*s.K], b[i*s.K*s.N:][:s.K*s.N]
		for block := range m.blocks {
			m.k = block * m.terms
			m.n = min(m.terms, s.K-m.k)
			panels := (*matMulPanels)(m)
			p.Do(panels.parts(), panels)
			p.Do(m.strips, (*matMulStrips)(m))
		}
	}
	m.c, m.a, m.b, m.bias = nil, nil, nil, nil
}

// matMulPanels is the task of rounding a block of B.
type matMulPanels MatMulBF16

// parts returns the number of parts: panels, or the steps across all panels,
// whichever reads memory in order.
func (m *matMulPanels) parts() int {
	if m.shape.TransB {
		return bf16Panels(m.shape.N)
	}
	return (m.n + bf16Step - 1) / bf16Step
}

// Part rounds part i.
func (m *matMulPanels) Part(i int) {
	s := m.shape
	if s.TransB {
		panel, j := m.panels[i*m.size:][:m.size], i*bf16Panel
		m.kernels.pairCols(&panel[0], &m.b[j*s.K+m.k], m.n, s.K, min(bf16Panel, s.N-j))
		clear(panel[roundUp(m.n, 2)*bf16Panel:])
		return
	}
	k := i * bf16Step
	n := min(bf16Step, m.n-k)
	m.kernels.pairRows(&m.panels[k*bf16Panel], &m.b[(m.k+k)*s.N], n, s.N, s.N, m.size)
	if n < bf16Step {
		for j := range bf16Panels(s.N) {
			clear(m.panels[j*m.size+k*bf16Panel:][roundUp(n, 2)*bf16Panel : bf16Step*bf16Panel])
		}
	}
}

// matMulStrips is the task of multiplying the strips of A by a block of B.
type matMulStrips MatMulBF16

// Part computes strip i.
func (m *matMulStrips) Part(i int) {
	w := m.scratch.get()
	defer m.scratch.put(w)
	s := m.shape
	i *= m.rows
	rows, layout := m.rows, &m.full
	if i+rows >= s.M {
		rows, layout = s.M-i, &m.last
	}
	m.convert(w.x, i, rows)
	t := &w.bf16Sweep
	t.a, t.aRow = pointer(w.x), 2*m.pitch
	t.use(layout)
	t.steps, t.n = &m.steps[0], (m.n+bf16Step-1)/bf16Step
	t.flags, t.bias = 0, nil
	if m.k > 0 {
		t.flags = flagAccumulate
	}
	t.bHalf = 2 * m.size
	final := m.k+m.n == s.K
	for j := 0; j < s.N; j += bf16Cols {
		t.b = pointer(m.panels[j/bf16Panel*m.size:])
		t.c = pointer(m.c[i*s.N+j:])
		if final {
			t.finish(m.ep, m.bias, j)
		}
		t.columns(s.N - j)
		m.kernels.sweep(t)
	}
	if final && !m.ep.inKernel() {
		m.ep.activate(m.c[i*s.N:][:rows*s.N])
	}
}

// convert rounds the block's columns of rows i to i+rows-1 of op(A) to x (rows,
// pitch).
func (m *matMulStrips) convert(x []bf16, i, rows int) {
	s := m.shape
	if s.TransA {
		for r := 0; r < rows; r += bf16Panel {
			m.kernels.transposeRows(&x[r*m.pitch], &m.a[m.k*s.M+i+r], m.n, m.pitch, s.M, min(bf16Panel, rows-r))
		}
	} else {
		m.kernels.convertRows(&x[0], &m.a[i*s.K+m.k], rows, m.n, m.pitch, s.K)
	}
	if m.n < m.terms {
		for r := range rows {
			clear(x[r*m.pitch+m.n:][:m.terms-m.n])
		}
	}
}
