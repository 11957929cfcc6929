package graph

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// lower turns a unit into steps.
func (p *planner[T]) lower(u *unit) {
	switch {
	case u.fused:
		p.lowerFused(u)
	case u.linear != nil:
		p.lowerLinear(u)
	default:
		p.lowerSingle(u.nodes[0])
	}
}

// in returns the memory of the i-th value that n reads.
func (p *planner[T]) in(n *Node, i int) []T { return p.data[p.args[n][i].owner] }

// lowerSingle prepares an operation that runs on its own. Steps capture what
// they use, never the planner, which would outlive the planning in them.
func (p *planner[T]) lowerSingle(n *Node) {
	switch op := n.op.(type) {
	case *FilterGradOp:
		k := p.filterGradKernel(p.convShape(op.Window, op.Groups, n.in[0], n.in[2], n.in[1]))
		dw, x, dy, pool := p.data[n], p.in(n, 0), p.in(n, 1), p.session.pool
		p.add(func(int64) { k.Run(pool, dw, x, dy) })
	case *Pool2DOp:
		p.lowerPool(op, n)
	case *Pool2DGradOp:
		p.lowerPoolGrad(op, n)
	case *UpsampleOp:
		p.lowerUpsample(op, n)
	case *UpsampleGradOp:
		p.lowerUpsampleGrad(op, n)
	case *Reduce:
		p.lowerReduce(n, op.Kind, op.Axes)
	case *Unbroadcast:
		p.lowerReduce(n, kernel.ReduceSum, repeatedAxes(p.shape[n], p.shape[n.in[0]]))
	case *SoftmaxOp:
		p.lowerSoftmax(op, n)
	case *TransposeOp:
		dst, src, shape := p.data[n], p.in(n, 0), p.shape[n.in[0]]
		p.add(func(int64) { kernel.Permute(dst, src, shape, op.Perm) })
	case *ConcatOp:
		p.lowerConcat(op, n)
	case *SliceOp:
		dst, src := p.data[n], p.in(n, 0)
		c := newBlockCopy(p.shape[n.in[0]], op.Begin, p.shape[n])
		p.add(func(int64) { unpackBlock(c, dst, src) })
	case *PadOp:
		dst, src := p.data[n], p.in(n, 0)
		c := newBlockCopy(p.shape[n], op.Before, p.shape[n.in[0]])
		p.add(func(int64) {
			clear(dst)
			packBlock(c, dst, src)
		})
	case *Random:
		p.lowerRandom(op, n)
	default:
		panic(fmt.Sprintf("graph: the session cannot run %v", op))
	}
}

// A linearUnit is what follows a matrix product or a convolution in its unit.
type linearUnit struct {
	bias  *Node // nil: none
	act   kernel.Activation
	alpha float64
}

// lowerLinear prepares a product or convolution with its epilogue.
func (p *planner[T]) lowerLinear(u *unit) {
	n, l, pool := u.nodes[0], u.linear, p.session.pool
	ep := kernel.Epilogue[T]{Bias: l.bias != nil, Act: l.act, Alpha: T(l.alpha)}
	y, a, b := p.data[u.last()], p.in(n, 0), p.in(n, 1)
	var bias []T
	if l.bias != nil {
		bias = p.data[l.bias]
	}
	var k linearKernel[T]
	switch op := n.op.(type) {
	case *MatMulOp:
		k = p.matMulKernel(p.matMulShape(op, n), ep)
	case *Conv2DOp:
		k = p.convKernel(p.convShape(op.Window, op.Groups, n.in[0], n.in[1], n), ep)
	case *Conv2DTransposeOp:
		k = p.inputGradKernel(p.convShape(op.Window, op.Groups, n, n.in[1], n.in[0]), ep)
	}
	p.add(func(int64) { k.Run(pool, y, a, b, bias) })
}

func (p *planner[T]) matMulShape(op *MatMulOp, n *Node) kernel.MatMulShape {
	a, c := p.shape[n.in[0]], p.shape[n]
	s := kernel.MatMulShape{Batch: 1, TransA: op.TransA, TransB: op.TransB}
	if len(c) == 3 {
		s.Batch, a, c = c[0], a[1:], c[1:]
	}
	s.M, s.N, s.K = c[0], c[1], a[1]
	if op.TransA {
		s.K = a[0]
	}
	return s
}

