package zoo

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/nn"
)

const (
	// nameKey is the metadata key of a model's name in the zoo.
	nameKey = "hourglass.zoo"
	// outputKey is that of the activation of sigmoid-32's output, if it has one.
	outputKey = "hourglass.output"
)

// Save writes the weights and the model's description to a file, which appears
// whole or not at all. Both [Load] and [nn.Load] read it.
func (m *Network) Save(path string) error {
	metadata := m.Autoencoder.Metadata()
	metadata[nameKey] = m.name
	return nn.SaveWeights(path, m.Weights(), metadata)
}

// Save writes the weights to a file, which appears whole or not at all.
func (m *Sigmoid32) Save(path string) error {
	metadata := map[string]string{nameKey: "sigmoid-32"}
	if m.sigmoidOutput {
		metadata[outputKey] = "sigmoid"
	}
	return nn.SaveWeights(path, m.weights, metadata)
}

// Load reads a model that Save of an [Autoencoder] wrote, and returns its
// entry too. The model is ready for use and can be trained on, but for the
// optimiser's state, which is new. A file that is something else gives a
// [*nn.FormatError] or an [*UnknownError].
func Load(path string, o Options) (Autoencoder, Entry, error) {
	w, err := nn.LoadWeights(path)
	if err != nil {
		return nil, Entry{}, err
	}
	name, ok := w.Metadata[nameKey]
	if !ok {
		return nil, Entry{}, &nn.FormatError{Path: path, Err: fmt.Errorf("it names no model of the zoo")}
	}
	e, err := Lookup(name)
	if err != nil {
		return nil, Entry{}, err
	}
	if w.Metadata[outputKey] == "sigmoid" {
		e.New = func(o Options) Autoencoder {
			return NewSigmoid32(784, 32, Sigmoid32Config{Options: o, SigmoidOutput: true})
		}
	}
	m := e.New(o)
	if err := w.Restore(m.Weights()); err != nil {
		m.Close()
		return nil, Entry{}, fmt.Errorf("%s: %w", path, err)
	}
	return m, e, nil
}
