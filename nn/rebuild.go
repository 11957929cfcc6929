package nn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Limits on what a file may describe.
const (
	maxApplications = 1 << 14 // of layers, those of models within models counted each time
	maxConfig       = 1 << 20 // sizes, strides, factors
	maxElements     = 1 << 31 // of one sample of a node
)

// activated is implemented by layers with an Activation.
type activated interface {
	activation() Activation
	withActivation(a Activation) Config
}

func (d Dense) activation() Activation           { return d.Activation }
func (d Conv2D) activation() Activation          { return d.Activation }
func (d Conv2DTranspose) activation() Activation { return d.Activation }

func (d Dense) withActivation(a Activation) Config           { d.Activation = a; return d }
func (d Conv2D) withActivation(a Activation) Config          { d.Activation = a; return d }
func (d Conv2DTranspose) withActivation(a Activation) Config { d.Activation = a; return d }

// decodeConfig returns the layer of a class, nil if there is no such class.
func decodeConfig(class string, data []byte) (Config, error) {
	for _, decode := range []func(string, []byte) (Config, error){
		decode[Dense], decode[Conv2D], decode[Conv2DTranspose],
		decode[MaxPooling2D], decode[AveragePooling2D], decode[UpSampling2D],
		decode[Flatten], decode[Reshape], decode[Add], decode[Concatenate], decode[ZeroPadding2D], decode[Cropping2D],
		decode[Dropout], decode[GaussianNoise], decode[BatchNormalization], decode[GDN], decode[InverseGDN],
		decode[ReLU], decode[LeakyReLU], decode[ELU], decode[Sigmoid], decode[Tanh], decode[Softmax],
		decode[GELU], decode[SiLU], decode[Softplus],
	} {
		if c, err := decode(class, data); c != nil || err != nil {
			return c, err
		}
	}
	return nil, fmt.Errorf("unknown layer class %q", class)
}

// decode returns the layer if its class is C, else nil.
func decode[C Config](class string, data []byte) (Config, error) {
	var c C
	if kindOf(c) != class {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("layer class %s: %w", class, err)
	}
	if !modest(reflect.ValueOf(c)) {
		return nil, fmt.Errorf("layer class %s: a number out of range", class)
	}
	return c, nil
}

// modest reports whether no integer in v is beyond maxConfig.
func modest(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Int:
		return v.Int() >= -maxConfig && v.Int() <= maxConfig
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			if !modest(v.Index(i)) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !modest(v.Field(i)) {
				return false
			}
		}
	}
	return true
}

// A rebuilder makes the model of a description.
type rebuilder struct {
	d       *description
	builder *Builder
	inputs  []*Node
	layers  []Layer
	models  []*Model
	costs   []int // applications in each model
	cost    int   // so far
}

// rebuild returns the model that d describes, with the weights of w.
func (d *description) rebuild(w *Weights) (m *Model, err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *BuildError:
			m, err = nil, e
		default:
			panic(e)
		}
	}()
	if d.Version != descriptionVersion || len(d.Models) == 0 {
		return nil, fmt.Errorf("a description of version %d with %d models", d.Version, len(d.Models))
	}
	r := &rebuilder{d: d, builder: &Builder{Seed: d.Seed, stored: w.tensors}}
	for _, in := range d.Inputs {
		if err := checkSize(in.Shape); err != nil {
			return nil, err
		}
		r.inputs = append(r.inputs, r.builder.Input(in.Name, in.Shape...))
	}
	for _, ld := range d.Layers {
		l, err := rebuildLayer(ld)
		if err != nil {
			return nil, err
		}
		r.layers = append(r.layers, l)
	}
	for _, md := range d.Models {
		if err := r.model(md); err != nil {
			return nil, err
		}
	}
	r.builder.stored = nil
	return r.models[len(r.models)-1], nil
}

func rebuildLayer(ld layerDescription) (Layer, error) {
	c, err := decodeConfig(ld.Class, ld.Config)
	if err != nil || ld.Activation == nil {
		return &layer{config: c, name: ld.Name}, err
	}
	ac, err := decodeConfig(ld.Activation.Class, ld.Activation.Config)
	if err != nil {
		return nil, err
	}
	a, isActivation := ac.(Activation)
	target, takesOne := c.(activated)
	if !isActivation || !takesOne {
		return nil, fmt.Errorf("a %s with activation %s", ld.Class, ld.Activation.Class)
	}
	return &layer{config: target.withActivation(a), name: ld.Name}, nil
}

// model rebuilds one model and remembers it.
func (r *rebuilder) model(md modelDescription) error {
	before := r.cost
	var values []*Node
	for _, a := range md.Applies {
		nodes, err := r.apply(a, values)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if err := checkSize(n.shape[1:]); err != nil {
				return err
			}
		}
		values = append(values, nodes...)
	}
	inputs, err := choose(values, md.Inputs)
	if err != nil {
		return err
	}
	outputs, err := choose(values, md.Outputs)
	if err != nil {
		return err
	}
	r.models = append(r.models, NewModelOf(md.Name, inputs, outputs))
	r.costs = append(r.costs, r.cost-before)
	return nil
}

// apply makes one application and returns the values it gives.
func (r *rebuilder) apply(a applicationDescription, values []*Node) ([]*Node, error) {
	to, err := choose(values, a.To)
	if err != nil {
		return nil, err
	}
	cost := 1
	if has(r.models, a.Model) {
		cost = r.costs[*a.Model]
	}
	if r.cost += cost; r.cost > maxApplications {
		return nil, fmt.Errorf("more than %d layers", maxApplications)
	}
	switch {
	case has(r.inputs, a.Input):
		return []*Node{r.inputs[*a.Input]}, nil
	case has(r.layers, a.Layer) && len(to) > 0:
		return []*Node{r.layers[*a.Layer].Apply(to...)}, nil
	case has(r.models, a.Model):
		return r.models[*a.Model].ApplyAll(to...), nil
	}
	return nil, errors.New("an application of nothing, or to nothing")
}

// has reports whether i is an index of list.
func has[T any](list []T, i *int) bool { return i != nil && *i >= 0 && *i < len(list) }

// choose returns the values of the given numbers.
func choose(values []*Node, numbers []int) ([]*Node, error) {
	var nodes []*Node
	for _, i := range numbers {
		if i < 0 || i >= len(values) {
			return nil, fmt.Errorf("value %d of %d", i, len(values))
		}
		nodes = append(nodes, values[i])
	}
	return nodes, nil
}

// checkSize returns an error unless s is the shape of a sample of at most
// maxElements.
func checkSize(s Shape) error {
	n := 1
	for _, d := range s {
		if d < 1 || d > maxElements/n {
			return fmt.Errorf("a value of shape %v is empty or too large", s)
		}
		n *= d
	}
	return nil
}
