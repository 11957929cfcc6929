package nn

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
	"github.com/hourglass-codec/hourglass/internal/safetensors"
)

// A FormatError says what is wrong with a file of weights or a model.
type FormatError struct {
	Path string // empty if the bytes came from no file
	Err  error
}

func (e *FormatError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("nn: not a usable model: %v", e.Err)
	}
	return fmt.Sprintf("nn: %s is not a usable model: %v", e.Path, e.Err)
}

// Unwrap returns the reason.
func (e *FormatError) Unwrap() error { return e.Err }

// Weights are named tensors, as in a file, with its metadata.
type Weights struct {
	Metadata map[string]string
	tensors  map[string]*graph.Tensor
}

// WriteWeights writes the values of variables, whose names differ, as
// safetensors (https://github.com/huggingface/safetensors) of type F32 with
// metadata. The same values give the same bytes.
func WriteWeights(w io.Writer, vars []*graph.Variable, metadata map[string]string) error {
	f := &safetensors.File{Metadata: metadata}
	for _, v := range vars {
		f.Tensors = append(f.Tensors, safetensors.FromFloat32(v.Name(), v.Shape(), v.Value().Data))
	}
	return safetensors.Write(w, f)
}

// SaveWeights is [WriteWeights] to a file, which appears whole or not at all.
func SaveWeights(path string, vars []*graph.Variable, metadata map[string]string) error {
	write := func(w io.Writer) error { return WriteWeights(w, vars, metadata) }
	if err := atomicfile.Write(path, write); err != nil {
		return fmt.Errorf("nn: %w", err)
	}
	return nil
}

// ReadWeights reads what [WriteWeights] writes, at most limit bytes of it. Bytes
// that are something else give a [*FormatError].
func ReadWeights(r io.Reader, limit int) (*Weights, error) {
	f, err := safetensors.Read(r, limit)
	if err != nil {
		return nil, &FormatError{Err: err}
	}
	w := &Weights{Metadata: f.Metadata, tensors: map[string]*graph.Tensor{}}
	for i := range f.Tensors {
		t := &f.Tensors[i]
		values, err := t.Float32()
		if err != nil {
			return nil, &FormatError{Err: err}
		}
		w.tensors[t.Name] = graph.TensorOf(values, t.Shape...)
	}
	return w, nil
}

// LoadWeights is [ReadWeights] from a file.
func LoadWeights(path string) (*Weights, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("nn: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("nn: %w", err)
	}
	w, err := ReadWeights(f, int(info.Size()))
	return w, atPath(path, err)
}

// atPath tells a FormatError the file's name.
func atPath(path string, err error) error {
	var format *FormatError
	if errors.As(err, &format) {
		format.Path = path
	}
	return err
}

// Restore gives the variables their values. It is a [*FormatError], and no
// variable changes, if one is missing or has another shape; others in w do not
// matter.
func (w *Weights) Restore(vars []*graph.Variable) error {
	for _, v := range vars {
		t := w.tensors[v.Name()]
		switch {
		case t == nil:
			return &FormatError{Err: fmt.Errorf("it has no %s", v.Name())}
		case !t.Shape.Equal(v.Shape()):
			return &FormatError{Err: fmt.Errorf("its %s has shape %v, want %v", v.Name(), t.Shape, v.Shape())}
		}
	}
	for _, v := range vars {
		copy(v.Value().Data, w.tensors[v.Name()].Data)
	}
	return nil
}
