package optim

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/safetensors"
)

// torchSettings are the arguments of one of PyTorch's optimisers.
type torchSettings struct {
	LR, Momentum, Alpha, Eps float64
	Nesterov                 bool
	Betas                    [2]float64
	WeightDecay              float64 `json:"weight_decay"`
	InitialAccumulator       float64 `json:"initial_accumulator_value"`
}

// parityOptimizers are the optimisers of testdata/parity that this package has.
var parityOptimizers = map[string]func(torchSettings) Optimizer{
	"sgd":          func(s torchSettings) Optimizer { return SGD{LearningRate: Constant(s.LR)} },
	"sgd_momentum": func(s torchSettings) Optimizer { return SGD{LearningRate: Constant(s.LR), Momentum: s.Momentum} },
	"sgd_nesterov": func(s torchSettings) Optimizer {
		return SGD{LearningRate: Constant(s.LR), Momentum: s.Momentum, Nesterov: s.Nesterov}
	},
	"adagrad": func(s torchSettings) Optimizer {
		return Adagrad{LearningRate: Constant(s.LR), InitialAccumulator: s.InitialAccumulator, Epsilon: s.Eps}
	},
	"rmsprop": func(s torchSettings) Optimizer {
		return RMSprop{LearningRate: Constant(s.LR), Rho: s.Alpha, Epsilon: s.Eps}
	},
	"adam":               torchAdam,
	"adam_large_epsilon": torchAdam,
	"adamw": func(s torchSettings) Optimizer {
		return AdamW{LearningRate: Constant(s.LR), WeightDecay: s.WeightDecay, Beta1: s.Betas[0], Beta2: s.Betas[1], Epsilon: s.Eps}
	},
}

func torchAdam(s torchSettings) Optimizer {
	return Adam{LearningRate: Constant(s.LR), Beta1: s.Betas[0], Beta2: s.Betas[1], Epsilon: s.Eps}
}

// TestParityWithPyTorch follows twelve steps of each optimiser with given
// gradients. testdata/parity/README.md derives the tolerance.
func TestParityWithPyTorch(t *testing.T) {
	data, err := os.ReadFile("../testdata/parity/optimisers.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Read(bytes.NewReader(data), len(data))
	if err != nil {
		t.Fatal(err)
	}
	load := func(name string) []float32 {
		v, err := file.Tensor(name).Float32()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var settings map[string]torchSettings
	if err := json.Unmarshal([]byte(file.Metadata["settings"]), &settings); err != nil {
		t.Fatal(err)
	}
	for name, build := range parityOptimizers {
		t.Run(name, func(t *testing.T) {
			comparePath(t, build(settings[name]), load("initial"), load("gradients"), load("path/"+name))
		})
	}
}

// comparePath gives the optimiser a loss whose gradients are those given, a
// step a row, and compares the weights after each step.
func comparePath(t *testing.T, o Optimizer, initial, gradients, path []float32) {
	n := len(initial)
	w := graph.NewVariable("w", graph.TensorOf(initial, n))
	g := graph.Placeholder("gradient", n)
	updates := o.Minimize(graph.Sum(graph.Mul(w, g)), []*graph.Variable{w})
	session := graph.NewSession[float32](graph.SessionOptions{Threads: 1})
	defer session.Close()
	largest := 0.0
	for _, v := range path {
		largest = max(largest, math.Abs(float64(v)))
	}
	for step := range len(gradients) / n {
		row := graph.TensorOf(gradients[step*n:(step+1)*n], n)
		if _, err := session.Run(map[*graph.Node]*graph.Tensor{g: row}, updates...); err != nil {
			t.Fatal(err)
		}
		for i, v := range w.Value().Data {
			if want := path[step*n+i]; !(math.Abs(float64(v)-float64(want)) <= 1e-5*largest) {
				t.Fatalf("step %d: weight %d is %v, want %v", step, i, v, want)
			}
		}
	}
}
