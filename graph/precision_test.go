package graph

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBF16StaysClose compares a convolution, its gradients and a product in
// bfloat16 with float32. bfloat16 has 8 significant bits, so that each of two
// operands is off by at most 2^-9 and a sum of n independent products by about
// 2^-8 of the square root of the sum of their squares.
func TestBF16StaysClose(t *testing.T) {
	if !BF16Available() {
		t.Skip("this machine has no AMX for bfloat16")
	}
	rng := rand.New(rand.NewPCG(5, 5))
	x := Placeholder("x", Unknown, 16, 16, 64)
	w := NewVariable("w", randomSigned(rng, 3, 3, 64, 64))
	dense := NewVariable("d", randomSigned(rng, 64, 128))
	h := Conv2D(x, w, Stride(1, Same))
	y := MatMul(Reshape(h, Unknown, 64), dense)
	loss := Mean(Square(y))
	fetches := append([]*Node{h, y}, Gradients(loss, x, w, dense)...)
	feeds := map[*Node]*Tensor{x: randomSigned(rng, 4, 16, 16, 64)}
	results := map[Precision][]*Tensor{}
	for _, precision := range []Precision{Float32, BF16} {
		sess := NewSession[float32](SessionOptions{Threads: 2, Precision: precision})
		out, err := sess.Run(feeds, fetches...)
		if err != nil {
			t.Fatal(err)
		}
		results[precision] = out
		sess.Close()
	}
	for i := range fetches {
		a, b := results[Float32][i].Data, results[BF16][i].Data
		var diff, norm float64
		for k := range a {
			diff += math.Pow(float64(a[k]-b[k]), 2)
			norm += math.Pow(float64(a[k]), 2)
		}
		if rel := math.Sqrt(diff / norm); rel > 4.0/256 || rel == 0 {
			t.Errorf("fetch %d: relative difference %v", i, rel)
		}
	}
}

func randomSigned(rng *rand.Rand, shape ...int) *Tensor {
	t := NewTensor(shape...)
	for i := range t.Data {
		t.Data[i] = rng.Float32() - 0.5
	}
	return t
}