// convShape describes the convolution of x with w to y.
func (p *planner[T]) convShape(win Window, groups int, x, w, y *Node) kernel.ConvShape {
	xs, ws, ys := p.shape[x], p.shape[w], p.shape[y]
	gy, gx := win.axes(ws[0], ws[1])
	_, gy = gy.output(xs[1], win.Mode)
	_, gx = gx.output(xs[2], win.Mode)
	s := kernel.ConvShape{
		N: xs[0], H: xs[1], W: xs[2], C: xs[3], KH: ws[0], KW: ws[1], OutC: ws[3],
		StrideH: gy.stride, StrideW: gx.stride, DilH: gy.dilation, DilW: gx.dilation,
		PadTop: gy.before, PadBottom: gy.after, PadLeft: gx.before, PadRight: gx.after,
		Groups: groups,
	}
	if s.OutH() != ys[1] || s.OutW() != ys[2] {
		panic(&ShapeError{"2-D convolution", []Shape{xs, ws, ys}, "these sizes do not belong together"})
	}
	return s
}

func (p *planner[T]) poolShape(op *Pool2DOp, x *Node) kernel.PoolShape {
	xs := p.shape[x]
	gy, gx := op.Window.axes(op.KH, op.KW)
	_, gy = gy.output(xs[1], op.Window.Mode)
	_, gx = gx.output(xs[2], op.Window.Mode)
	return kernel.PoolShape{
		N: xs[0], H: xs[1], W: xs[2], C: xs[3], KH: op.KH, KW: op.KW, StrideH: gy.stride, StrideW: gx.stride,
		PadTop: gy.before, PadBottom: gy.after, PadLeft: gx.before, PadRight: gx.after,
	}
}

func (p *planner[T]) lowerPool(op *Pool2DOp, n *Node) {
	y, x, s, pool := p.data[n], p.in(n, 0), p.poolShape(op, n.in[0]), p.session.pool
	if op.Kind == MaxPool {
		k := kernel.NewMaxPool[T](s)
		p.add(func(int64) { k.Run(pool, y, x) })
		return
	}
	k := kernel.NewAvgPool[T](s)
	p.add(func(int64) { k.Run(pool, y, x) })
}

func (p *planner[T]) lowerPoolGrad(op *Pool2DGradOp, n *Node) {
	dx, dy, s, pool := p.data[n], p.in(n, 0), p.poolShape(&op.Pool, n.in[1]), p.session.pool
	if op.Pool.Kind == MaxPool {
		k := kernel.NewMaxPoolGrad[T](s)
		x, y := p.in(n, 1), p.in(n, 2)
		p.add(func(int64) { k.Run(pool, dx, x, y, dy) })
		return
	}
	k := kernel.NewAvgPoolGrad[T](s)
	p.add(func(int64) { k.Run(pool, dx, dy) })
}

func (p *planner[T]) resizeShape(op *UpsampleOp, small *Node) kernel.ResizeShape {
	s := p.shape[small]
	return kernel.ResizeShape{N: s[0], H: s[1], W: s[2], C: s[3], FactorH: op.FY, FactorW: op.FX}
}

// resizer is a planned enlargement or its gradient.
type resizer[T Float] interface {
	Run(p *kernel.Pool, dst, src []T)
}

func (p *planner[T]) lowerUpsample(op *UpsampleOp, n *Node) {
	s := p.resizeShape(op, n.in[0])
	var k resizer[T] = kernel.NewResizeNearest[T](s)
	if op.Kind == Bilinear {
		k = kernel.NewResizeBilinear[T](s)
	}
	y, x, pool := p.data[n], p.in(n, 0), p.session.pool
	p.add(func(int64) { k.Run(pool, y, x) })
}

func (p *planner[T]) lowerUpsampleGrad(op *UpsampleGradOp, n *Node) {
	s := p.resizeShape(&op.Upsample, n.in[1])
	var k resizer[T] = kernel.NewResizeNearestGrad[T](s)
	if op.Upsample.Kind == Bilinear {
		k = kernel.NewResizeBilinearGrad[T](s)
	}
	dx, dy, pool := p.data[n], p.in(n, 0), p.session.pool
	p.add(func(int64) { k.Run(pool, dx, dy) })
}

