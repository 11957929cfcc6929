package nn

import (
	"math"
	"slices"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/optim"
)

// run returns the model's output for x in a phase, for the given step.
func run(t *testing.T, m *Model, training bool, step int64, x *graph.Tensor) []float32 {
	t.Helper()
	in := graph.Placeholder("x", x.Shape...)
	y, updates := m.Graph(training, in)
	s := graph.NewSession[float32](graph.SessionOptions{})
	defer s.Close()
	p, err := s.Plan(0, append(y, updates...)...)
	if err != nil {
		t.Fatal(err)
	}
	copy(p.Input(in), x.Data)
	if err := p.Run(step); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(p.Output(y[0]).Data)
}

// moments of a slice.
func momentsOf(x []float32) (mean, deviation float64) {
	for _, v := range x {
		mean += float64(v) / float64(len(x))
	}
	for _, v := range x {
		deviation += (float64(v) - mean) * (float64(v) - mean) / float64(len(x))
	}
	return mean, math.Sqrt(deviation)
}

func single(config Config, shape ...int) *Model {
	b := &Builder{Seed: 9}
	x := b.Input("x", shape...)
	return NewModel("m", x, New(config).Apply(x))
}

func TestDropout(t *testing.T) {
	m, x := single(Dropout{Rate: 0.25}, 100), graph.NewTensor(100, 100)
	fill(x.Data, 3)
	if got := run(t, m, false, 0, x); !slices.Equal(got, x.Data) {
		t.Error("dropout changes what is predicted")
	}
	first := run(t, m, true, 0, x)
	dropped := 0
	for _, v := range first {
		switch v {
		case 0:
			dropped++
		case 4:
		default:
			t.Fatalf("3 became %v", v)
		}
	}
	if dropped < 2300 || dropped > 2700 { // six standard deviations around 2500
		t.Errorf("%d of 10000 dropped, want a quarter", dropped)
	}
	if slices.Equal(first, run(t, m, true, 1, x)) {
		t.Error("two steps drop the same elements")
	}
	if !slices.Equal(first, run(t, m, true, 0, x)) {
		t.Error("one step drops other elements when repeated")
	}
}

func TestGaussianNoise(t *testing.T) {
	m, x := single(GaussianNoise{StdDev: 0.5}, 100), graph.NewTensor(100, 100)
	if got := run(t, m, false, 0, x); !slices.Equal(got, x.Data) {
		t.Error("noise on what is predicted")
	}
	mean, deviation := momentsOf(run(t, m, true, 0, x))
	if math.Abs(mean) > 0.03 || math.Abs(deviation-0.5) > 0.03 { // six standard errors
		t.Errorf("noise of mean %v and deviation %v, want 0 and 0.5", mean, deviation)
	}
}

// Two uses of one noise layer draw different noise.
func TestNoiseOfEachUse(t *testing.T) {
	b := &Builder{}
	x := b.Input("x", 8)
	noise := New(GaussianNoise{StdDev: 1})
	m := NewModelOf("m", []*Node{x}, []*Node{Concatenate{}.Apply(noise.Apply(x), noise.Apply(x))})
	got := run(t, m, true, 0, graph.NewTensor(1, 8))
	if slices.Equal(got[:8], got[8:]) {
		t.Error("both uses add the same")
	}
}

func TestBatchNormalization(t *testing.T) {
	m := single(BatchNormalization{Momentum: 0.5, Epsilon: 1e-9}, 2)
	x := graph.TensorOf([]float32{1, 10, 3, 30, 5, 50, 7, 70}, 4, 2) // means 4 and 40, variances 5 and 500
	got := run(t, m, true, 0, x)
	for i, want := range []float64{-3 / math.Sqrt(5), -3 / math.Sqrt(5), -1 / math.Sqrt(5), -1 / math.Sqrt(5)} {
		if math.Abs(float64(got[i])-want) > 1e-6 {
			t.Errorf("element %d is %v, want %v", i, got[i], want)
		}
	}
	// From mean 0 and variance 1, half way to the batch's.
	if mean := m.weights[2].Value().Data; !slices.Equal(mean, []float32{2, 20}) {
		t.Errorf("moving mean %v, want [2 20]", mean)
	}
	if variance := m.weights[3].Value().Data; !slices.Equal(variance, []float32{3, 250.5}) {
		t.Errorf("moving variance %v, want [3 250.5]", variance)
	}
	predicted, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	if want := (1 - 2) / math.Sqrt(3); math.Abs(float64(predicted.Data[0])-want) > 1e-6 {
		t.Errorf("predicted %v, want %v", predicted.Data[0], want)
	}
}

