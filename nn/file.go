package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// descriptionKey is the metadata key of a model's description.
const descriptionKey = "hourglass.model"

// Metadata returns what Save writes beside the weights: the model's
// description as JSON, from which [Load] builds it.
func (m *Model) Metadata() map[string]string {
	d, err := m.describe()
	if err == nil {
		var text []byte
		if text, err = json.Marshal(d); err == nil {
			return map[string]string{descriptionKey: string(text)}
		}
	}
	panic(&BuildError{m.name, err}) // a NaN among the settings
}

// Save writes the model, its layers and its weights to a safetensors file,
// which appears whole or not at all. How the model was compiled is not saved.
func (m *Model) Save(path string) error { return SaveWeights(path, m.weights, m.Metadata()) }

// Write is [Model.Save] to w.
func (m *Model) Write(w io.Writer) error { return WriteWeights(w, m.weights, m.Metadata()) }

// Load reads a model that Save wrote and builds it. A file that is something
// else gives a [*FormatError].
func Load(path string) (*Model, error) {
	w, err := LoadWeights(path)
	if err != nil {
		return nil, err
	}
	m, err := w.Model()
	return m, atPath(path, err)
}

// Read is [Load] from r, of which it reads at most limit bytes.
func Read(r io.Reader, limit int) (*Model, error) {
	w, err := ReadWeights(r, limit)
	if err != nil {
		return nil, err
	}
	return w.Model()
}

// Model builds the model that the metadata describes. The model takes the
// tensors of w, so call it once. Its errors are of type [*FormatError].
func (w *Weights) Model() (*Model, error) {
	text, ok := w.Metadata[descriptionKey]
	if !ok {
		return nil, &FormatError{Err: errors.New("it describes no model")}
	}
	var d description
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return nil, &FormatError{Err: fmt.Errorf("its description: %w", err)}
	}
	m, err := d.rebuild(w)
	if err != nil {
		return nil, &FormatError{Err: err}
	}
	return m, nil
}
