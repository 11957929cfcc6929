package nn

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/optim"
)

// noise returns samples of numbers uniform in [0, 1).
func noise(seed uint64, shape ...int) *graph.Tensor {
	t := graph.NewTensor(shape...)
	uniform(t.Data, 0.5, rand.NewPCG(seed, 0))
	for i := range t.Data {
		t.Data[i] += 0.5
	}
	return t
}

func TestFitLearns(t *testing.T) {
	_, _, ae := dense2(1)
	ae.Compile(CompileConfig{Optimizer: optim.Adam{LearningRate: optim.Constant(1e-3)}})
	x := noise(1, 70, 784)
	before, err := ae.Evaluate(x, nil)
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	h, err := ae.Fit(context.Background(), x, nil, FitConfig{
		Epochs: 4, Validation: &Data{X: x},
		OnStep: func(p Progress) error { steps++; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if steps != 4*3 || ae.Trainer().StepCount() != int64(steps) {
		t.Errorf("%d steps reported, %d counted, want 12", steps, ae.Trainer().StepCount())
	}
	if len(h.Loss) != 4 || len(h.ValidationLoss) != 4 || !(h.ValidationLoss[3] < before/2) {
		t.Errorf("losses %v and %v, from %v", h.Loss, h.ValidationLoss, before)
	}
}

func TestFitStops(t *testing.T) {
	x := noise(1, 64, 784)
	stop := errors.New("stop")
	ctx, cancel := context.WithCancel(context.Background())
	for _, c := range []struct {
		name string
		cfg  FitConfig
		want error
	}{
		{"after a step", FitConfig{OnStep: func(Progress) error { return stop }}, stop},
		{"after an epoch", FitConfig{OnEpoch: func(Progress) error { return stop }}, stop},
		{"by context", FitConfig{OnStep: func(Progress) error { cancel(); return nil }}, context.Canceled},
	} {
		_, _, ae := dense2(1)
		ae.Compile(CompileConfig{})
		if _, err := ae.Fit(ctx, x, nil, c.cfg); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
}

func TestFitDiverges(t *testing.T) {
	_, _, ae := dense2(1)
	ae.Compile(CompileConfig{Optimizer: optim.SGD{LearningRate: optim.Constant(1e30)}})
	var diverged *DivergedError
	_, err := ae.Fit(context.Background(), noise(1, 8, 784), nil, FitConfig{Epochs: 9})
	if !errors.As(err, &diverged) || diverged.Step < 2 {
		t.Errorf("error %v", err)
	}
}

func TestFitRefusesData(t *testing.T) {
	_, _, ae := dense2(1)
	ae.Compile(CompileConfig{})
	for name, d := range map[string]Data{
		"wrong samples":  {X: noise(1, 3, 28, 28)},
		"wrong targets":  {X: noise(1, 3, 784), Y: noise(1, 3, 2)},
		"too few":        {X: noise(1, 3, 784), Y: noise(1, 2, 784)},
		"nothing at all": {X: noise(1, 0, 784)},
	} {
		if _, err := ae.Fit(context.Background(), d.X, d.Y, FitConfig{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// trained returns the weights after some epochs.
func trained(t *testing.T, threads int, epochs ...int) []float32 {
	t.Helper()
	_, _, ae := dense2(3)
	ae.Compile(CompileConfig{Optimizer: optim.Adam{}, Threads: threads})
	x, first := noise(1, 50, 784), 0
	for _, last := range epochs {
		if _, err := ae.Fit(context.Background(), x, nil, FitConfig{InitialEpoch: first, Epochs: last, Seed: 5}); err != nil {
			t.Fatal(err)
		}
		first = last
	}
	var all []float32
	for _, v := range ae.Weights() {
		all = append(all, v.Value().Data...)
	}
	return all
}

func TestTrainingIsReproducible(t *testing.T) {
	want := trained(t, 1, 3)
	if !slices.Equal(want, trained(t, 3, 3)) {
		t.Error("three threads give other weights than one")
	}
	if !slices.Equal(want, trained(t, 2, 1, 3)) {
		t.Error("a training in two parts gives other weights than one in one part")
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	_, _, ae := dense2(1)
	trainer := NewTrainer(ae, CompileConfig{Optimizer: optim.Adam{}, Threads: 1})
	x := noise(1, 32, 784)
	step := func() {
		if _, err := trainer.Step(x.Data, nil, 32); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if n := testing.AllocsPerRun(5, step); n != 0 {
		t.Errorf("a step allocates %v times", n)
	}
}

func TestPredictIgnoresBatch(t *testing.T) {
	_, _, ae := dense2(1)
	x := noise(1, predictBatch+5, 784)
	all, err := ae.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Shape{predictBatch + 5, 784}); !all.Shape.Equal(want) {
		t.Fatalf("shape %v, want %v", all.Shape, want)
	}
	for _, i := range []int{0, 77, predictBatch, predictBatch + 4} {
		one, err := ae.Predict(graph.TensorOf(x.Data[i*784:(i+1)*784], 1, 784))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(one.Data, all.Data[i*784:(i+1)*784]) {
			t.Errorf("sample %d alone gives other numbers than in a batch", i)
		}
	}
}

func TestPredictRefusesShape(t *testing.T) {
	_, _, ae := dense2(1)
	if _, err := ae.Predict(noise(1, 2, 783)); err == nil {
		t.Error("no error for samples of 783")
	}
}

func TestInitialWeights(t *testing.T) {
	_, _, ae := dense2(1)
	_, _, same := dense2(1)
	_, _, other := dense2(2)
	limit := math.Sqrt(6.0 / 1084)
	for i, v := range ae.Weights() {
		got := v.Value().Data
		if !slices.Equal(got, same.Weights()[i].Value().Data) {
			t.Errorf("%s differs for the same seed", v.Name())
		}
		switch v.Name() {
		case "encoder_dense_1/bias":
			if slices.Max(got) != 0 || slices.Min(got) != 0 {
				t.Error("biases are not zero")
			}
		case "encoder_dense_1/kernel":
			if slices.Equal(got, other.Weights()[i].Value().Data) {
				t.Error("kernels do not depend on the seed")
			}
			top, least := float64(slices.Max(got)), float64(slices.Min(got))
			if top > limit || top < 0.999*limit || least < -limit || least > -0.999*limit {
				t.Errorf("kernel from %v to %v, want ±%v", least, top, limit)
			}
		}
	}
}
