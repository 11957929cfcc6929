package zoo

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/safetensors"
	"github.com/hourglass-codec/hourglass/nn"
)

// parityTolerance bounds the difference to PyTorch's float32 results, relative
// to the largest absolute value of the tensor. PyTorch's own float32 results
// lie within 1.5e-6 of its float64 ones; testdata/parity/README.md derives the
// bound.
const parityTolerance = 1e-5

// parityModels are the files of testdata/parity that hold models.
var parityModels = map[string]func() Autoencoder{
	"dense-2":    func() Autoencoder { return NewDense2(Options{}) },
	"sigmoid-32": func() Autoencoder { return NewSigmoid32(784, 32, Sigmoid32Config{}) },
	"sigmoid-32-sigmoid": func() Autoencoder {
		return NewSigmoid32(784, 32, Sigmoid32Config{SigmoidOutput: true})
	},
	"dense-32": func() Autoencoder { return NewDense32(784, 32, Options{}) },
	"conv-128": func() Autoencoder { return NewConv128(Options{}) },
}

func TestParityWithPyTorch(t *testing.T) {
	a, b := parityImages(t)
	for name, build := range parityModels {
		t.Run(name, func(t *testing.T) {
			ref := readReference(t, name)
			m := build()
			defer m.Close()
			ref.initialise(m, name)
			ref.compareActivations(m, a)
			ref.compareGradients(m, a)

			ref.compare("losses/same", trainOn(t, m, a))
			again := build()
			defer again.Close()
			ref.initialise(again, name)
			ref.compare("losses/alternate", trainOn(t, again, a, b))
			for _, v := range again.Weights() {
				ref.compare("final/"+v.Name(), v.Value())
			}
		})
	}
}

// parityBatch is the number of images of each batch.
const parityBatch = 16

// parityImages returns both batches of pictures, (16, 784).
func parityImages(t *testing.T) (a, b []float32) {
	f := readSafetensors(t, "images")
	scale := func(name string) []float32 {
		pixels := f.Tensor(name).Data
		x := make([]float32, len(pixels))
		for i, p := range pixels {
			x[i] = float32(p) / 255
		}
		return x
	}
	return scale("a"), scale("b")
}

