package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// A gradCase is a function whose gradients are checked: build makes it from
// inputs of the given shapes, the first dimension of which is left open, with
// values from [lo, hi].
type gradCase struct {
	name   string
	shapes []Shape
	lo, hi float64
	build  func(x []*Node) *Node
}

func unaryCase(name string, lo, hi float64, f func(Value) *Node) gradCase {
	return gradCase{name, []Shape{{3, 5}}, lo, hi, func(x []*Node) *Node { return f(x[0]) }}
}

func binaryCase(name string, a, b Shape, lo, hi float64, f func(a, b Value) *Node) gradCase {
	return gradCase{name, []Shape{a, b}, lo, hi, func(x []*Node) *Node { return f(x[0], x[1]) }}
}

var gradCases = []gradCase{
	unaryCase("Neg", -2, 2, Neg),
	unaryCase("Abs", 0.1, 2, Abs),
	unaryCase("Abs negative", -2, -0.1, Abs),
	unaryCase("Square", -2, 2, Square),
	unaryCase("Sqrt", 0.2, 3, Sqrt),
	unaryCase("Rsqrt", 0.2, 3, Rsqrt),
	unaryCase("Reciprocal", 0.2, 3, Reciprocal),
	unaryCase("Exp", -2, 2, Exp),
	unaryCase("Expm1", -2, 2, Expm1),
	unaryCase("Log", 0.2, 3, Log),
	unaryCase("Log1p", -0.8, 3, Log1p),
	unaryCase("Erf", -2, 2, Erf),
	unaryCase("NormalCDF", -2, 2, NormalCDF),
	unaryCase("Sigmoid", -3, 3, Sigmoid),
	unaryCase("LogSigmoid", -3, 3, LogSigmoid),
	unaryCase("Tanh", -3, 3, Tanh),
	unaryCase("Softplus", -3, 3, Softplus),
	unaryCase("Gelu", -3, 3, Gelu),
	unaryCase("Silu", -3, 3, Silu),
	unaryCase("Shift", -3, 3, func(x Value) *Node { return Shift(x, 1.5) }),
	unaryCase("Scale", -3, 3, func(x Value) *Node { return Scale(x, -1.5) }),
	unaryCase("Relu", 0.1, 3, Relu),
	unaryCase("Relu negative", -3, -0.1, Relu),
	unaryCase("LeakyRelu", 0.1, 3, func(x Value) *Node { return LeakyRelu(x, 0.3) }),
	unaryCase("LeakyRelu negative", -3, -0.1, func(x Value) *Node { return LeakyRelu(x, 0.3) }),
	unaryCase("Elu", 0.1, 3, func(x Value) *Node { return Elu(x, 0.7) }),
	unaryCase("Elu negative", -3, -0.1, func(x Value) *Node { return Elu(x, 0.7) }),
	unaryCase("Softmax", -3, 3, Softmax),
	unaryCase("LogSoftmax", -3, 3, LogSoftmax),
	unaryCase("Sum", -3, 3, func(x Value) *Node { return Square(Sum(x)) }),
	unaryCase("Mean", -3, 3, func(x Value) *Node { return Square(Mean(x)) }),
	unaryCase("Mean of rows", -3, 3, func(x Value) *Node { return Square(Mean(x, 1)) }),
	unaryCase("Mean of columns kept", -3, 3, func(x Value) *Node { return Square(MeanKeep(x, 0)) }),
	unaryCase("ReduceMax", -3, 3, func(x Value) *Node { return Square(ReduceMax(x, -1)) }),
	unaryCase("ReduceMin", -3, 3, func(x Value) *Node { return Square(ReduceMin(x, 0)) }),
	unaryCase("variance", -3, 3, func(x Value) *Node { return Mean(Square(Sub(x, MeanKeep(x, 0)))) }),
	unaryCase("Flatten", -3, 3, func(x Value) *Node { return Square(Flatten(x)) }),

	binaryCase("Add", Shape{3, 5}, Shape{3, 5}, -2, 2, Add),
	binaryCase("Add row", Shape{3, 5}, Shape{5}, -2, 2, Add),
	binaryCase("Sub column", Shape{3, 5}, Shape{3, 1}, -2, 2, Sub),
	binaryCase("Mul outer", Shape{3, 1}, Shape{5}, -2, 2, Mul),
	binaryCase("Mul scalar", Shape{}, Shape{3, 5}, -2, 2, Mul),
	binaryCase("Mul middle", Shape{2, 3, 4, 5}, Shape{2, 1, 1, 5}, -2, 2, Mul),
	binaryCase("Mul alternating", Shape{3, 1, 4, 1}, Shape{1, 2, 1, 3}, -2, 2, Mul),
	binaryCase("Div", Shape{3, 5}, Shape{5}, 0.5, 2, Div),
	binaryCase("Max", Shape{3, 5}, Shape{5}, -2, 2, Max),
	binaryCase("Min", Shape{3, 5}, Shape{3, 1}, -2, 2, Min),
	{"Select", []Shape{{3, 5}, {5}, {3, 1}}, -2, 2, func(x []*Node) *Node {
		return Select(Less(x[0], x[1]), x[1], x[2])
	}},
	binaryCase("MatMul", Shape{3, 5}, Shape{5, 4}, -2, 2, MatMul),
	binaryCase("MatMul A transposed", Shape{5, 3}, Shape{5, 4}, -2, 2, func(a, b Value) *Node { return matMul(a, b, true, false) }),
	binaryCase("MatMul B transposed", Shape{3, 5}, Shape{4, 5}, -2, 2, func(a, b Value) *Node { return matMul(a, b, false, true) }),
	binaryCase("MatMul both transposed", Shape{5, 3}, Shape{4, 5}, -2, 2, func(a, b Value) *Node { return matMul(a, b, true, true) }),
	binaryCase("MatMul batch", Shape{2, 3, 5}, Shape{2, 5, 4}, -2, 2, MatMul),
	{"dense layer", []Shape{{4, 7}, {7, 3}, {3}}, -1, 1, func(x []*Node) *Node {
		return Sigmoid(Add(MatMul(x[0], x[1]), x[2]))
	}},
	{"autoencoder", []Shape{{4, 6}, {6, 3}, {3}, {3, 6}, {6}}, -1, 1, func(x []*Node) *Node {
		code := LeakyRelu(Add(MatMul(x[0], x[1]), x[2]), 0.3)
		return Mean(Square(Sub(Tanh(Add(MatMul(code, x[3]), x[4])), x[0])))
	}},

	unaryCase("Reshape", -3, 3, func(x Value) *Node { return Square(Reshape(x, 5, Unknown)) }),
	{"Transpose", []Shape{{2, 3, 4}}, -2, 2, func(x []*Node) *Node { return Square(Transpose(x[0], 2, 0, 1)) }},
	{"Concat", []Shape{{2, 3}, {2, 4}}, -2, 2, func(x []*Node) *Node { return Square(Concat(-1, x[0], x[1], x[0])) }},
	{"Slice", []Shape{{4, 5, 3}}, -2, 2, func(x []*Node) *Node {
		return Square(Slice(x[0], []int{0, 1, 0}, []int{Unknown, 3, 2}))
	}},
	{"Pad", []Shape{{2, 3, 2}}, -2, 2, func(x []*Node) *Node {
		return Square(Shift(Pad(x[0], []int{0, 2, 1}, []int{0, 1, 0}), 1))
	}},
	{"PixelShuffle", []Shape{{2, 3, 2, 8}}, -2, 2, func(x []*Node) *Node { return Square(PixelShuffle(x[0], 2)) }},
	{"PixelUnshuffle", []Shape{{2, 6, 4, 3}}, -2, 2, func(x []*Node) *Node { return Square(PixelUnshuffle(x[0], 2)) }},

	convCase("Conv2D same", Shape{2, 5, 7, 3}, Shape{3, 3, 3, 4}, Stride(1, Same), 1),
	convCase("Conv2D valid", Shape{2, 5, 7, 3}, Shape{3, 2, 3, 4}, Stride(1, Valid), 1),
	convCase("Conv2D same stride 2", Shape{2, 6, 7, 2}, Shape{5, 5, 2, 3}, Stride(2, Same), 1),
	convCase("Conv2D same stride 2 even", Shape{2, 8, 8, 2}, Shape{3, 3, 2, 3}, Stride(2, Same), 1),
	convCase("Conv2D valid stride 3", Shape{2, 9, 8, 2}, Shape{2, 2, 2, 3}, Stride(3, Valid), 1),
	convCase("Conv2D dilated", Shape{2, 9, 8, 2}, Shape{3, 3, 2, 3}, Window{DilationH: 2, DilationW: 3, Mode: Same}, 1),
	convCase("Conv2D groups", Shape{2, 5, 5, 4}, Shape{3, 3, 2, 6}, Stride(1, Same), 2),
	convCase("Conv2D depthwise", Shape{2, 5, 5, 3}, Shape{3, 3, 1, 3}, Stride(2, Same), 3),
	convCase("Conv2D explicit", Shape{2, 5, 5, 2}, Shape{3, 3, 2, 3}, Window{Mode: Explicit, PadTop: 2, PadRight: 1}, 1),
	{"Conv2D bias activation", []Shape{{2, 5, 5, 2}, {3, 3, 2, 3}, {3}}, -1, 1, func(x []*Node) *Node {
		return Elu(Add(Conv2D(x[0], x[1], Stride(1, Same)), x[2]), 1)
	}},
	transposeCase("Conv2DTranspose same 2", Shape{2, 3, 4, 3}, Shape{3, 3, 2, 3}, Stride(2, Same)),
	transposeCase("Conv2DTranspose same 5x5 2", Shape{2, 3, 4, 3}, Shape{5, 5, 2, 3}, Stride(2, Same)),
	transposeCase("Conv2DTranspose valid 2", Shape{2, 3, 4, 3}, Shape{3, 3, 2, 3}, Stride(2, Valid)),
	transposeCase("Conv2DTranspose valid 3 small kernel", Shape{2, 3, 4, 3}, Shape{2, 2, 2, 3}, Stride(3, Valid)),

	poolCase("MaxPool2D same odd", MaxPool2D, 2, 2, Stride(2, Same)),
	poolCase("MaxPool2D valid overlapping", MaxPool2D, 3, 2, Stride(1, Valid)),
	poolCase("AveragePool2D same odd", AveragePool2D, 2, 2, Stride(2, Same)),
	poolCase("AveragePool2D same overlapping", AveragePool2D, 3, 3, Stride(2, Same)),
	{"activation and MaxPool2D", []Shape{{2, 5, 7, 3}}, -2, 2, func(x []*Node) *Node {
		return Square(MaxPool2D(Tanh(x[0]), 2, 2, Stride(2, Same)))
	}},
	{"activation and overlapping MaxPool2D", []Shape{{2, 5, 7, 3}}, -2, 2, func(x []*Node) *Node {
		return Square(MaxPool2D(LeakyRelu(x[0], 0.3), 3, 3, Stride(2, Same)))
	}},
	{"Upsample2D nearest", []Shape{{2, 3, 2, 3}}, -2, 2, func(x []*Node) *Node { return Square(Upsample2D(x[0], 2, 3, Nearest)) }},
	{"Upsample2D bilinear", []Shape{{2, 3, 2, 3}}, -2, 2, func(x []*Node) *Node { return Square(Upsample2D(x[0], 2, 3, Bilinear)) }},
}

