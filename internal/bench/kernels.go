package bench

import (
	"context"
	"fmt"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// A KernelResult is the speed of one kernel on one shape.
type KernelResult struct {
	Kernel  string `json:"kernel"`
	Shape   string `json:"shape"`
	Level   string `json:"level"` // instruction set
	Threads int    `json:"threads"`
	GFLOPS  Rate   `json:"gflops"` // a multiply-add is two operations
}

// matMuls are the products of dense-2 at batch 256: forward, and the two
// gradients.
var matMuls = []kernel.MatMulShape{
	{Batch: 1, M: 256, N: 300, K: 784},
	{Batch: 1, M: 256, N: 784, K: 300},
	{Batch: 1, M: 256, N: 300, K: 784, TransB: true},
	{Batch: 1, M: 784, N: 300, K: 256, TransA: true},
	{Batch: 1, M: 1, N: 300, K: 784},
}

// convolutions are those of conv-128 at batch 128, and some with the channels
// of image codecs.
var convolutions = []kernel.ConvShape{
	same(128, 28, 1, 3, 16), same(128, 14, 16, 3, 8), same(128, 7, 8, 3, 8), same(128, 28, 16, 3, 1),
	same(8, 32, 64, 3, 64), same(4, 32, 128, 5, 128), same(8, 16, 192, 1, 192),
}

// same is a convolution of square images with Same padding and stride 1.
func same(n, size, c, k, out int) kernel.ConvShape {
	p := (k - 1) / 2
	return kernel.ConvShape{N: n, H: size, W: size, C: c, KH: k, KW: k, OutC: out,
		PadTop: p, PadLeft: p, PadBottom: k - 1 - p, PadRight: k - 1 - p}
}

// Kernels measures matrix products and convolutions with their gradients at the
// instruction set in use, calling report with each result.
func Kernels(ctx context.Context, threads int, t Trials, report func(KernelResult)) error {
	pool := kernel.NewPool(threads)
	defer pool.Close()
	m := meter{ctx: ctx, pool: pool, trials: t, report: report}
	m.peak()
	for _, s := range matMuls {
		m.matMul(s)
	}
	for _, s := range convolutions {
		m.convolution(s)
	}
	return m.err
}

// meter measures kernels until the first error.
type meter struct {
	ctx    context.Context
	pool   *kernel.Pool
	trials Trials
	report func(KernelResult)
	err    error
}

func (m *meter) measure(name, shape string, flops float64, run func()) {
	if m.err != nil {
		return
	}
	r := KernelResult{Kernel: name, Shape: shape, Level: kernel.Current().String(), Threads: m.pool.Workers()}
	r.GFLOPS, m.err = m.trials.rate(m.ctx, flops/1e9, func() error { run(); return nil })
	if m.err == nil {
		m.report(r)
	}
}

// peak measures what the machine does when nothing holds it up, if the level in
// use has a loop for that.
func (m *meter) peak() {
	if flops := kernel.Peak(nil); flops > 0 {
		all := flops * float64(m.pool.Workers())
		m.measure("peak", "independent multiply-adds", all, func() { kernel.Peak(m.pool) })
	}
}

func (m *meter) matMul(s kernel.MatMulShape) {
	a, b, c := ones(s.M*s.K), ones(s.K*s.N), ones(s.M*s.N)
	k := kernel.NewMatMul(s, kernel.Epilogue[float32]{})
	name := "matmul"
	switch {
	case s.TransA:
		name = "matmul, A transposed"
	case s.TransB:
		name = "matmul, B transposed"
	}
	m.measure(name, fmt.Sprintf("%dx%dx%d", s.M, s.K, s.N), 2*float64(s.M)*float64(s.N)*float64(s.K), func() {
		k.Run(m.pool, c, a, b, nil)
	})
}

func (m *meter) convolution(s kernel.ConvShape) {
	x, w := ones(s.N*s.H*s.W*s.C), ones(s.KH*s.KW*s.C*s.OutC)
	y := ones(s.N * s.OutH() * s.OutW() * s.OutC)
	shape := fmt.Sprintf("%dx%dx%dx%d, %dx%d, %d", s.N, s.H, s.W, s.C, s.KH, s.KW, s.OutC)
	flops := 2 * float64(len(y)) * float64(s.KH*s.KW*s.C)
	forward := kernel.NewConv2D(s, kernel.Epilogue[float32]{})
	m.measure("conv2d", shape, flops, func() { forward.Run(m.pool, y, x, w, nil) })
	input := kernel.NewConv2DInputGrad(s, kernel.Epilogue[float32]{})
	m.measure("conv2d input gradient", shape, flops, func() { input.Run(m.pool, x, y, w, nil) })
	filter := kernel.NewConv2DWeightGrad[float32](s)
	m.measure("conv2d filter gradient", shape, flops, func() { filter.Run(m.pool, w, x, y) })
	m.convolutionBF16(s, shape, flops, x, w, y)
}

// convolutionBF16 measures the same in bfloat16, where that pays.
func (m *meter) convolutionBF16(s kernel.ConvShape, shape string, flops float64, x, w, y []float32) {
	if k := kernel.NewConv2DBF16(s, kernel.Epilogue[float32]{}); k != nil {
		m.measure("conv2d, bf16", shape, flops, func() { k.Run(m.pool, y, x, w, nil) })
	}
	if k := kernel.NewConv2DInputGradBF16(s, kernel.Epilogue[float32]{}); k != nil {
		m.measure("conv2d input gradient, bf16", shape, flops, func() { k.Run(m.pool, x, y, w, nil) })
	}
	if k := kernel.NewConv2DWeightGradBF16(s); k != nil {
		m.measure("conv2d filter gradient, bf16", shape, flops, func() { k.Run(m.pool, w, x, y) })
	}
}

func ones(n int) []float32 {
	x := kernel.Alloc[float32](n)
	for i := range x {
		x[i] = 1e-3
	}
	return x
}
