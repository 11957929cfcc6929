package nn

import (
	"math"
	"math/rand/v2"
)

// An Initializer fills a new weight. fanIn and fanOut are the numbers of
// inputs that meet in one unit and of units that one input reaches. It must
// depend on its arguments alone and give the same bits on every machine.
type Initializer func(dst []float32, fanIn, fanOut int, r *rand.PCG)

// fans are the arguments of an Initializer.
type fans struct{ in, out int }

// Zeros sets all weights to 0: the default of biases.
func Zeros(dst []float32, _, _ int, _ *rand.PCG) { clear(dst) }

// Ones sets all weights to 1.
func Ones(dst []float32, _, _ int, _ *rand.PCG) { fill(dst, 1) }

// Constant returns an initialiser that sets all weights to v.
func Constant(v float32) Initializer {
	return func(dst []float32, _, _ int, _ *rand.PCG) { fill(dst, v) }
}

func fill(dst []float32, v float32) {
	for i := range dst {
		dst[i] = v
	}
}

// Uniform returns an initialiser that draws from [-limit, limit).
func Uniform(limit float64) Initializer {
	return func(dst []float32, _, _ int, r *rand.PCG) { uniform(dst, limit, r) }
}

// GlorotUniform draws from [-l, l), l = sqrt(6/(fanIn + fanOut)): the default
// of kernels (Glorot and Bengio, "Understanding the difficulty of training deep
// feedforward neural networks", 2010).
func GlorotUniform(dst []float32, fanIn, fanOut int, r *rand.PCG) {
	uniform(dst, math.Sqrt(6/float64(fanIn+fanOut)), r)
}

// HeUniform draws from [-l, l), l = sqrt(6/fanIn), for layers with ReLU (He et
// al., "Delving Deep into Rectifiers", 2015).
func HeUniform(dst []float32, fanIn, _ int, r *rand.PCG) {
	uniform(dst, math.Sqrt(6/float64(fanIn)), r)
}

// uniform draws float32(limit * (2u - 1)), u being the upper 53 bits of an
// output of r divided by 2^53.
func uniform(dst []float32, limit float64, r *rand.PCG) {
	for i := range dst {
		u := float64(r.Uint64()>>11) / (1 << 53)
		dst[i] = float32(limit * (2*u - 1)) // 2*u is exact, so fusing changes nothing
	}
}

// or returns i, or the default if i is nil.
func (i Initializer) or(byDefault Initializer) Initializer {
	if i == nil {
		return byDefault
	}
	return i
}
