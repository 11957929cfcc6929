package hourglass

import (
	"bytes"
	"errors"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/internal/container"
)

// untrained returns a model that nobody has trained: what it makes of images is
// poor, but the same every time.
func untrained(t testing.TB, height, width, channels int, seed uint64) *Model {
	t.Helper()
	c := codec.Small(height, width, channels)
	c.Features, c.Blocks, c.Hidden, c.Groups, c.Global = 8, 1, 8, []int{2, 2}, 4
	rates := make([]float64, len(c.Lambdas))
	for i := range rates {
		rates[i] = 10 * float64(i+1)
	}
	n := codec.NewNetwork(c, seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, v := range n.Variables() { // so that latents of all sizes occur
		for i := range v.Value().Data {
			v.Value().Data[i] += 0.2 * float32(rng.NormFloat64())
		}
	}
	var file bytes.Buffer
	if err := codec.WriteModel(&file, n, rates); err != nil {
		t.Fatal(err)
	}
	m, err := ParseModel(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// registerFor makes models known during a test.
func registerFor(t *testing.T, models ...*Model) {
	t.Helper()
	before := registry.models
	t.Cleanup(func() { registry.models = before })
	Register(models...)
}

// typed tells whether err is of one of the kinds.
func typed(err error) bool {
	for _, kind := range []error{ErrFormat, ErrVersion, ErrTruncated, ErrCorrupt, ErrTooLarge, ErrUnknownModel} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

func TestModel(t *testing.T) {
	m := untrained(t, 8, 12, 3, 1)
	if c := m.Config(); c.Width != 12 || c.Height != 8 || c.ColorModel != color.RGBAModel || m.Channels() != 3 {
		t.Errorf("%+v, %d channels", c, m.Channels())
	}
	if id := m.ID(); id != ModelID(container.IDOf(m.File())) || m.String() != "12x8x3 "+id.String()[:10] {
		t.Errorf("%v has the ID %v", m, id)
	}
	if b := m.ExpectedBytes(MinQuality); b != 10./8 {
		t.Errorf("%v bytes expected", b)
	}
	if _, err := ParseModel([]byte("no model")); !errors.Is(err, codec.ErrModel) {
		t.Errorf("no model: %v", err)
	}
}

// A model is found by its short ID if no other known one has it.
func TestRegistry(t *testing.T) {
	a, b := untrained(t, 8, 8, 1, 1), untrained(t, 8, 8, 1, 2)
	file := encoded(t, a, 50)
	if _, err := Decode(bytes.NewReader(file)); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("no model is known: %v", err)
	}
	before := len(registry.models)
	registerFor(t, a, a, b)
	if n := len(registry.models) - before; n != 2 {
		t.Errorf("%d models have been registered", n)
	}
	if _, err := Decode(bytes.NewReader(file)); err != nil {
		t.Error(err)
	}
	alike := *b
	alike.id = a.id
	alike.id[31]++
	if _, err := DecodeWith(bytes.NewReader(file), &DecodeOptions{Models: []*Model{&alike}}); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("two models of one short ID: %v", err)
	}
}

func TestRegisterFunc(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	registerFor(t)
	wrong := errors.New("wrong")
	calls := 0
	RegisterFunc(func() ([]*Model, error) {
		if calls++; calls == 1 {
			return nil, wrong
		}
		return []*Model{m}, nil
	})
	if calls != 0 {
		t.Error("models are loaded before one is looked for")
	}
	file := encoded(t, m, 50)
	if _, err := Decode(bytes.NewReader(file)); !errors.Is(err, wrong) {
		t.Errorf("models that cannot be loaded: %v", err)
	}
	for range 2 {
		if _, err := Decode(bytes.NewReader(file)); err != nil {
			t.Error(err)
		}
	}
	if calls != 2 {
		t.Errorf("loaded %d times", calls)
	}
}
