package nn

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/safetensors"
)

// everything is a model with every kind of layer, a model within a model, a
// shared layer, and several inputs and outputs.
func everything() *Model {
	b := &Builder{Seed: 4}
	var inputs, outputs []*Node
	for _, c := range layerCases {
		x := b.Input("", c.in...)
		inputs = append(inputs, x)
		outputs = append(outputs, New(c.config).Apply(x))
	}
	v := b.Input("", 3)
	inputs = append(inputs, v)
	shared := New(Dense{Units: 3, Activation: ELU{Alpha: 0.5}})
	inner := NewModel("inner", v, shared.Apply(shared.Apply(v)))
	outputs = append(outputs, Concatenate{}.Apply(inner.Apply(v), shared.Apply(v), inner.Apply(inner.Apply(v))))
	return NewModelOf("outer", inputs, outputs)
}

// results runs a model of several inputs on noise.
func results(t *testing.T, m *Model) (out []float32) {
	t.Helper()
	s := graph.NewSession[float32](graph.SessionOptions{})
	defer s.Close()
	feeds := map[*graph.Node]*graph.Tensor{}
	var in []*graph.Node
	for i, n := range m.Inputs() {
		shape := append(Shape{2}, n.Shape()[1:]...)
		x := graph.Placeholder("x", shape...)
		in, feeds[x] = append(in, x), noise(uint64(i), shape...)
	}
	for _, training := range []bool{false, true} {
		y, _ := m.Graph(training, in...)
		values, err := s.Run(feeds, y...)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			out = append(out, v.Data...)
		}
	}
	return out
}

func summaryOf(t *testing.T, m *Model) string {
	t.Helper()
	var s strings.Builder
	if err := m.Summary(&s); err != nil {
		t.Fatal(err)
	}
	return s.String()
}

func TestSaveAndLoad(t *testing.T) {
	m := everything()
	perturb(m.Weights())
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := summaryOf(t, loaded), summaryOf(t, m); got != want {
		t.Errorf("loaded:\n%s\nsaved:\n%s", got, want)
	}
	if !slices.Equal(results(t, loaded), results(t, m)) {
		t.Error("the loaded model computes other numbers")
	}
	var first, second bytes.Buffer
	if err := errors.Join(m.Write(&first), loaded.Write(&second)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the loaded model is saved as other bytes")
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("%d files after saving one", len(entries))
	}
}

