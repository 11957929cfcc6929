package graph

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/hourglass-codec/hourglass/internal/safetensors"
)

// parityTolerance bounds the difference to PyTorch's float32 results, relative
// to the tensor's largest absolute value. PyTorch's own float32 results lie
// within 1.5e-6 of its float64 ones; testdata/parity/README.md derives the
// bound.
const parityTolerance = 1e-5

// parityCase is a case of operations.safetensors.
type parityCase struct {
	Operation              string
	Inputs                 []string
	Padding                string
	Stride, Dilation, Size []int
	Groups, Block          int
	Factor                 []int
	Mode, Kind             string
	Axes                   []int
	Keepdims               bool
	TransposeA             bool `json:"transpose_a"`
	TransposeB             bool `json:"transpose_b"`
	Epsilon                float64
}

func (c *parityCase) window() Window {
	w := Window{StrideH: c.Stride[0], StrideW: c.Stride[1]}
	if c.Padding == "same" {
		w.Mode = Same
	}
	if c.Dilation != nil {
		w.DilationH, w.DilationW = c.Dilation[0], c.Dilation[1]
	}
	return w
}

// build returns the operation on its inputs, nil if it belongs to package nn.
func (c *parityCase) build(in []Value) *Node {
	unary := map[string]func(Value) *Node{
		"sigmoid": Sigmoid, "tanh": Tanh, "relu": Relu, "softplus": Softplus, "gelu": Gelu, "erf": Erf, "exp": Exp,
		"square": Square, "abs": Abs, "log": Log, "sqrt": Sqrt, "reciprocal": Reciprocal, "softmax": Softmax,
		"elu":        func(x Value) *Node { return Elu(x, 1) },
		"leaky_relu": func(x Value) *Node { return LeakyRelu(x, 0.3) },
	}
	binary := map[string]func(a, b Value) *Node{
		"add": Add, "subtract": Sub, "multiply": Mul, "divide": Div, "maximum": Max, "minimum": Min,
	}
	if f := unary[c.Operation]; f != nil {
		return f(in[0])
	}
	if f := binary[c.Operation]; f != nil {
		return f(in[0], in[1])
	}
	switch c.Operation {
	case "conv2d":
		return Add(GroupedConv2D(in[0], in[1], c.window(), c.Groups), in[2])
	case "conv2d_transpose": // the reference has the filters' last two axes the other way round
		return Add(Conv2DTranspose(in[0], Transpose(in[1], 0, 1, 3, 2), c.window()), in[2])
	case "max_pool":
		return MaxPool2D(in[0], c.Size[0], c.Size[1], c.window())
	case "average_pool":
		return AveragePool2D(in[0], c.Size[0], c.Size[1], c.window())
	case "upsample":
		return Upsample2D(in[0], c.Factor[0], c.Factor[1], map[string]Interpolation{"nearest": Nearest, "bilinear": Bilinear}[c.Mode])
	case "depth_to_space":
		return PixelShuffle(in[0], c.Block)
	case "space_to_depth":
		return PixelUnshuffle(in[0], c.Block)
	case "matmul":
		return matMul(in[0], in[1], c.TransposeA, c.TransposeB)
	case "reduce":
		return c.reduce(in[0])
	}
	return nil
}

func (c *parityCase) reduce(x Value) *Node {
	switch {
	case c.Kind == "sum" && c.Keepdims:
		return SumKeep(x, c.Axes...)
	case c.Kind == "sum":
		return Sum(x, c.Axes...)
	case c.Kind == "mean" && c.Keepdims:
		return MeanKeep(x, c.Axes...)
	case c.Kind == "mean":
		return Mean(x, c.Axes...)
	case c.Kind == "amax" && c.Keepdims:
		return keepDims(ReduceMax(x, c.Axes...), x.node(), c.Axes)
	}
	return ReduceMax(x, c.Axes...)
}

// TestParityWithPyTorch compares single operations and their gradients.
func TestParityWithPyTorch(t *testing.T) {
	data, err := os.ReadFile("../testdata/parity/operations.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Read(bytes.NewReader(data), len(data))
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]*parityCase
	if err := json.Unmarshal([]byte(file.Metadata["cases"]), &cases); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for name, c := range cases {
		load := func(part string) *Tensor {
			s := file.Tensor(name + "/" + part)
			if s == nil {
				t.Fatalf("%s has no %s", name, part)
			}
			v, err := s.Float32()
			if err != nil {
				t.Fatal(err)
			}
			return TensorOf(v, s.Shape...)
		}
		var in []Value
		feeds := map[*Node]*Tensor{}
		for _, part := range c.Inputs {
			value := load(part)
			x := Placeholder(part, value.Shape...)
			in, feeds[x] = append(in, x), value
		}
		y := c.build(in)
		if y == nil {
			continue
		}
		ran++
		t.Run(name, func(t *testing.T) {
			dy := Placeholder("dy", y.Shape()...)
			feeds[dy] = load("dy")
			fetches := append([]*Node{y}, Gradients(Sum(Mul(y, dy)), in...)...)
			sess := NewSession[float32](SessionOptions{})
			defer sess.Close()
			out, err := sess.Run(feeds, fetches...)
			if err != nil {
				t.Fatal(err)
			}
			compareTensors(t, "y", out[0], load("y"))
			for i, part := range c.Inputs {
				compareTensors(t, "d"+part, out[1+i], load("d"+part))
			}
		})
	}
	if ran < 100 {
		t.Errorf("only %d cases ran", ran)
	}
}

func compareTensors(t *testing.T, name string, got, want *Tensor) {
	t.Helper()
	if !got.Shape.Equal(want.Shape) {
		t.Errorf("%s has shape %v, want %v", name, got.Shape, want.Shape)
		return
	}
	largest := 0.0
	for _, v := range want.Data {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i, v := range want.Data {
		if d := math.Abs(float64(got.Data[i]) - float64(v)); !(d <= parityTolerance*largest) {
			t.Errorf("%s[%d] = %v, want %v", name, i, got.Data[i], v)
			return
		}
	}
}
