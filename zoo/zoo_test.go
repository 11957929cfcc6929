package zoo

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/nn"
)

// each runs a test for every model.
func each(t *testing.T, f func(t *testing.T, e Entry)) {
	for _, e := range Entries() {
		t.Run(e.Name, func(t *testing.T) { f(t, e) })
	}
}

// pictures returns n images of noise.
func pictures(e Entry, n int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n*e.Input.Elements())
	for i := range x {
		x[i] = r.Float32()
	}
	return x
}

// steps trains on n batches of 8 images.
func steps(t *testing.T, m Autoencoder, e Entry, n int) {
	t.Helper()
	x := pictures(e, 8)
	for range n {
		if _, err := m.Step(x, nil, 8); err != nil {
			t.Fatal(err)
		}
	}
}

func equalState(t *testing.T, got, want Autoencoder) {
	t.Helper()
	for i, v := range want.State() {
		if w := got.State()[i]; w.Name() != v.Name() || !slices.Equal(w.Value().Data, v.Value().Data) {
			t.Errorf("%s differs", v.Name())
		}
	}
}

func TestLookup(t *testing.T) {
	each(t, func(t *testing.T, e Entry) {
		if got, err := Lookup(e.Name); err != nil || got.Name != e.Name {
			t.Errorf("%q, %v", got.Name, err)
		}
	})
	_, err := Lookup("dense-3")
	var unknown *UnknownError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "dense-2, sigmoid-32, dense-32, conv-128") {
		t.Errorf("error %v", err)
	}
}

// Reconstruct is Decode of Encode, and an image's result does not depend on the
// others of its batch.
func TestCodes(t *testing.T) {
	const n = 300 // more than a batch
	each(t, func(t *testing.T, e Entry) {
		m := e.New(Options{Seed: 1})
		defer m.Close()
		steps(t, m, e, 1)
		size, code := e.Input.Elements(), e.Code.Elements()
		x, codes, decoded, whole := pictures(e, n), make([]float32, n*code), make([]float32, n*size), make([]float32, n*size)
		if err := errors.Join(m.Encode(codes, x, n), m.Decode(decoded, codes, n), m.Reconstruct(whole, x, n)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(decoded, whole) {
			t.Error("decoding the codes gives other images than reconstructing")
		}
		alone := make([]float32, code)
		for _, i := range []int{0, 131, n - 1} {
			if err := m.Encode(alone, x[i*size:], 1); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(alone, codes[i*code:(i+1)*code]) {
				t.Errorf("image %d alone has another code", i)
			}
		}
		if err := m.Encode(codes, x[:size-1], 1); err == nil {
			t.Error("no error for an image that is too short")
		}
		if _, err := m.Step(x[:size-1], nil, 1); err == nil {
			t.Error("no error for a step on an image that is too short")
		}
	})
}

func TestThreadsChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, e Entry) {
		one, three := e.New(Options{Seed: 1, Threads: 1}), e.New(Options{Seed: 1, Threads: 3})
		defer one.Close()
		defer three.Close()
		steps(t, one, e, 5)
		steps(t, three, e, 5)
		equalState(t, three, one)
	})
}

func TestResume(t *testing.T) {
	each(t, func(t *testing.T, e Entry) {
		whole, first, second := e.New(Options{Seed: 1}), e.New(Options{Seed: 1}), e.New(Options{Seed: 2})
		steps(t, whole, e, 6)
		steps(t, first, e, 2)
		for i, v := range first.State() {
			copy(second.State()[i].Value().Data, v.Value().Data)
		}
		second.SetStepCount(first.StepCount())
		steps(t, second, e, 4)
		equalState(t, second, whole)
		if second.StepCount() != 6 {
			t.Errorf("%d steps counted, want 6", second.StepCount())
		}
		for _, m := range []Autoencoder{whole, first, second} {
			m.Close()
		}
	})
}

