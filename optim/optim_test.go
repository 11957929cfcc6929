package optim

import (
	"math"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
)

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Schedule
		step int64
		want float64
	}{
		{"constant", Constant(0.5), 1000, 0.5},
		{"decay before", StepDecay{Initial: 0.8, Every: 10, Factor: 0.5}, 9, 0.8},
		{"decay once", StepDecay{Initial: 0.8, Every: 10, Factor: 0.5}, 10, 0.4},
		{"decay thrice", StepDecay{Initial: 0.8, Every: 10, Factor: 0.5}, 35, 0.1},
		{"decay to nothing", StepDecay{Initial: 0.8, Every: 1, Factor: 0.5}, 1 << 60, 0},
		{"cosine start", Cosine{Initial: 1, Final: 0.2, Steps: 100}, 0, 1},
		{"cosine third", Cosine{Initial: 1, Steps: 3}, 1, 0.75},
		{"cosine middle", Cosine{Initial: 1, Final: 0.2, Steps: 100}, 50, 0.6},
		{"cosine end", Cosine{Initial: 1, Final: 0.2, Steps: 100}, 100, 0.2},
		{"cosine after", Cosine{Initial: 1, Final: 0.2, Steps: 100}, 1 << 40, 0.2},
		{"warm-up first", WarmUp{4, Constant(1)}, 0, 0.25},
		{"warm-up last", WarmUp{4, Constant(1)}, 3, 1},
		{"warm-up over", WarmUp{4, StepDecay{Initial: 1, Every: 2, Factor: 0.5}}, 6, 0.5},
	} {
		if got := c.s.Rate(c.step); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s: rate %v at step %d, want %v", c.name, got, c.step, c.want)
		}
	}
}

// The reference itself is off by half an ulp of its argument, up to 2.2e-16, and
// of its result.
func TestCosPi(t *testing.T) {
	for i := range 1001 {
		x := float64(i) / 1000
		if got, want := cosPi(x), math.Cos(math.Pi*x); math.Abs(got-want) > 4e-16 {
			t.Errorf("cosPi(%v) = %v, want %v", x, got, want)
		}
	}
}

// linear returns two variables of one and two elements and a loss whose
// gradients are those given.
func linear(g1 float32, g2 [2]float32) ([]*graph.Variable, *graph.Node) {
	a := graph.NewVariable("a", graph.NewTensor(1))
	b := graph.NewVariable("b", graph.NewTensor(2))
	loss := graph.Add(
		graph.Sum(graph.Mul(a, graph.Constant(graph.TensorOf([]float32{g1}, 1)))),
		graph.Sum(graph.Mul(b, graph.Constant(graph.TensorOf(g2[:], 2)))))
	return []*graph.Variable{a, b}, loss
}

func TestClipping(t *testing.T) {
	for _, c := range []struct {
		name string
		clip Clipping
		want [3]float64 // the gradients used
	}{
		{"none", nil, [3]float64{12, -3, 4}},
		{"by value", ByValue(3.5), [3]float64{3.5, -3, 3.5}},
		{"by norm", ByNorm(5), [3]float64{5, -3, 4}},
		{"by norm, smaller", ByNorm(2.5), [3]float64{2.5, -1.5, 2}},
		{"by global norm", ByGlobalNorm(6.5), [3]float64{6, -1.5, 2}},
		{"by global norm, in bounds", ByGlobalNorm(14), [3]float64{12, -3, 4}},
	} {
		vars, loss := linear(12, [2]float32{-3, 4})
		updates := SGD{LearningRate: Constant(1), Clip: c.clip}.Minimize(loss, vars)
		run(t, updates)
		got := append(vars[0].Value().Data, vars[1].Value().Data...)
		for i, w := range c.want {
			if math.Abs(float64(got[i])+w) > 1e-6 {
				t.Errorf("%s: element %d moved by %v, want %v", c.name, i, got[i], -w)
			}
		}
	}
}

func run(t *testing.T, updates []*graph.Node) {
	t.Helper()
	s := graph.NewSession[float32](graph.SessionOptions{})
	defer s.Close()
	if _, err := s.Run(nil, updates...); err != nil {
		t.Fatal(err)
	}
}

func TestSlots(t *testing.T) {
	for _, c := range []struct {
		o    Optimizer
		want []string
	}{
		{SGD{}, nil},
		{SGD{Momentum: 0.9}, []string{"a/sgd/velocity", "b/sgd/velocity"}},
		{Adagrad{}, []string{"a/adagrad/accumulator", "b/adagrad/accumulator"}},
		{RMSprop{}, []string{"a/rmsprop/mean_square", "b/rmsprop/mean_square"}},
		{Adam{}, []string{"a/adam/m", "a/adam/v", "b/adam/m", "b/adam/v"}},
		{AdamW{}, []string{"a/adamw/m", "a/adamw/v", "b/adamw/m", "b/adamw/v"}},
	} {
		vars, loss := linear(1, [2]float32{1, 1})
		slots := Slots(c.o.Minimize(loss, vars))
		if len(slots) != len(c.want) {
			t.Fatalf("%T keeps %d slots, want %v", c.o, len(slots), c.want)
		}
		for i, s := range slots {
			if s.Name() != c.want[i] || s.Trainable() {
				t.Errorf("%T: slot %d is %q (trainable %v), want %q", c.o, i, s.Name(), s.Trainable(), c.want[i])
			}
		}
	}
}

func TestMinimizeWantsScalar(t *testing.T) {
	defer func() {
		if _, ok := recover().(*graph.ShapeError); !ok {
			t.Error("no ShapeError for a loss of shape (2)")
		}
	}()
	v := graph.NewVariable("v", graph.NewTensor(2))
	SGD{}.Minimize(graph.Square(v), []*graph.Variable{v})
}
