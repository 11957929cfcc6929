package graph

import "github.com/hourglass-codec/hourglass/internal/kernel"

// Precision is the precision in which a session multiplies.
type Precision uint8

const (
	// Float32 multiplies in the session's element type, with the same bits on
	// every machine.
	Float32 Precision = iota
	// BF16 rounds the operands of large products and convolutions to bfloat16
	// and adds up in float32, where the CPU has tiles for it (Intel AMX; see
	// [BF16Available]) and it is faster. Variables, optimiser state and all else
	// stay float32. It is for speed in training and stands outside the promise
	// of equal bits on every machine; on one machine results still depend
	// neither on the number of threads nor on the rest of the batch. It has no
	// effect on a float64 session.
	BF16
)

// BF16Available reports whether [BF16] has an effect on this machine.
func BF16Available() bool { return kernel.BF16Available() }

// A linearKernel is a planned product, convolution or gradient of two operands
// with a bias.
type linearKernel[T Float] interface {
	Run(p *kernel.Pool, dst, a, b, bias []T)
}

// filterKernel is a planned filter gradient.
type filterKernel[T Float] interface {
	Run(p *kernel.Pool, dw, x, dy []T)
}

// reduced reports whether the session uses reduced precision where it pays.
func (p *planner[T]) reduced() bool {
	var z T
	_, single := any(z).(float32)
	return single && p.session.precise == BF16
}

func (p *planner[T]) matMulKernel(s kernel.MatMulShape, ep kernel.Epilogue[T]) linearKernel[T] {
	if p.reduced() {
		if k := kernel.NewMatMulBF16(s, any(ep).(kernel.Epilogue[float32])); k != nil {
			return any(k).(linearKernel[T])
		}
	}
	return kernel.NewMatMul(s, ep)
}

func (p *planner[T]) convKernel(s kernel.ConvShape, ep kernel.Epilogue[T]) linearKernel[T] {
	if p.reduced() {
		if k := kernel.NewConv2DBF16(s, any(ep).(kernel.Epilogue[float32])); k != nil {
			return any(k).(linearKernel[T])
		}
	}
	return kernel.NewConv2D(s, ep)
}

func (p *planner[T]) inputGradKernel(s kernel.ConvShape, ep kernel.Epilogue[T]) linearKernel[T] {
	if p.reduced() {
		if k := kernel.NewConv2DInputGradBF16(s, any(ep).(kernel.Epilogue[float32])); k != nil {
			return any(k).(linearKernel[T])
		}
	}
	return kernel.NewConv2DInputGrad(s, ep)
}

func (p *planner[T]) filterGradKernel(s kernel.ConvShape) filterKernel[T] {
	if p.reduced() {
		if k := kernel.NewConv2DWeightGradBF16(s); k != nil {
			return any(k).(filterKernel[T])
		}
	}
	return kernel.NewConv2DWeightGrad[T](s)
}