// A layer used twice averages over both uses.
func TestBatchNormalizationUsedTwice(t *testing.T) {
	b := &Builder{}
	x := b.Input("x", 1)
	norm := New(BatchNormalization{Momentum: 0.5})
	y := norm.Apply(x)
	m := NewModel("m", x, Add{}.Apply(y, norm.Apply(x)))
	run(t, m, true, 0, graph.TensorOf([]float32{4, 8}, 2, 1))
	if got := norm.Weights()[2].Value().Data[0]; got != 4.5 { // 0, 3, 4.5
		t.Errorf("moving mean %v, want 4.5", got)
	}
}

// Training moves averages as well as weights, evaluation moves nothing.
func TestTrainerState(t *testing.T) {
	b := &Builder{Seed: 1}
	x := b.Input("x", 6)
	h := Dropout{Rate: 0.1}.Apply(BatchNormalization{}.Apply(Dense{Units: 4, Activation: ReLU{}}.Apply(x)))
	m := NewModel("m", x, Dense{Units: 6}.Apply(h))
	trainer := NewTrainer(m, CompileConfig{Optimizer: optim.Adam{}})
	defer trainer.Close()
	if n, want := len(trainer.State()), 8+2*6; n != want {
		t.Errorf("%d variables of state, want %d", n, want)
	}
	data := noise(1, 16, 6).Data
	before := snapshot(trainer)
	if _, err := trainer.Loss(data, nil, 16); err != nil {
		t.Fatal(err)
	}
	for i, v := range trainer.State() {
		if !slices.Equal(v.Value().Data, before[i]) {
			t.Errorf("evaluation changes %s", v.Name())
		}
	}
	if _, err := trainer.Step(data, nil, 16); err != nil {
		t.Fatal(err)
	}
	for i, v := range trainer.State() {
		if slices.Equal(v.Value().Data, before[i]) {
			t.Errorf("a step does not change %s", v.Name())
		}
	}
}

func snapshot(trainer *Trainer) (values [][]float32) {
	for _, v := range trainer.State() {
		values = append(values, slices.Clone(v.Value().Data))
	}
	return values
}

// A training whose state was put into a new trainer goes on with equal bits.
func TestTrainerResumes(t *testing.T) {
	build := func() *Trainer {
		b := &Builder{Seed: 1}
		x := b.Input("x", 6)
		h := Dropout{Rate: 0.3}.Apply(BatchNormalization{}.Apply(Dense{Units: 4}.Apply(x)))
		rate := optim.WarmUp{Steps: 5, Then: optim.Cosine{Initial: 0.1, Steps: 20}}
		return NewTrainer(NewModel("m", x, Dense{Units: 6}.Apply(h)), CompileConfig{Optimizer: optim.Adam{LearningRate: rate}})
	}
	steps := func(trainer *Trainer, n int) {
		for range n {
			if _, err := trainer.Step(noise(uint64(trainer.StepCount()), 16, 6).Data, nil, 16); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole, first, second := build(), build(), build()
	steps(whole, 9)
	steps(first, 4)
	for i, values := range snapshot(first) {
		copy(second.State()[i].Value().Data, values)
	}
	second.SetStepCount(first.StepCount())
	steps(second, 5)
	for i, v := range whole.State() {
		if !slices.Equal(v.Value().Data, second.State()[i].Value().Data) {
			t.Errorf("%s differs", v.Name())
		}
	}
}

func TestCrossEntropyOfSureModel(t *testing.T) {
	z, target := graph.Placeholder("z", 2), graph.Placeholder("target", 2)
	loss := BinaryCrossEntropy(graph.Sigmoid(z), target)
	s := graph.NewSession[float32](graph.SessionOptions{})
	defer s.Close()
	out, err := s.Run(map[*graph.Node]*graph.Tensor{
		z: graph.TensorOf([]float32{200, -200}, 2), target: graph.TensorOf([]float32{0, 0}, 2),
	}, loss)
	if err != nil {
		t.Fatal(err)
	}
	if got := out[0].Data[0]; got != 100 {
		t.Errorf("loss %v, want 100", got)
	}
}