func readSafetensors(t *testing.T, name string) *safetensors.File {
	t.Helper()
	data, err := os.ReadFile("../testdata/parity/" + name + ".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Read(bytes.NewReader(data), len(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// trainOn returns the losses of ten steps on the batches in turn.
func trainOn(t *testing.T, m Autoencoder, batches ...[]float32) *graph.Tensor {
	t.Helper()
	losses := graph.NewTensor(10)
	for i := range losses.Data {
		var err error
		if losses.Data[i], err = m.Step(batches[i%len(batches)], nil, parityBatch); err != nil {
			t.Fatal(err)
		}
	}
	return losses
}

// reference is what PyTorch computed for one model.
type reference struct {
	t    *testing.T
	file *safetensors.File
}

func readReference(t *testing.T, name string) *reference {
	return &reference{t, readSafetensors(t, name)}
}

// tensor returns a stored tensor, nil if there is none of that name.
func (r *reference) tensor(name string) *graph.Tensor {
	s := r.file.Tensor(name)
	if s == nil {
		return nil
	}
	values, err := s.Float32()
	if err != nil {
		r.t.Fatal(err)
	}
	return graph.TensorOf(values, s.Shape...)
}

// compare checks a tensor, or if it is stored as such a sample of it and its
// sums.
func (r *reference) compare(name string, got *graph.Tensor) {
	r.t.Helper()
	if want := r.tensor(name); want != nil {
		r.compareValues(name, got.Data, want.Data)
		return
	}
	every := r.tensor(name + ".every13")
	if every == nil {
		r.t.Errorf("there is no reference for %s", name)
		return
	}
	var some []float32
	for i := 0; i < len(got.Data); i += 13 {
		some = append(some, got.Data[i])
	}
	r.compareValues(name+".every13", some, every.Data)
	first, last := got.Shape[0], got.Shape[len(got.Shape)-1]
	sumFirst, sumLast := make([]float64, first), make([]float64, last)
	for i, v := range got.Data {
		sumFirst[i/(len(got.Data)/first)] += float64(v)
		sumLast[i%last] += float64(v)
	}
	r.compareValues(name+".sum_first", round(sumFirst), r.tensor(name+".sum_first").Data)
	r.compareValues(name+".sum_last", round(sumLast), r.tensor(name+".sum_last").Data)
}

func round(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

func (r *reference) compareValues(name string, got, want []float32) {
	r.t.Helper()
	if len(got) != len(want) {
		r.t.Errorf("%s has %d elements, want %d", name, len(got), len(want))
		return
	}
	largest, worst, at := 0.0, 0.0, 0
	for i, w := range want {
		largest = max(largest, math.Abs(float64(w)))
		if d := math.Abs(float64(got[i]) - float64(w)); d > worst || math.IsNaN(d) {
			worst, at = d, i
		}
	}
	if !(worst <= parityTolerance*largest) {
		r.t.Errorf("%s[%d] = %v, want %v: off by %.2g of the largest", name, at, got[at], want[at], worst/largest)
	}
}

// initialise gives m the reference's initial weights, which are those of the
// number formula.
func (r *reference) initialise(m Autoencoder, model string) {
	r.t.Helper()
	for _, v := range m.Weights() {
		formula(v.Value(), model+"/"+v.Name())
		r.compare("initial/"+v.Name(), v.Value())
	}
}

// formula fills a weight by the number formula of testdata/parity/README.md.
func formula(t *graph.Tensor, seed string) {
	h := fnv.New64a()
	h.Write([]byte(seed))
	state, limit := h.Sum64(), 0.05
	if n := len(t.Shape); strings.HasSuffix(seed, "/kernel") {
		limit = math.Sqrt(6 / float64(t.Shape[:n-2].Elements()*(t.Shape[n-2]+t.Shape[n-1])))
	}
	for i := range t.Data {
		z := state + uint64(i+1)*0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		t.Data[i] = float32(limit * (2*(float64(z>>11)/(1<<53)) - 1))
	}
}

// compareActivations checks the output of each layer for the images x.
func (r *reference) compareActivations(m Autoencoder, x []float32) {
	switch m := m.(type) {
	case *Sigmoid32:
		code, image := graph.NewTensor(parityBatch, 32), graph.NewTensor(parityBatch, 784)
		if err := m.Encode(code.Data, x, parityBatch); err != nil {
			r.t.Fatal(err)
		}
		if err := m.Reconstruct(image.Data, x, parityBatch); err != nil {
			r.t.Fatal(err)
		}
		r.compare("activation/encoder", code)
		r.compare("activation/decoder", image)
	case *Network:
		images, err := m.shaped(graph.TensorOf(x, parityBatch, 784))
		if err != nil {
			r.t.Fatal(err)
		}
		r.compareLayers(m.Decoder, r.compareLayers(m.Encoder, images))
	}
}

// compareLayers checks each layer that the reference has for the input x and
// returns the model's output.
func (r *reference) compareLayers(m *nn.Model, x *graph.Tensor) *graph.Tensor {
	var names []string
	if err := json.Unmarshal([]byte(r.file.Metadata["layers"]), &names); err != nil {
		r.t.Fatal(err)
	}
	var y *graph.Tensor
	for _, name := range names {
		node := m.Node(name)
		if node == nil {
			continue // of the other half
		}
		var err error
		if y, err = nn.NewModel("to_"+name, m.Inputs()[0], node).Predict(x); err != nil {
			r.t.Fatal(err)
		}
		r.compare("activation/"+name, y)
	}
	return y
}

// compareGradients checks the loss for the images x and its gradients with
// respect to the weights and x, which is input and target.
func (r *reference) compareGradients(m Autoencoder, x []float32) {
	image, target, loss := lossOf(m)
	xs := []graph.Value{image, target}
	for _, v := range m.Weights() {
		xs = append(xs, v)
	}
	fetches := append([]*graph.Node{loss}, graph.Gradients(loss, xs...)...)
	session := graph.NewSession[float32](graph.SessionOptions{})
	defer session.Close()
	shape := append(graph.Shape{parityBatch}, image.Shape()[1:]...)
	feed := graph.TensorOf(x, shape...)
	out, err := session.Run(map[*graph.Node]*graph.Tensor{image: feed, target: feed}, fetches...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.compare("loss", out[0])
	for i, v := range out[2].Data {
		out[1].Data[i] += v
	}
	r.compare("gradient/input", out[1])
	for i, v := range m.Weights() {
		r.compare("gradient/"+v.Name(), out[3+i])
	}
}

// lossOf returns a loss and the placeholders of image and target that it is of.
func lossOf(m Autoencoder) (image, target, loss *graph.Node) {
	if s, ok := m.(*Sigmoid32); ok {
		return s.image, s.target, s.loss
	}
	network := m.(*Network)
	shape := append(graph.Shape{graph.Unknown}, network.input...)
	image, target = graph.Placeholder("image", shape...), graph.Placeholder("target", shape...)
	y, _ := network.Autoencoder.Graph(true, image)
	return image, target, nn.MeanSquaredError(y[0], target)
}
