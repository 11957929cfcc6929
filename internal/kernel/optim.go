package kernel

import (
	"fmt"
	"slices"
)

// The optimiser updates below change a variable w and its state in place from
// its gradient g, all of one length, in one pass over memory. Each formula is
// evaluated in the order written: a product that fma adds is not rounded, all
// else is, and ĝ = Scale·g. Callers compute the scalars in float64.

// SGDStep holds the scalars of [SGD].
type SGDStep[T Float] struct {
	Scale    T // factor of the gradient, 1 if it is not clipped
	Rate     T // learning rate η
	Momentum T // μ
}

// SGD is stochastic gradient descent: w = fma(-η, ĝ, w).
func SGD[T Float](w, g []T, s SGDStep[T]) {
	checkUpdate("SGD", len(w), len(g))
	if isFloat32[T]() && sgdSIMD(as32(w), as32(g), &[4]float32{float32(s.Scale), float32(-s.Rate)}) {
		return
	}
	for i, g := range g {
		w[i] = FMA(-s.Rate, s.Scale*g, w[i])
	}
}

// Momentum is SGD with momentum (Polyak 1964): v = fma(μ, v, ĝ) and
// w = fma(-η, v, w).
func Momentum[T Float](w, v, g []T, s SGDStep[T]) {
	checkUpdate("Momentum", len(w), len(v), len(g))
	if isFloat32[T]() {
		if p := s.params(); momentumSIMD(as32(w), as32(v), as32(g), &p) {
			return
		}
	}
	for i, g := range g {
		v[i] = FMA(s.Momentum, v[i], s.Scale*g)
		w[i] = FMA(-s.Rate, v[i], w[i])
	}
}

// Nesterov is SGD with Nesterov momentum (Sutskever et al. 2013, in the form
// that Keras and PyTorch use): v = fma(μ, v, ĝ) and
// w = fma(-η, fma(μ, v, ĝ), w).
func Nesterov[T Float](w, v, g []T, s SGDStep[T]) {
	checkUpdate("Nesterov", len(w), len(v), len(g))
	if isFloat32[T]() {
		if p := s.params(); nesterovSIMD(as32(w), as32(v), as32(g), &p) {
			return
		}
	}
	for i, g := range g {
		g = s.Scale * g
		v[i] = FMA(s.Momentum, v[i], g)
		w[i] = FMA(-s.Rate, FMA(s.Momentum, v[i], g), w[i])
	}
}

func (s SGDStep[T]) params() [4]float32 {
	return [4]float32{float32(s.Scale), float32(-s.Rate), float32(s.Momentum)}
}

// AdaptiveStep holds the scalars of [Adagrad] and [RMSprop].
type AdaptiveStep[T Float] struct {
	Scale    T // factor of the gradient, 1 if it is not clipped
	Rate     T // learning rate η
	Epsilon  T // ε
	Decay    T // ρ of RMSprop
	OneMinus T // 1 - ρ
}

// Adagrad is the update of Duchi, Hazan and Singer (2011):
// a = fma(ĝ, ĝ, a) and w = fma(-η, ĝ/(√a + ε), w).
func Adagrad[T Float](w, a, g []T, s AdaptiveStep[T]) {
	checkUpdate("Adagrad", len(w), len(a), len(g))
	if isFloat32[T]() {
		if p := s.params(); adagradSIMD(as32(w), as32(a), as32(g), &p) {
			return
		}
	}
	sqrt := scalarOps[T]().unary[Sqrt]
	for i, g := range g {
		g = s.Scale * g
		a[i] = FMA(g, g, a[i])
		w[i] = FMA(-s.Rate, g/(sqrt(a[i], 0)+s.Epsilon), w[i])
	}
}

// RMSprop is the update of Tieleman and Hinton (2012):
// v = fma(ρ, v, (1-ρ)·(ĝ·ĝ)) and w = fma(-η, ĝ/(√v + ε), w).
func RMSprop[T Float](w, v, g []T, s AdaptiveStep[T]) {
	checkUpdate("RMSprop", len(w), len(v), len(g))
	if isFloat32[T]() {
		if p := s.params(); rmspropSIMD(as32(w), as32(v), as32(g), &p) {
			return
		}
	}
	sqrt := scalarOps[T]().unary[Sqrt]
	for i, g := range g {
		g = s.Scale * g
		v[i] = FMA(s.Decay, v[i], s.OneMinus*T(g*g))
		w[i] = FMA(-s.Rate, g/(sqrt(v[i], 0)+s.Epsilon), w[i])
	}
}

func (s AdaptiveStep[T]) params() [8]float32 {
	return [8]float32{float32(s.Scale), float32(-s.Rate), float32(s.Epsilon), float32(s.Decay), float32(s.OneMinus)}
}

// AdamStep holds the scalars of [Adam] for step t = 1, 2, ...
type AdamStep[T Float] struct {
	Scale          T // factor of the gradient, 1 if it is not clipped
	Beta1          T // β₁
	OneMinusBeta1  T // 1 - β₁
	Beta2          T // β₂
	OneMinusBeta2  T // 1 - β₂
	Rate           T // η/(1-β₁ᵗ)
	RootCorrection T // 1/√(1-β₂ᵗ)
	Epsilon        T // ε
	Decay          T // η·λ, the decoupled weight decay of AdamW; 0 for Adam
}

// Adam is Algorithm 1 of Kingma and Ba (2015), and with Decay the AdamW of
// Loshchilov and Hutter (2019):
//
//	m = fma(β₁, m, (1-β₁)·ĝ)
//	v = fma(β₂, v, (1-β₂)·(ĝ·ĝ))
//	u = m / fma(√v, RootCorrection, ε)
//	w = fma(-Rate, u, fma(-Decay, w, w))
func Adam[T Float](w, m, v, g []T, s AdamStep[T]) {
	checkUpdate("Adam", len(w), len(m), len(v), len(g))
	if isFloat32[T]() {
		if p := s.params(); adamSIMD(as32(w), as32(m), as32(v), as32(g), &p) {
			return
		}
	}
	sqrt := scalarOps[T]().unary[Sqrt]
	for i, g := range g {
		g = s.Scale * g
		m[i] = FMA(s.Beta1, m[i], s.OneMinusBeta1*g)
		v[i] = FMA(s.Beta2, v[i], s.OneMinusBeta2*T(g*g))
		u := m[i] / FMA(sqrt(v[i], 0), s.RootCorrection, s.Epsilon)
		w[i] = FMA(-s.Rate, u, FMA(-s.Decay, w[i], w[i]))
	}
}

func (s AdamStep[T]) params() [12]float32 {
	return [12]float32{
		float32(s.Scale), float32(s.Beta1), float32(s.OneMinusBeta1), float32(s.Beta2), float32(s.OneMinusBeta2),
		float32(-s.Rate), float32(s.RootCorrection), float32(s.Epsilon), float32(-s.Decay),
	}
}

// checkUpdate panics unless all lengths are the same.
func checkUpdate(name string, lengths ...int) {
	for _, n := range lengths[1:] {
		if n != lengths[0] {
			panic(fmt.Sprintf("kernel: %s of slices of lengths %v", name, slices.Clone(lengths))) // the clone keeps lengths off the heap
		}
	}
}
