package graph

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// denseModel returns a small autoencoder with its training fetches: loss and
// Adam updates.
func denseModel(rng *rand.Rand) (x *Node, loss, code *Node, vars []*Variable, fetches []*Node) {
	x = Placeholder("x", Unknown, 12)
	weight := func(name string, shape ...int) *Variable {
		w := NewTensor(shape...)
		for i := range w.Data {
			w.Data[i] = float32(rng.NormFloat64()) / 3
		}
		v := NewVariable(name, w)
		vars = append(vars, v)
		return v
	}
	code = LeakyRelu(Add(MatMul(x, weight("w1", 12, 5)), weight("b1", 5)), 0.3)
	y := Sigmoid(Add(MatMul(code, weight("w2", 5, 12)), weight("b2", 12)))
	loss = Mean(Square(Sub(y, x)))
	fetches = append(fetches, loss)
	var values []Value
	for _, v := range vars {
		values = append(values, v)
	}
	rate := HostScalar("rate", func(step int64) float64 { return 0.01 / float64(1+step) })
	rule := AdamRule{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7}
	for i, g := range Gradients(loss, values...) {
		slots := []*Variable{NewState("m", NewTensor(vars[i].Shape()...)), NewState("v", NewTensor(vars[i].Shape()...))}
		fetches = append(fetches, Update(rule, vars[i], slots, g, rate, nil))
	}
	return x, loss, code, vars, fetches
}

func randomTensor(rng *rand.Rand, shape ...int) *Tensor {
	t := NewTensor(shape...)
	for i := range t.Data {
		t.Data[i] = rng.Float32()
	}
	return t
}

func TestTrainingReducesLoss(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	x, loss, _, _, fetches := denseModel(rng)
	sess := NewSession[float32](SessionOptions{})
	defer sess.Close()
	feeds := map[*Node]*Tensor{x: randomTensor(rng, 7, 12)}
	var first, last float32
	for i := range 200 {
		out, err := sess.Run(feeds, fetches...)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = out[0].Data[0]
		}
		last = out[0].Data[0]
	}
	out, err := sess.Run(feeds, loss)
	if err != nil {
		t.Fatal(err)
	}
	if last >= first*0.9 || out[0].Data[0] > last {
		t.Errorf("loss went from %v to %v, then %v", first, last, out[0].Data[0])
	}
}

// TestThreadsDoNotChangeBits trains with several numbers of threads.
func TestThreadsDoNotChangeBits(t *testing.T) {
	var want []float32
	for _, threads := range []int{1, 2, 3, 7} {
		rng := rand.New(rand.NewPCG(1, 1))
		x, _, _, vars, fetches := denseModel(rng)
		sess := NewSession[float32](SessionOptions{Threads: threads})
		p, err := sess.Plan(5000, fetches...)
		if err != nil {
			t.Fatal(err)
		}
		copy(p.Input(x), randomTensor(rng, 5000, 12).Data)
		for step := range int64(3) {
			if err := p.Run(step); err != nil {
				t.Fatal(err)
			}
		}
		var got []float32
		for _, v := range vars {
			got = append(got, v.Value().Data...)
		}
		sess.Close()
		if want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Errorf("weights with %d threads differ from those with 1", threads)
		}
	}
}

func TestImageIsIndependentOfItsBatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	x := Placeholder("x", Unknown, 9, 7, 3)
	f := Constant(randomTensor(rng, 3, 3, 3, 5))
	y := Softmax(MaxPool2D(Elu(Conv2D(x, f, Stride(2, Same)), 1), 2, 2, Stride(2, Same)))
	all := randomTensor(rng, 33, 9, 7, 3)
	sess := NewSession[float32](SessionOptions{Threads: 3})
	defer sess.Close()
	run := func(t0 *Tensor) []float32 {
		out, err := sess.Run(map[*Node]*Tensor{x: t0}, y)
		if err != nil {
			t.Fatal(err)
		}
		return out[0].Data
	}
	whole := run(all)
	in, out := 9*7*3, len(whole)/33
	for _, span := range [][2]int{{0, 1}, {5, 6}, {3, 20}, {32, 33}} {
		lo, hi := span[0], span[1]
		part := run(TensorOf(all.Data[lo*in:hi*in], hi-lo, 9, 7, 3))
		if !slices.Equal(part, whole[lo*out:hi*out]) {
			t.Errorf("images %d to %d differ when run on their own", lo, hi)
		}
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	_, _, _, _, fetches := denseModel(rng)
	img := Placeholder("img", Unknown, 8, 8, 2)
	w := NewVariable("w", randomTensor(rng, 3, 3, 2, 4))
	h := Relu(Conv2D(img, w, Stride(1, Same)))
	l := Mean(Square(Upsample2D(MaxPool2D(h, 2, 2, Stride(2, Same)), 2, 2, Nearest)))
	l = Add(l, Mean(RandomNormal(h, 3)))
	acc := NewState("a", NewTensor(3, 3, 2, 4))
	fetches = append(fetches, l, Update(AdagradRule{0.1, 1e-7}, w, []*Variable{acc}, Gradients(l, w)[0], Scalar(0.1), nil))
	sess := NewSession[float32](SessionOptions{Threads: 2})
	defer sess.Close()
	p, err := sess.Plan(64, fetches...)
	if err != nil {
		t.Fatal(err)
	}
	step := int64(0)
	if n := testing.AllocsPerRun(20, func() {
		if err := p.Run(step); err != nil {
			t.Fatal(err)
		}
		step++
	}); n != 0 {
		t.Errorf("a run allocates %v times", n)
	}
}

// TestPlansAgree runs random graphs of elementwise operations, reductions and
// reshapes once with everything fetched, which keeps each value in memory of
// its own, and once with only the last fetched, which fuses and reuses.
func TestPlansAgree(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5))
		x := Placeholder("x", Unknown, 6, 4)
		row := Constant(randomTensor(rng, 4))
		nodes := []*Node{x, Constant(randomTensor(rng, 1)), Add(x, row)}
		for range 25 {
			nodes = append(nodes, randomOp(rng, nodes))
		}
		last := Add(Sum(nodes[len(nodes)-1]), Sum(nodes[len(nodes)-2]))
		grad := Gradients(last, x)[0]
		feeds := map[*Node]*Tensor{x: randomTensor(rng, 700, 6, 4)}
		sess := NewSession[float32](SessionOptions{Threads: 2})
		all, err := sess.Run(feeds, append(slices.Clone(nodes), last, grad)...)
		if err != nil {
			t.Fatal(err)
		}
		few, err := sess.Run(feeds, last, grad)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range few {
			if want := all[len(nodes)+i]; fmt.Sprint(got.Data) != fmt.Sprint(want.Data) {
				t.Errorf("seed %d: fetch %d depends on what else is fetched", seed, i)
			}
		}
		sess.Close()
	}
}

// randomOp applies a random operation to some of the nodes, all of shape
// (N, 6, 4) or one that broadcasts to it.
func randomOp(rng *rand.Rand, nodes []*Node) *Node {
	pick := func() *Node { return nodes[rng.IntN(len(nodes))] }
	big := func() *Node {
		for {
			if n := pick(); n.Shape().Equal(Shape{Unknown, 6, 4}) {
				return n
			}
		}
	}
	switch rng.IntN(9) {
	case 0:
		return Tanh(pick())
	case 1:
		return Scale(pick(), 0.5)
	case 2, 3:
		return Add(big(), pick())
	case 4:
		return Mul(big(), pick())
	case 5:
		return MeanKeep(big(), 1+rng.IntN(2))
	case 6:
		return Mean(big())
	case 7:
		return Reshape(Sigmoid(Reshape(big(), Unknown, 24)), Unknown, 6, 4)
	default:
		return Sub(pick(), big())
	}
}