func TestStepAllocatesNothing(t *testing.T) {
	each(t, func(t *testing.T, e Entry) {
		m := e.New(Options{Threads: 1})
		defer m.Close()
		x := pictures(e, 8)
		step := func() {
			if _, err := m.Step(x, nil, 8); err != nil {
				t.Fatal(err)
			}
			if _, err := m.Loss(x, nil, 8); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if n := testing.AllocsPerRun(3, step); n != 0 {
			t.Errorf("a step allocates %v times", n)
		}
	})
}

func TestSaveAndLoad(t *testing.T) {
	each(t, func(t *testing.T, e Entry) {
		path := filepath.Join(t.TempDir(), "model.safetensors")
		m := e.New(Options{Seed: 1})
		defer m.Close()
		steps(t, m, e, 1)
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		loaded, entry, err := Load(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer loaded.Close()
		if entry.Name != e.Name {
			t.Errorf("a %s was loaded", entry.Name)
		}
		for i, v := range m.Weights() {
			if !slices.Equal(v.Value().Data, loaded.Weights()[i].Value().Data) {
				t.Errorf("%s differs", v.Name())
			}
		}
		network, isNetwork := m.(*Network)
		if !isNetwork {
			return
		}
		generic, err := nn.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if generic.Name() != network.Autoencoder.Name() || len(generic.Weights()) != len(m.Weights()) {
			t.Errorf("nn loads a model %s of %d weights", generic.Name(), len(generic.Weights()))
		}
	})
}

// TestLoadKeepsTheOutput saves a sigmoid-32 with a sigmoid on its output.
func TestLoadKeepsTheOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	m := NewSigmoid32(784, 32, Sigmoid32Config{SigmoidOutput: true})
	defer m.Close()
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, _, err := Load(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer loaded.Close()
	x, want, got := make([]float32, 784), make([]float32, 784), make([]float32, 784)
	if err := errors.Join(m.Reconstruct(want, x, 1), loaded.Reconstruct(got, x, 1)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Error("the loaded model has another output")
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, of string) string {
		path := filepath.Join(dir, name)
		if err := nn.SaveWeights(path, nil, map[string]string{nameKey: of}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no model"), 0o666); err != nil {
		t.Fatal(err)
	}
	var format *nn.FormatError
	var unknown *UnknownError
	for _, c := range []struct {
		path string
		want any
	}{
		{text, &format},
		{write("empty", "dense-2"), &format},
		{write("other", "dense-3"), &unknown},
	} {
		if _, _, err := Load(c.path, Options{}); !errors.As(err, c.want) {
			t.Errorf("%s: error %v", c.path, err)
		}
	}
}

func TestDiverged(t *testing.T) {
	each(t, func(t *testing.T, e Entry) {
		m := e.New(Options{})
		defer m.Close()
		x := pictures(e, 1)
		x[5] = float32(math.NaN())
		var diverged *nn.DivergedError
		if _, err := m.Step(x, nil, 1); !errors.As(err, &diverged) || diverged.Step != 1 {
			t.Errorf("error %v", err)
		}
	})
}

// The tutorials' own interfaces.
func TestTutorials(t *testing.T) {
	e := Entries()[0]
	x := pictures(e, 40)
	low := NewSigmoid32(784, 32, Sigmoid32Config{Options: Options{Seed: 1}})
	defer low.Close()
	var losses []float64
	err := low.Train(context.Background(), x, 40, TrainConfig{Epochs: 3, BatchSize: 16, OnEpoch: func(_ int, loss float64) error {
		losses = append(losses, loss)
		return nil
	}})
	if err != nil || len(losses) != 3 || !(losses[2] < losses[0]) {
		t.Errorf("losses %v, error %v", losses, err)
	}
	code, err := low.EncodedImage(x[:784])
	if err != nil || len(code) != 32 {
		t.Errorf("a code of %d numbers, error %v", len(code), err)
	}
	if image, err := low.DecodedImage(x[:784]); err != nil || len(image) != 784 {
		t.Errorf("an image of %d numbers, error %v", len(image), err)
	}

	high := NewConv128(Options{Seed: 1})
	defer high.Close()
	images := graph.TensorOf(x, 40, 784)
	h, err := high.Train(context.Background(), images, nn.FitConfig{Epochs: 3, BatchSize: 16, Validation: &nn.Data{X: images}})
	if err != nil || !(h.ValidationLoss[2] < h.ValidationLoss[0]) {
		t.Errorf("history %v, error %v", h, err)
	}
	if code, err = high.EncodedImage(x[:784]); err != nil || len(code) != 128 {
		t.Errorf("a code of %d numbers, error %v", len(code), err)
	}
	if image, err := high.DecodedImage(code); err != nil || len(image) != 784 {
		t.Errorf("an image of %d numbers, error %v", len(image), err)
	}
	if _, err := high.Train(context.Background(), graph.TensorOf(x, 80, 392), nn.FitConfig{}); err == nil {
		t.Error("no error for images of 392 pixels")
	}
}
