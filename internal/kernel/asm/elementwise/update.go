package main

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/internal/kernel/asm/vec"
)

// updates returns the optimiser updates; parameters are numbered as in the
// params methods of optim.go.
func updates(t vec.Target) []mapKernel {
	const rate, momentum = 1, 2              // of SGD and its kin
	const epsilon, decay, oneMinus = 2, 3, 4 // of Adagrad and RMSprop
	return []mapKernel{
		update(t, "sgd", 4, []string{"w"}, func(f *vec.Func, g vec.Value, s []vec.Value) []vec.Value {
			return []vec.Value{f.FMA(f.Param(rate), g, s[0])}
		}),
		update(t, "momentum", 4, []string{"w", "v"}, func(f *vec.Func, g vec.Value, s []vec.Value) []vec.Value {
			v := f.FMA(f.Param(momentum), s[1], g)
			return []vec.Value{f.FMA(f.Param(rate), v, s[0]), v}
		}),
		update(t, "nesterov", 4, []string{"w", "v"}, func(f *vec.Func, g vec.Value, s []vec.Value) []vec.Value {
			v := f.FMA(f.Param(momentum), s[1], g)
			return []vec.Value{f.FMA(f.Param(rate), f.FMA(f.Param(momentum), v, g), s[0]), v}
		}),
		update(t, "adagrad", 8, []string{"w", "a"}, func(f *vec.Func, g vec.Value, s []vec.Value) []vec.Value {
			a := f.FMA(g, g, s[1])
			u := f.Div(g, f.Add(f.Sqrt(a), f.Param(epsilon)))
			return []vec.Value{f.FMA(f.Param(rate), u, s[0]), a}
		}),
		update(t, "rmsprop", 8, []string{"w", "v"}, func(f *vec.Func, g vec.Value, s []vec.Value) []vec.Value {
			v := f.FMA(f.Param(decay), s[1], f.Mul(f.Param(oneMinus), f.Mul(g, g)))
			u := f.Div(g, f.Add(f.Sqrt(v), f.Param(epsilon)))
			return []vec.Value{f.FMA(f.Param(rate), u, s[0]), v}
		}),
		update(t, "adam", 12, []string{"w", "m", "v"}, adam),
	}
}

func adam(f *vec.Func, g vec.Value, s []vec.Value) []vec.Value {
	w, m, v := s[0], s[1], s[2]
	beta1, oneMinus1, beta2, oneMinus2 := f.Param(1), f.Param(2), f.Param(3), f.Param(4)
	rate, rootCorrection, epsilon, decay := f.Param(5), f.Param(6), f.Param(7), f.Param(8)
	m = f.FMA(beta1, m, f.Mul(oneMinus1, g))
	v = f.FMA(beta2, v, f.Mul(oneMinus2, f.Mul(g, g)))
	u := f.Div(m, f.FMA(f.Sqrt(v), rootCorrection, epsilon))
	return []vec.Value{f.FMA(rate, u, f.FMA(decay, w, w)), m, v}
}

// update returns the kernel of an optimiser that changes the streams state,
// given the new state as a function of the scaled gradient and the old.
func update(t vec.Target, name string, params int, state []string, def func(f *vec.Func, g vec.Value, s []vec.Value) []vec.Value) mapKernel {
	f := vec.NewFunc(t)
	in := make([]vec.Value, len(state))
	for i := range in {
		in[i] = f.Input(i)
	}
	f.Out = def(f, f.Mul(f.Param(0), f.Input(len(state))), in)
	name += t.Suffix()
	return mapKernel{
		name: name, f: f, out: state, in: append(state[:len(state):len(state)], "grad"),
		p:   fmt.Sprintf("p *[%d]float32", params),
		doc: fmt.Sprintf("%s updates n elements of the variable and its state; see optim.go for the formula.", name),
	}
}