func convCase(name string, x, w Shape, win Window, groups int) gradCase {
	return gradCase{name, []Shape{x, w}, -1, 1, func(in []*Node) *Node {
		return GroupedConv2D(in[0], in[1], win, groups)
	}}
}

func transposeCase(name string, x, w Shape, win Window) gradCase {
	return gradCase{name, []Shape{x, w}, -1, 1, func(in []*Node) *Node { return Conv2DTranspose(in[0], in[1], win) }}
}

func poolCase(name string, f func(Value, int, int, Window) *Node, kh, kw int, win Window) gradCase {
	return gradCase{name, []Shape{{2, 5, 7, 3}}, -2, 2, func(x []*Node) *Node { return Square(f(x[0], kh, kw, win)) }}
}

// weighted returns a scalar whose gradient tells all elements of y apart.
func weighted(y *Node, rng *rand.Rand, shape Shape) *Node {
	w := NewTensor(shape...)
	for i := range w.Data {
		w.Data[i] = float32(rng.Float64()*2 - 1)
	}
	return Sum(Mul(Reshape(y, shape...), Constant(w)))
}

// TestGradients compares symbolic gradients in float64 with central
// differences.
func TestGradients(t *testing.T) {
	for _, c := range gradCases {
		t.Run(c.name, func(t *testing.T) { checkGradients(t, c, false) })
	}
}

