package nn

import "encoding/json"

// description is a model in the metadata of its file: all inputs and layers,
// each once, and how models apply them. A model comes after those that it
// applies; the last one is the model of the file.
type description struct {
	Version int                `json:"version"`
	Seed    uint64             `json:"seed,string"`
	Inputs  []inputDescription `json:"inputs"`
	Layers  []layerDescription `json:"layers"`
	Models  []modelDescription `json:"models"`
}

type inputDescription struct {
	Name  string `json:"name"`
	Shape Shape  `json:"shape"` // without the batch
}

type layerDescription struct {
	Name       string                 `json:"name"`
	Class      string                 `json:"class"`
	Config     json.RawMessage        `json:"config,omitempty"`
	Activation *activationDescription `json:"activation,omitempty"`
}

type activationDescription struct {
	Class  string          `json:"class"`
	Config json.RawMessage `json:"config,omitempty"`
}

// modelDescription numbers the values of a model from 0: those of the first
// application, of the second, and so on.
type modelDescription struct {
	Name    string                   `json:"name"`
	Applies []applicationDescription `json:"applies"`
	Inputs  []int                    `json:"inputs"`
	Outputs []int                    `json:"outputs"`
}

// applicationDescription is of an input, of a layer or of an earlier model.
type applicationDescription struct {
	Input *int  `json:"input,omitempty"` // index of the input
	Layer *int  `json:"layer,omitempty"` // index of the layer
	Model *int  `json:"model,omitempty"` // index of the model
	To    []int `json:"to,omitempty"`    // the values it is applied to
}

const descriptionVersion = 1

// describer numbers layers and models.
type describer struct {
	d      description
	inputs map[Layer]int
	layers map[Layer]int
	models map[*Model]int
}

// describe returns the model's description.
func (m *Model) describe() (description, error) {
	d := &describer{
		d:      description{Version: descriptionVersion, Seed: m.home().Seed},
		inputs: map[Layer]int{}, layers: map[Layer]int{}, models: map[*Model]int{},
	}
	_, err := d.model(m)
	return d.d, err
}

func (d *describer) model(m *Model) (int, error) {
	if i, ok := d.models[m]; ok {
		return i, nil
	}
	md := modelDescription{Name: m.name}
	values := map[*Node]int{}
	for _, app := range m.order {
		a, err := d.application(app)
		if err != nil {
			return 0, err
		}
		a.To = lookUp(values, app.in)
		md.Applies = append(md.Applies, a)
		for _, n := range app.out {
			values[n] = len(values)
		}
	}
	md.Inputs, md.Outputs = lookUp(values, m.inputs), lookUp(values, m.outs)
	d.d.Models = append(d.d.Models, md)
	d.models[m] = len(d.d.Models) - 1
	return d.models[m], nil
}

func lookUp(values map[*Node]int, nodes []*Node) []int {
	var out []int
	for _, n := range nodes {
		out = append(out, values[n])
	}
	return out
}

// application describes what is applied.
func (d *describer) application(app *application) (a applicationDescription, err error) {
	switch l := app.layer.(type) {
	case *inputLayer:
		a.Input = d.input(l, app.out[0].shape[1:])
	case *Model:
		a.Model, err = index(d.model(l))
	case *layer:
		a.Layer, err = index(d.layer(l))
	}
	return a, err
}

func (d *describer) input(l *inputLayer, shape Shape) *int {
	i, ok := d.inputs[l]
	if !ok {
		i = len(d.d.Inputs)
		d.inputs[l] = i
		d.d.Inputs = append(d.d.Inputs, inputDescription{l.name, shape})
	}
	return &i
}

func index(i int, err error) (*int, error) { return &i, err }

func (d *describer) layer(l *layer) (int, error) {
	if i, ok := d.layers[l]; ok {
		return i, nil
	}
	ld := layerDescription{Name: l.name, Class: l.Kind()}
	var err error
	if ld.Config, err = json.Marshal(l.config); err != nil {
		return 0, err
	}
	if a, ok := l.config.(activated); ok && a.activation() != nil {
		act := a.activation()
		ld.Activation = &activationDescription{Class: kindOf(act)}
		if ld.Activation.Config, err = json.Marshal(act); err != nil {
			return 0, err
		}
	}
	d.layers[l] = len(d.d.Layers)
	d.d.Layers = append(d.d.Layers, ld)
	return d.layers[l], nil
}
