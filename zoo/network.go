package zoo

import (
	"context"
	"fmt"
	"io"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/nn"
	"github.com/hourglass-codec/hourglass/optim"
)

// A Network is an autoencoder of package nn: encoder and decoder, and a model
// that joins them and shares their weights.
type Network struct {
	Encoder, Decoder, Autoencoder *nn.Model
	name                          string
	input                         graph.Shape // of the images, without the batch
}

// newNetwork joins encoder and decoder, to be trained with Adam on the mean
// squared error.
func newNetwork(name string, b *nn.Builder, encoder, decoder *nn.Model, rate float64, o Options) *Network {
	shape := encoder.Inputs()[0].Shape()[1:]
	in := b.Input("AE_input", shape...)
	ae := nn.NewModel("AE", in, decoder.Apply(encoder.Apply(in)))
	if o.LearningRate != 0 {
		rate = o.LearningRate
	}
	ae.Compile(nn.CompileConfig{
		Optimizer: optim.Adam{LearningRate: optim.Constant(rate)},
		Loss:      nn.MeanSquaredError,
		Threads:   o.Threads,
		Precision: o.Precision,
	})
	return &Network{Encoder: encoder, Decoder: decoder, Autoencoder: ae, name: name, input: shape}
}

// Train fits the model to images (N, ...), whatever the shape of each.
func (m *Network) Train(ctx context.Context, images *graph.Tensor, c nn.FitConfig) (*nn.History, error) {
	x, err := m.shaped(images)
	if err != nil {
		return nil, err
	}
	if c.Validation != nil {
		v, err := m.shaped(c.Validation.X)
		if err != nil {
			return nil, err
		}
		c.Validation = &nn.Data{X: v}
	}
	return m.Autoencoder.Fit(ctx, x, nil, c)
}

// shaped returns the images in the shape that the model takes.
func (m *Network) shaped(images *graph.Tensor) (*graph.Tensor, error) {
	size := m.input.Elements()
	if len(images.Shape) == 0 || images.Shape[0]*size != len(images.Data) {
		return nil, fmt.Errorf("zoo: images of shape %v, %s wants %d numbers each", images.Shape, m.name, size)
	}
	return graph.TensorOf(images.Data, append([]int{images.Shape[0]}, m.input...)...), nil
}

// EncodedImage returns the code of one image.
func (m *Network) EncodedImage(image []float32) ([]float32, error) {
	code := make([]float32, m.Decoder.Inputs()[0].Shape()[1:].Elements())
	return code, m.Encode(code, image, 1)
}

// DecodedImage returns the image of one code.
func (m *Network) DecodedImage(code []float32) ([]float32, error) {
	image := make([]float32, m.input.Elements())
	return image, m.Decode(image, code, 1)
}

// Step implements [Autoencoder].
func (m *Network) Step(x, y []float32, n int) (float32, error) {
	return m.Autoencoder.Trainer().Step(x, y, n)
}

// Loss implements [Autoencoder].
func (m *Network) Loss(x, y []float32, n int) (float32, error) {
	return m.Autoencoder.Trainer().Loss(x, y, n)
}

// StepCount implements [Autoencoder].
func (m *Network) StepCount() int64 { return m.Autoencoder.Trainer().StepCount() }

// SetStepCount implements [Autoencoder].
func (m *Network) SetStepCount(n int64) { m.Autoencoder.Trainer().SetStepCount(n) }

// State implements [Autoencoder].
func (m *Network) State() []*graph.Variable { return m.Autoencoder.Trainer().State() }

// Weights implements [Autoencoder].
func (m *Network) Weights() []*graph.Variable { return m.Autoencoder.Weights() }

// Encode implements [Autoencoder].
func (m *Network) Encode(dst, x []float32, n int) error { return m.Encoder.PredictInto(dst, x, n) }

// Decode implements [Autoencoder].
func (m *Network) Decode(dst, codes []float32, n int) error {
	return m.Decoder.PredictInto(dst, codes, n)
}

// Reconstruct implements [Autoencoder].
func (m *Network) Reconstruct(dst, x []float32, n int) error {
	return m.Autoencoder.PredictInto(dst, x, n)
}

// Summary writes the tables of encoder, decoder and both together.
func (m *Network) Summary(w io.Writer) error {
	for _, part := range []*nn.Model{m.Encoder, m.Decoder, m.Autoencoder} {
		if _, err := fmt.Fprintf(w, "Model: %q\n", part.Name()); err != nil {
			return err
		}
		if err := part.Summary(w); err != nil {
			return err
		}
	}
	return nil
}

// Close implements [Autoencoder].
func (m *Network) Close() { m.Autoencoder.Trainer().Close() }