// A loaded model can be built upon: new layers get new names and weights.
func TestBuildOnLoadedModel(t *testing.T) {
	encoder, _, _ := dense2(1)
	var file bytes.Buffer
	if err := encoder.Write(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := Read(&file, file.Len())
	if err != nil {
		t.Fatal(err)
	}
	m := NewModel("", loaded.Inputs()[0], Dense{Units: 3}.Apply(loaded.Outputs()[0]))
	if y, err := m.Predict(noise(1, 2, 784)); err != nil || !y.Shape.Equal(Shape{2, 3}) {
		t.Errorf("%v, %v", y, err)
	}
}

func TestSaveFails(t *testing.T) {
	encoder, _, _ := dense2(1)
	if err := encoder.Save(filepath.Join(t.TempDir(), "none", "m")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestRestore(t *testing.T) {
	_, _, ae := dense2(1)
	var file bytes.Buffer
	if err := WriteWeights(&file, ae.Weights(), nil); err != nil {
		t.Fatal(err)
	}
	w, err := ReadWeights(&file, file.Len())
	if err != nil {
		t.Fatal(err)
	}
	_, _, other := dense2(2)
	if err := w.Restore(other.Weights()); err != nil {
		t.Fatal(err)
	}
	for i, v := range ae.Weights() {
		if !slices.Equal(v.Value().Data, other.Weights()[i].Value().Data) {
			t.Errorf("%s differs", v.Name())
		}
	}
	var format *FormatError
	for _, v := range []*graph.Variable{
		graph.NewVariable("none", graph.NewTensor(1)),
		graph.NewVariable("encoder_dense_1/bias", graph.NewTensor(301)),
	} {
		if err := w.Restore([]*graph.Variable{v}); !errors.As(err, &format) {
			t.Errorf("%s: error %v", v.Name(), err)
		}
	}
	if _, err := w.Model(); !errors.As(err, &format) {
		t.Errorf("a model without description: %v", err)
	}
}

// describedBy returns a file of no weights with the given description.
func describedBy(text string) []byte {
	var b bytes.Buffer
	f := &safetensors.File{Metadata: map[string]string{descriptionKey: text}}
	if err := safetensors.Write(&b, f); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// repeated describes a model that applies a model twice that does the same, and
// so on.
func repeated(depth int) string {
	d := description{
		Version: descriptionVersion,
		Inputs:  []inputDescription{{Name: "i", Shape: Shape{1}}},
		Layers:  []layerDescription{{Name: "l", Class: "ReLU", Config: json.RawMessage("{}")}},
	}
	zero := 0
	for i := range depth {
		once := applicationDescription{Layer: &zero, To: []int{0}}
		twice := applicationDescription{Layer: &zero, To: []int{1}}
		if i > 0 {
			before := i - 1
			once = applicationDescription{Model: &before, To: []int{0}}
			twice = applicationDescription{Model: &before, To: []int{1}}
		}
		d.Models = append(d.Models, modelDescription{
			Name:    strings.Repeat("m", i+1),
			Applies: []applicationDescription{{Input: &zero}, once, twice},
			Inputs:  []int{0}, Outputs: []int{2},
		})
	}
	text, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// one describes a model of one layer.
func one(shape, class, config string) string {
	return `{"version":1,"seed":"0","inputs":[{"name":"i","shape":` + shape + `}],` +
		`"layers":[{"name":"l","class":"` + class + `","config":` + config + `}],` +
		`"models":[{"name":"m","applies":[{"input":0},{"layer":0,"to":[0]}],"inputs":[0],"outputs":[1]}]}`
}

var hostile = map[string]string{
	"no JSON":              `{`,
	"another version":      `{"version":2,"models":[{}]}`,
	"no models":            `{"version":1}`,
	"unknown class":        one(`[1]`, "Lambda", `{}`),
	"unknown setting":      one(`[1]`, "ReLU", `{"Bang":1}`),
	"weights not there":    one(`[784]`, "Dense", `{"Units":1000000}`),
	"huge setting":         one(`[1]`, "Dense", `{"Units":1000000000}`),
	"huge input":           one(`[4611686018427387904,4]`, "Flatten", `{}`),
	"huge output":          one(`[65536,32000,1]`, "UpSampling2D", `{"Size":[1000000,1000000]}`),
	"empty input":          one(`[0]`, "Flatten", `{}`),
	"negative window":      one(`[4,4,1]`, "MaxPooling2D", `{"Size":[-1,2]}`),
	"negative strides":     one(`[4,4,1]`, "MaxPooling2D", `{"Strides":[-1,2]}`),
	"negative factor":      one(`[4,4,1]`, "UpSampling2D", `{"Size":[-2,-2]}`),
	"negative padding":     one(`[4,4,1]`, "ZeroPadding2D", `{"Top":-1}`),
	"negative cropping":    one(`[4,4,1]`, "Cropping2D", `{"Top":-1}`),
	"negative slope":       one(`[4]`, "LeakyReLU", `{"Slope":-1}`),
	"negative alpha":       one(`[4]`, "ELU", `{"Alpha":-1}`),
	"bad padding":          one(`[4,4,1]`, "MaxPooling2D", `{"Padding":"full"}`),
	"bad reshape":          one(`[4]`, "Reshape", `{"Shape":[-1,-1]}`),
	"reshape by nothing":   one(`[4]`, "Reshape", `{"Shape":[0,-1]}`),
	"vector as image":      one(`[4]`, "UpSampling2D", `{}`),
	"too many groups":      one(`[4,4,1]`, "Conv2D", `{"Filters":4,"Kernel":[1,1],"Groups":3}`),
	"models within models": repeated(20),
	"layer not there":      `{"version":1,"seed":"0","inputs":[{"name":"i","shape":[1]}],"models":[{"applies":[{"input":0},{"layer":0,"to":[0]}],"inputs":[0],"outputs":[1]}]}`,
	"value not there":      `{"version":1,"seed":"0","inputs":[{"name":"i","shape":[1]}],"models":[{"applies":[{"input":0}],"inputs":[0],"outputs":[1]}]}`,
	"no outputs":           `{"version":1,"seed":"0","inputs":[{"name":"i","shape":[1]}],"models":[{"applies":[{"input":0}],"inputs":[0]}]}`,
	"name twice":           strings.Replace(one(`[1]`, "ReLU", `{}`), `"name":"m"`, `"name":"l"`, 1),
	"activation of pooling": strings.Replace(one(`[4,4,1]`, "MaxPooling2D", `{}`), `"config":{}`,
		`"config":{},"activation":{"class":"ReLU","config":{}}`, 1),
	"activation that is none": strings.Replace(one(`[4]`, "Dense", `{"Units":1}`), `"config":{"Units":1}`,
		`"config":{"Units":1},"activation":{"class":"Flatten","config":{}}`, 1),
}

func TestReadRefuses(t *testing.T) {
	for name, text := range hostile {
		data := describedBy(text)
		m, err := Read(bytes.NewReader(data), len(data))
		var format *FormatError
		if m != nil || !errors.As(err, &format) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := Read(strings.NewReader("no safetensors at all"), 100); err == nil {
		t.Error("text taken for a model")
	}
	if text := repeated(10); text != "" {
		data := describedBy(text)
		if _, err := Read(bytes.NewReader(data), len(data)); err != nil {
			t.Errorf("models within models, not too many: %v", err)
		}
	}
}

// FuzzRead looks for a file that makes Read panic, or that it takes but cannot
// write again.
func FuzzRead(f *testing.F) {
	for _, text := range hostile {
		f.Add(describedBy(text))
	}
	b := &Builder{}
	x := b.Input("x", 4, 4, 2)
	y := Conv2D{Filters: 2, Kernel: [2]int{3, 3}, Activation: LeakyReLU{}}.Apply(x)
	var file bytes.Buffer
	if err := NewModel("m", x, GDN{}.Apply(y)).Write(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read(bytes.NewReader(data), 1<<20)
		var format *FormatError
		switch {
		case err == nil:
			var again bytes.Buffer
			if err := m.Write(&again); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(&again, again.Len()); err != nil {
				t.Fatalf("written again: %v", err)
			}
		case !errors.As(err, &format):
			t.Fatalf("error of type %T: %v", err, err)
		}
	})
}