// TestSecondGradients does the same for the gradient's own gradient.
func TestSecondGradients(t *testing.T) {
	for _, c := range gradCases {
		switch c.name {
		case "Gelu", "Silu", "Elu", "Elu negative", "Conv2D bias activation",
			"MaxPool2D same odd", "MaxPool2D valid overlapping",
			"activation and MaxPool2D", "activation and overlapping MaxPool2D": // no second gradient
			continue
		}
		t.Run(c.name, func(t *testing.T) { checkGradients(t, c, true) })
	}
}

func checkGradients(t *testing.T, c gradCase, second bool) {
	rng := rand.New(rand.NewPCG(7, 11))
	sess := NewSession[float64](SessionOptions{Threads: 2})
	defer sess.Close()
	var inputs []*Node
	var xs []Value
	feeds := map[*Node]*Array[float64]{}
	shapes := map[*Node]Shape{}
	for i, s := range c.shapes {
		open := append(Shape(nil), s...)
		if i == 0 && len(open) > 0 {
			open[0] = Unknown
		}
		ph := Placeholder(fmt.Sprint("x", i), open...)
		data := make([]float64, s.Elements())
		for j := range data {
			data[j] = c.lo + (c.hi-c.lo)*rng.Float64()
		}
		inputs, xs = append(inputs, ph), append(xs, ph)
		feeds[ph] = &Array[float64]{s, data}
		shapes[ph] = s
	}
	y := c.build(inputs)
	plan, err := sess.PlanShapes(shapes, y)
	if err != nil {
		t.Fatal(err)
	}
	f := weighted(y, rng, plan.Output(y).Shape)
	if second {
		var sum *Node = Scalar(0)
		for i, g := range Gradients(f, xs...) {
			sum = Add(sum, weighted(g, rng, c.shapes[i]))
		}
		f = sum
	}
	grads := Gradients(f, xs...)
	results, err := sess.Run(feeds, append([]*Node{f}, grads...)...)
	if err != nil {
		t.Fatal(err)
	}
	for i, ph := range inputs {
		if got, want := results[1+i].Shape, c.shapes[i]; !got.Equal(want) {
			t.Fatalf("gradient %d has shape %v, want %v", i, got, want)
		}
		for j := range feeds[ph].Data {
			got, want := results[1+i].Data[j], centralDifference(t, sess, feeds, ph, j, f)
			if math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
				t.Fatalf("d/dx%d[%d] = %v, central difference %v", i, j, got, want)
			}
		}
	}
}

