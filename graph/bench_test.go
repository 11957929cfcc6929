package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// A benchModel is an autoencoder on the graph API alone: its input and
// reconstruction.
type benchModel struct {
	rng    *rand.Rand
	vars   []*Variable
	values []Value
}

func (b *benchModel) weight(shape ...int) *Variable {
	w := NewTensor(shape...)
	fan := 1
	for _, d := range shape[:len(shape)-1] {
		fan *= d
	}
	for i := range w.Data {
		w.Data[i] = float32(b.rng.NormFloat64() / math.Sqrt(float64(fan)))
	}
	v := NewVariable(fmt.Sprint("w", len(b.vars)), w)
	b.vars, b.values = append(b.vars, v), append(b.values, v)
	return v
}

func (b *benchModel) dense(x *Node, out int) *Node {
	in := x.Shape()[len(x.Shape())-1]
	return Add(MatMul(x, b.weight(in, out)), b.weight(out))
}

func (b *benchModel) conv(x *Node, out int, mode PaddingMode) *Node {
	return Add(Conv2D(x, b.weight(3, 3, x.Shape()[3], out), Stride(1, mode)), b.weight(out))
}

func (b *benchModel) dense2() (x, y *Node) {
	x = Placeholder("x", Unknown, 784)
	h := LeakyRelu(b.dense(x, 300), 0.3)
	code := LeakyRelu(b.dense(h, 2), 0.3)
	return x, LeakyRelu(b.dense(LeakyRelu(b.dense(code, 300), 0.3), 784), 0.3)
}

func (b *benchModel) conv128() (x, y *Node) {
	x = Placeholder("x", Unknown, 28, 28, 1)
	h := x
	for _, c := range []int{16, 8, 8} {
		h = MaxPool2D(Relu(b.conv(h, c, Same)), 2, 2, Stride(2, Same))
	}
	for _, c := range []int{8, 8} {
		h = Upsample2D(Relu(b.conv(h, c, Same)), 2, 2, Nearest)
	}
	h = Upsample2D(Relu(b.conv(h, 16, Valid)), 2, 2, Nearest)
	return x, Sigmoid(b.conv(h, 1, Same))
}

// train returns the fetches of a training step with Adam.
func (b *benchModel) train(x, y *Node) []*Node {
	loss := Mean(Square(Sub(y, x)))
	fetches := []*Node{loss}
	rule := AdamRule{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7}
	for i, g := range Gradients(loss, b.values...) {
		v := b.vars[i]
		slots := []*Variable{NewState("m", NewTensor(v.Shape()...)), NewState("v", NewTensor(v.Shape()...))}
		fetches = append(fetches, Update(rule, v, slots, g, Scalar(5e-4), nil))
	}
	return fetches
}

func BenchmarkStep(b *testing.B) {
	for _, model := range []string{"dense-2", "conv-128"} {
		for _, task := range []string{"train", "infer"} {
			for _, batch := range []int{1, 128, 256} {
				if task == "train" && batch == 1 {
					continue
				}
				for _, threads := range []int{1, 2} {
					b.Run(fmt.Sprintf("%s/%s/%d/threads=%d", model, task, batch, threads), func(b *testing.B) {
						m := &benchModel{rng: rand.New(rand.NewPCG(1, 2))}
						x, y := m.dense2()
						if model == "conv-128" {
							m = &benchModel{rng: rand.New(rand.NewPCG(1, 2))}
							x, y = m.conv128()
						}
						fetches := []*Node{y}
						if task == "train" {
							fetches = m.train(x, y)
						}
						benchmarkProgram(b, x, fetches, batch, threads)
					})
				}
			}
		}
	}
}

func benchmarkProgram(b *testing.B, x *Node, fetches []*Node, batch, threads int) {
	sess := NewSession[float32](SessionOptions{Threads: threads})
	defer sess.Close()
	p, err := sess.Plan(batch, fetches...)
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range p.Input(x) {
		p.Input(x)[i] = rng.Float32()
	}
	step := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Run(step); err != nil {
			b.Fatal(err)
		}
		step++
	}
	b.ReportMetric(float64(batch)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
}
