package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/safetensors"
)

// ErrModel says that bytes are not the file of a codec.
var ErrModel = errors.New("codec: not a model file of a codec")

// maxFile is the size of the largest model file that Read takes.
const maxFile = 1 << 24

const (
	formatKey  = "format"
	formatName = "hourglass codec 1"
	configKey  = "config"
	ratesKey   = "rates"
)

// WriteModel writes the model file of a trained network: safetensors, the
// weights of the analysis in 8 bits, of the synthesis in 16, and those of the
// entropy model as integers. rates are the bits that an image of the kind
// trained on takes at each anchor. The same network gives the same bytes.
func WriteModel(w io.Writer, n *Network, rates []float64) error {
	if len(rates) != len(n.Lambdas) {
		return fmt.Errorf("codec: %d rates for %d anchors", len(rates), len(n.Lambdas))
	}
	m := newModel(n, rates)
	config, err := json.Marshal(m.config)
	if err != nil {
		return err
	}
	r, err := json.Marshal(m.rates)
	if err != nil {
		return err
	}
	f := &safetensors.File{Metadata: map[string]string{formatKey: formatName, configKey: string(config), ratesKey: string(r)}}
	for _, t := range m.tensors() {
		f.Tensors = append(f.Tensors, t.encode())
	}
	return safetensors.Write(w, f)
}