func centralDifference(t *testing.T, sess *Session[float64], feeds map[*Node]*Array[float64], ph *Node, j int, f *Node) float64 {
	t.Helper()
	const h = 1e-5
	data := feeds[ph].Data
	keep := data[j]
	defer func() { data[j] = keep }()
	var v [2]float64
	for k, x := range [...]float64{keep + h, keep - h} {
		data[j] = x
		out, err := sess.Run(feeds, f)
		if err != nil {
			t.Fatal(err)
		}
		v[k] = out[0].Data[0]
	}
	return (v[0] - v[1]) / (2 * h)
}

func TestEveryDifferentiableOpHasACase(t *testing.T) {
	seen := map[kernel.Op]bool{}
	for _, c := range gradCases {
		var in []*Node
		for i, s := range c.shapes {
			in = append(in, Placeholder(fmt.Sprint(i), s...))
		}
		for _, n := range topological(c.build(in)) {
			if op, ok := n.op.(*Elementwise); ok {
				seen[op.Kind] = true
			}
		}
	}
	gradientsOnly := map[kernel.Op]bool{ // checked by TestSecondGradients
		kernel.ReluGrad: true, kernel.LeakyReluGrad: true, kernel.SigmoidGrad: true, kernel.TanhGrad: true,
	}
	zero := map[kernel.Op]bool{ // whose gradient is zero or passed through by definition
		kernel.Sign: true, kernel.Floor: true, kernel.Ceil: true, kernel.Round: true,
		kernel.LessEqual: true, kernel.Equal: true,
	}
	for op := range elementwiseGrad {
		if !seen[op] && !gradientsOnly[op] && !zero[op] {
			t.Errorf("no gradient case for %v", op)
		}
	}
}

func TestStraightThroughAndStop(t *testing.T) {
	x := Placeholder("x", 3)
	y := Sum(Add(Scale(Round(x), 2), Add(StopGradient(Square(x)), Floor(x))))
	sess := NewSession[float32](SessionOptions{})
	defer sess.Close()
	out, err := sess.Run(map[*Node]*Tensor{x: TensorOf([]float32{0.4, 1.5, -2.5}, 3)}, y, Gradients(y, x)[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := out[0].Data[0], float32(2*(0+2-2)+(0.4*0.4+1.5*1.5+2.5*2.5)+(0+1-3)); math.Abs(float64(got-want)) > 1e-5 {
		t.Errorf("value %v, want %v", got, want)
	}
	for i, g := range out[1].Data {
		if g != 2 {
			t.Errorf("gradient[%d] = %v, want 2", i, g)
		}
	}
}

func TestGradientOfUnrelatedIsZero(t *testing.T) {
	x, z := Placeholder("x", 2), Placeholder("z", 2)
	sess := NewSession[float32](SessionOptions{})
	defer sess.Close()
	g := Gradients(Sum(Square(x)), z)[0]
	out, err := sess.Run(map[*Node]*Tensor{x: NewTensor(2), z: NewTensor(2)}, g)
	if err != nil || out[0].Data[0] != 0 || len(out[0].Data) != 2 {
		t.Errorf("got %v, %v", out, err)
	}
}