// TestProgramKeepsItsSession runs a program whose session nobody else holds.
func TestProgramKeepsItsSession(t *testing.T) {
	x := Placeholder("x", Unknown, 64)
	y := MatMul(x, Constant(randomTensor(rand.New(rand.NewPCG(1, 1)), 64, 64)))
	p, err := NewSession[float32](SessionOptions{Threads: 3}).Plan(4096, y)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		runtime.GC()
		if err := p.Run(0); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPlanSame(t *testing.T) {
	x, target := Placeholder("x", Unknown, 4), Placeholder("target", Unknown, 4)
	w := Constant(TensorOf([]float32{1, 2, 3, 4}, 4))
	loss := Mean(Square(Sub(Mul(x, w), target)))
	sess := NewSession[float32](SessionOptions{})
	defer sess.Close()
	feed := randomTensor(rand.New(rand.NewPCG(1, 1)), 3, 4)
	want, err := sess.Run(map[*Node]*Tensor{x: feed, target: feed}, loss)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sess.PlanSame(3, map[*Node]*Node{target: x}, loss)
	if err != nil {
		t.Fatal(err)
	}
	copy(p.Input(x), feed.Data)
	if err := p.Run(0); err != nil {
		t.Fatal(err)
	}
	if got := p.Output(loss).Data[0]; got != want[0].Data[0] || p.Input(target) != nil {
		t.Errorf("loss %v, want %v; the target's buffer has %d elements", got, want[0].Data[0], len(p.Input(target)))
	}
	if _, err := sess.PlanSame(3, map[*Node]*Node{target: Placeholder("other", Unknown, 5)}, loss); err == nil {
		t.Error("placeholders of different shapes taken for the same")
	}
}

func TestErrors(t *testing.T) {
	x := Placeholder("x", Unknown, 4)
	sess := NewSession[float32](SessionOptions{})
	defer sess.Close()
	if _, err := sess.Run(map[*Node]*Tensor{}, Sum(x)); err == nil {
		t.Error("a missing feed gives no error")
	}
	if _, err := sess.Run(map[*Node]*Tensor{x: NewTensor(2, 5)}, Sum(x)); err == nil {
		t.Error("a feed of the wrong shape gives no error")
	}
	for name, build := range map[string]func(){
		"inner dimensions 4 and 3 differ":     func() { MatMul(x, Constant(NewTensor(3, 2))) },
		"dimensions 4 and 3 do not broadcast": func() { Add(x, Constant(NewTensor(3))) },
		"there is no axis 2":                  func() { Sum(x, 2) },
		"the window is larger than the image": func() { MaxPool2D(Placeholder("i", 1, 2, 2, 1), 3, 3, Stride(1, Valid)) },
		"3 channels and filters do not fit":   func() { Conv2D(Placeholder("i", 1, 2, 2, 3), Constant(NewTensor(1, 1, 2, 2)), Window{}) },
		"8 elements do not fit":               func() { Reshape(Constant(NewTensor(8)), 3, Unknown) },
		"[0 0] is no permutation":             func() { Transpose(x, 0, 0) },
		"does not lie inside":                 func() { Slice(x, []int{0, 2}, []int{Unknown, 3}) },
	} {
		func() {
			defer func() {
				e, ok := recover().(*ShapeError)
				if !ok || !strings.Contains(e.Error(), name) {
					t.Errorf("got %v, want a ShapeError with %q", e, name)
				}
			}()
			build()
		}()
	}
}

// TestActivationThroughPooling compares the gradient through an activation and
// its pooling, which is taken from the pooled values, with the two gradients
// one after the other.
func TestActivationThroughPooling(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	x := Placeholder("x", Unknown, 7, 6, 5)
	y := Relu(x)
	pooled := MaxPool2D(y, 2, 2, Stride(2, Same))
	loss := Sum(Mul(Square(pooled), Constant(randomSigned(rng, 5))))
	apart := Placeholder("y", Unknown, 7, 6, 5)
	pooledApart := MaxPool2D(apart, 2, 2, Stride(2, Same))
	lossApart := Sum(Mul(Square(pooledApart), loss.in[0].in[1]))
	want := newNode(&Elementwise{Kind: kernel.ReluGrad}, apart, Gradients(lossApart, apart)[0])
	sess := NewSession[float32](SessionOptions{})
	defer sess.Close()
	feed := randomSigned(rng, 3, 7, 6, 5)
	got, err := sess.Run(map[*Node]*Tensor{x: feed}, Gradients(loss, x)[0], y)
	if err != nil {
		t.Fatal(err)
	}
	expected, err := sess.Run(map[*Node]*Tensor{apart: got[1]}, want)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got[0].Data, expected[0].Data) {
		t.Error("the gradients differ")
	}
}
