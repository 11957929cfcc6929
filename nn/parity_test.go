package nn

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/safetensors"
)

// parityTolerance bounds the difference to PyTorch's float32 results, relative
// to the tensor's largest absolute value; testdata/parity/README.md derives it.
const parityTolerance = 1e-5

// parityOperations are the operations of testdata/parity that this package
// builds, on their inputs.
var parityOperations = map[string]func(in []*graph.Node, epsilon float64) *graph.Node{
	"batch_normalization": func(in []*graph.Node, epsilon float64) *graph.Node {
		mean, variance := moments(in[0])
		return normalize(in[0], mean, variance, in[1], in[2], epsilon)
	},
	"batch_normalization_inference": func(in []*graph.Node, epsilon float64) *graph.Node {
		return normalize(in[0], in[3], in[4], in[1], in[2], epsilon)
	},
	// The reference's gamma is (i, j), output channel first.
	"gdn": func(in []*graph.Node, _ float64) *graph.Node {
		return graph.Mul(in[0], graph.Rsqrt(gdnNorm(in[0], in[1], graph.Transpose(in[2]))))
	},
	"inverse_gdn": func(in []*graph.Node, _ float64) *graph.Node {
		return graph.Mul(in[0], graph.Sqrt(gdnNorm(in[0], in[1], graph.Transpose(in[2]))))
	},
	"mean_squared_error":   func(in []*graph.Node, _ float64) *graph.Node { return MeanSquaredError(in[0], in[1]) },
	"mean_absolute_error":  func(in []*graph.Node, _ float64) *graph.Node { return MeanAbsoluteError(in[0], in[1]) },
	"binary_cross_entropy": func(in []*graph.Node, _ float64) *graph.Node { return BinaryCrossEntropy(in[0], in[1]) },
}

// parityCase is a case of operations.safetensors.
type parityCase struct {
	Operation string
	Inputs    []string
	Epsilon   float64
}

func TestParityWithPyTorch(t *testing.T) {
	data, err := os.ReadFile("../testdata/parity/operations.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Read(bytes.NewReader(data), len(data))
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]parityCase
	if err := json.Unmarshal([]byte(file.Metadata["cases"]), &cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, c := range cases {
		if build := parityOperations[c.Operation]; build != nil {
			seen[c.Operation] = true
			t.Run(name, func(t *testing.T) { compareOperation(t, file, name, c, build) })
		}
	}
	if len(seen) != len(parityOperations) {
		t.Errorf("the references cover %v only", seen)
	}
}

func compareOperation(t *testing.T, file *safetensors.File, name string, c parityCase, build func([]*graph.Node, float64) *graph.Node) {
	load := func(part string) *graph.Tensor {
		s := file.Tensor(name + "/" + part)
		if s == nil {
			return nil
		}
		v, err := s.Float32()
		if err != nil {
			t.Fatal(err)
		}
		return graph.TensorOf(v, s.Shape...)
	}
	var in []*graph.Node
	var xs []graph.Value
	feeds := map[*graph.Node]*graph.Tensor{}
	for _, part := range c.Inputs {
		value := load(part)
		x := graph.Placeholder(part, value.Shape...)
		in, xs, feeds[x] = append(in, x), append(xs, x), value
	}
	y := build(in, c.Epsilon)
	dy := graph.Placeholder("dy", y.Shape()...)
	feeds[dy] = load("dy")
	session := graph.NewSession[float32](graph.SessionOptions{})
	defer session.Close()
	out, err := session.Run(feeds, append([]*graph.Node{y}, graph.Gradients(graph.Sum(graph.Mul(y, dy)), xs...)...)...)
	if err != nil {
		t.Fatal(err)
	}
	compareTensors(t, "y", out[0], load("y"))
	for i, part := range c.Inputs {
		if want := load("d" + part); want != nil {
			compareTensors(t, "d"+part, out[1+i], want)
		}
	}
}

func compareTensors(t *testing.T, name string, got, want *graph.Tensor) {
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