// readModel reads what WriteModel writes. Errors wrap ErrModel.
func readModel(b []byte) (*model, error) {
	f, err := safetensors.Read(bytes.NewReader(b), maxFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	m, err := parseModel(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return m, nil
}

func parseModel(f *safetensors.File) (*model, error) {
	if got := f.Metadata[formatKey]; got != formatName {
		return nil, fmt.Errorf("its format is %q, not %q", got, formatName)
	}
	m := &model{}
	d := json.NewDecoder(bytes.NewReader([]byte(f.Metadata[configKey])))
	d.DisallowUnknownFields()
	if err := d.Decode(&m.config); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if err := m.config.Check(); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(f.Metadata[ratesKey]), &m.rates); err != nil {
		return nil, fmt.Errorf("rates: %w", err)
	}
	size := 0
	for _, t := range f.Tensors {
		size += len(t.Data)
	}
	if need := m.config.weights(); size < need {
		return nil, fmt.Errorf("%d bytes of tensors for %d weights", size, need)
	}
	m.allocate()
	if err := m.check(); err != nil {
		return nil, err
	}
	for _, t := range m.tensors() {
		stored := f.Tensor(t.name)
		if stored == nil {
			return nil, fmt.Errorf("it has no tensor %q", t.name)
		}
		if err := t.decode(stored); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// check returns an error if the rates are no rates of m's anchors.
func (m *model) check() error {
	if len(m.rates) != len(m.config.Lambdas) {
		return fmt.Errorf("%d rates for %d anchors", len(m.rates), len(m.config.Lambdas))
	}
	for _, r := range m.rates {
		if !(r >= 0 && r < 1e9) {
			return fmt.Errorf("a rate of %v bits", r)
		}
	}
	return nil
}

// allocate makes room for all tensors of m.config.
func (m *model) allocate() {
	c := m.config
	n := NewNetwork(c, 0)
	for _, v := range n.vars {
		if inTransforms(v) {
			m.transforms = append(m.transforms, v)
		}
	}
	anchors := len(c.Lambdas)
	m.gain, m.inverse = make([]int32, anchors*c.Latents()), make([]int32, anchors*c.Latents())
	if c.Global > 0 {
		table := func() []int32 { return make([]int32, anchors*c.Global) }
		m.global = &globalModel{table(), table(), table(), emptyLayer(n.unfold.w, 1)}
	}
	for _, s := range n.context {
		m.steps = append(m.steps, stepNet{
			emptyLayer(s.first.w, anchors), emptyLayer(s.second.w, 1), emptyLayer(s.last.w, 1),
		})
	}
}

// emptyLayer returns a layer of the size of w with rows of biases.
func emptyLayer(w *graph.Variable, rows int) intLayer {
	l := newLayer(w)
	l.weights = make([]int8, w.Shape().Elements())
	l.bias = make([]int32, rows*l.out)
	l.scale = make([]float32, l.out)
	return l
}

// A tensor of the file: its values are a []int8, a []int32, a []float32 of
// positive numbers, a *graph.Variable or an *eightBitKernel.
type tensor struct {
	name   string
	shape  []int
	values any
}

// tensors lists the tensors of a model file in their order.
func (m *model) tensors() []tensor {
	var all []tensor
	for _, v := range m.transforms {
		all = append(all, transformTensors(v)...)
	}
	c := m.config
	anchors := len(c.Lambdas)
	latents := []int{anchors, c.Latents()}
	all = append(all, tensor{"latents/gain", latents, m.gain}, tensor{"latents/inverse", latents, m.inverse})
	if g := m.global; g != nil {
		shape := []int{anchors, c.Global}
		all = append(all, tensor{"global/gain", shape, g.gain}, tensor{"global/mean", shape, g.mean}, tensor{"global/scale", shape, g.scale})
		all = append(all, g.unfold.tensors("global/unfold")...)
	}
	for i, s := range m.steps {
		all = append(all, s.first.tensors(fmt.Sprintf("context%d/first", i))...)
		all = append(all, s.second.tensors(fmt.Sprintf("context%d/second", i))...)
		all = append(all, s.last.tensors(fmt.Sprintf("context%d/last", i))...)
	}
	return all
}

// transformTensors returns how the file has a variable of the transforms.
func transformTensors(v *graph.Variable) []tensor {
	if storageOf(v) != asInt8 {
		return []tensor{{v.Name(), v.Shape(), v}}
	}
	k, step := integers(v)
	whole := &eightBitKernel{v, k, step}
	return []tensor{{v.Name(), v.Shape(), k}, {v.Name() + "/step", []int{len(step)}, whole}}
}

// eightBitKernel is a kernel of the analysis: when its steps have been read,
// which is after its whole numbers, the variable has its values.
type eightBitKernel struct {
	v    *graph.Variable
	k    []int8
	step []float32
}

func (l *intLayer) tensors(name string) []tensor {
	taps := len(l.weights) / (l.in * l.out)
	return []tensor{
		{name + "/weights", []int{taps, l.in, l.out}, l.weights},
		{name + "/bias", []int{len(l.bias) / l.out, l.out}, l.bias},
		{name + "/scale", []int{l.out}, l.scale},
	}
}

// encode returns the tensor as the file has it.
func (t tensor) encode() safetensors.Tensor {
	s := safetensors.Tensor{Name: t.name, Shape: t.shape}
	switch v := t.values.(type) {
	case []int8:
		s.DType = safetensors.I8
		for _, x := range v {
			s.Data = append(s.Data, byte(x))
		}
	case []float32:
		return safetensors.FromFloat32(t.name, t.shape, v)
	case []int32:
		s.DType = safetensors.I32
		for _, x := range v {
			s.Data = binary.LittleEndian.AppendUint32(s.Data, uint32(x))
		}
	case *eightBitKernel:
		return safetensors.FromFloat32(t.name, t.shape, v.step)
	case *graph.Variable:
		if storageOf(v) == asFloat16 {
			return safetensors.FromHalf(t.name, t.shape, v.Value().Data)
		}
		return safetensors.FromFloat32(t.name, t.shape, v.Value().Data)
	}
	return s
}

// decode takes the values that the file has.
func (t tensor) decode(s *safetensors.Tensor) error {
	if !graph.Shape(s.Shape).Equal(t.shape) {
		return fmt.Errorf("tensor %q has shape %v, not %v", t.name, s.Shape, t.shape)
	}
	wrong := fmt.Errorf("tensor %q holds %s", t.name, s.DType)
	switch v := t.values.(type) {
	case []int8:
		if s.DType != safetensors.I8 {
			return wrong
		}
		for i := range v {
			v[i] = int8(s.Data[i])
		}
	case []float32:
		values, err := s.Float32()
		if err != nil {
			return err
		}
		copy(v, values)
		return positive(t.name, v)
	case []int32:
		if s.DType != safetensors.I32 {
			return wrong
		}
		for i := range v {
			v[i] = int32(binary.LittleEndian.Uint32(s.Data[4*i:]))
		}
	case *eightBitKernel:
		step, err := s.Float32()
		if err != nil {
			return err
		}
		for i, k := range v.k {
			v.v.Value().Data[i] = float32(k) * step[i%len(step)]
		}
		return finite(t.name, v.v.Value().Data)
	case *graph.Variable:
		values, err := s.Float32()
		if storageOf(v) == asFloat16 {
			values, err = s.Half()
		}
		if err != nil {
			return err
		}
		copy(v.Value().Data, values)
		return finite(t.name, values)
	}
	return nil
}

// finite returns an error if one of the values is no number.
func finite(name string, values []float32) error {
	for _, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("tensor %q has the value %v", name, v)
		}
	}
	return nil
}

// positive returns an error if one of the values is not a positive number.
func positive(name string, values []float32) error {
	for _, v := range values {
		if !(v > 0) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("tensor %q has the value %v", name, v)
		}
	}
	return nil
}