func (p *planner[T]) lowerSoftmax(op *SoftmaxOp, n *Node) {
	kind := kernel.Softmax
	if op.Log {
		kind = kernel.LogSoftmax
	}
	s := p.shape[n]
	cols := s[len(s)-1]
	k := kernel.NewSoftmaxRows[T](kind, s.Elements()/cols, cols)
	y, x, pool := p.data[n], p.in(n, 0), p.session.pool
	p.add(func(int64) { k.Run(pool, y, x, nil) })
}

func (p *planner[T]) lowerRandom(op *Random, n *Node) {
	dst := p.data[n]
	if op.Dist == Normal {
		p.add(func(number int64) { kernel.Normal(dst, op.Seed, uint64(number), 0, 0, 1) })
		return
	}
	p.add(func(number int64) { kernel.Uniform(dst, op.Seed, uint64(number), 0, 0, 1) })
}

// repeatedAxes returns the axes of from over which to must be summed.
func repeatedAxes(to, from Shape) (axes []int) {
	off := len(from) - len(to)
	for i, d := range from {
		if d != 1 && (i < off || to[i-off] == 1) {
			axes = append(axes, i)
		}
	}
	return axes
}

// lowerReduce reduces n's input over axes, one run of adjacent axes at a time,
// last first.
func (p *planner[T]) lowerReduce(n *Node, kind kernel.ReduceOp, axes []int) {
	src, dst, shape, pool := p.in(n, 0), p.data[n], p.shape[n.in[0]], p.session.pool
	if len(axes) == 0 {
		p.add(func(int64) { copy(dst, src) })
		return
	}
	inner := 1
	for i := len(axes) - 1; i >= 0; i-- {
		last := axes[i]
		first := last
		for i > 0 && axes[i-1] == first-1 {
			i--
			first--
		}
		outer := shape[:first].Elements()
		inner *= shape[last+1:].Elements()
		mid := shape[first : last+1].Elements()
		shape = shape[:first]
		out := dst
		if i > 0 {
			out = p.alloc(outer * inner)
		}
		k, in := kernel.NewReduce[T](kind, outer, mid, inner), src
		p.add(func(int64) { k.Run(pool, out, in) })
		src = out
	}
}

// A blockCopy moves a block between a dense array and its place in a larger
// one.
type blockCopy struct {
	run     int   // elements that lie together in both
	offsets []int // where the runs are in the larger array
}

// newBlockCopy describes the block of the given size at begin in an array of
// shape whole.
func newBlockCopy(whole Shape, begin []int, size Shape) blockCopy {
	// The trailing dimensions that the block spans in full make one run with
	// the dimension before them.
	k := len(whole) - 1
	inner := 1
	for k > 0 && size[k] == whole[k] {
		inner *= whole[k]
		k--
	}
	if len(whole) == 0 {
		return blockCopy{run: 1, offsets: []int{0}}
	}
	c := blockCopy{run: size[k] * inner, offsets: []int{begin[k] * inner}}
	stride := whole[k] * inner
	for d := k - 1; d >= 0; d-- {
		var next []int
		for i := range size[d] {
			for _, off := range c.offsets {
				next = append(next, (begin[d]+i)*stride+off)
			}
		}
		c.offsets = next
		stride *= whole[d]
	}
	return c
}

// unpackBlock copies the block out of whole.
func unpackBlock[T Float](c blockCopy, block, whole []T) {
	for i, off := range c.offsets {
		copy(block[i*c.run:][:c.run], whole[off:])
	}
}

// packBlock copies the block into whole.
func packBlock[T Float](c blockCopy, whole, block []T) {
	for i, off := range c.offsets {
		copy(whole[off:], block[i*c.run:][:c.run])
	}
}

func (p *planner[T]) lowerConcat(op *ConcatOp, n *Node) {
	dst, begin := p.data[n], make([]int, len(p.shape[n]))
	for i, x := range n.in {
		c, src := newBlockCopy(p.shape[n], begin, p.shape[x]), p.in(n, i)
		p.add(func(int64) { packBlock(c, dst, src) })
		begin[op.Axis] += p.shape[x][op.Axis]
	}
}
