package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hourglass-codec/hourglass/runlog"
)

// outcome is what a run that nothing stopped leaves.
type outcome struct {
	best, model []byte
	losses      string
}

func outcomeOf(t *testing.T, r *Run) outcome {
	t.Helper()
	return outcome{readFile(t, r.BestPath()), readFile(t, r.ModelPath()), stepsOf(t, r)}
}

func uninterrupted(t *testing.T) outcome {
	t.Helper()
	r := newRun(t)
	if _, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), Options{}); err != nil {
		t.Fatal(err)
	}
	return outcomeOf(t, r)
}

func (want outcome) compare(t *testing.T, r *Run) {
	t.Helper()
	got := outcomeOf(t, r)
	if !bytes.Equal(got.model, want.model) {
		t.Error("other weights at the end than without a stop")
	}
	if !bytes.Equal(got.best, want.best) {
		t.Error("another best model than without a stop")
	}
	if got.losses != want.losses {
		t.Errorf("the log holds\n%s\nwithout a stop it holds\n%s", got.losses, want.losses)
	}
}

func TestTrain(t *testing.T) {
	r := newRun(t)
	var seen []Progress
	o := Options{Observer: observer(func(p Progress) { seen = append(seen, p) })}
	result, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), o)
	if err != nil {
		t.Fatal(err)
	}
	if result.Step != testSteps || result.Epoch != 3 || result.ValLoss == nil {
		t.Errorf("finished with %+v", result)
	}
	if len(seen) != testSteps {
		t.Fatalf("%d steps observed, want %d", len(seen), testSteps)
	}
	p := seen[10]
	if p.Epoch != 2 || p.Epochs != 3 || p.Batch != 4 || p.Batches != 7 || p.Step != 11 || p.Steps != testSteps || p.Validation == nil {
		t.Errorf("progress after 11 steps is %+v", p)
	}
	log, err := r.Log()
	if err != nil {
		t.Fatal(err)
	}
	if log.Status != runlog.StatusFinished || len(log.Epochs) != 3 || len(log.Steps) != testSteps || len(log.Checkpoints) != 3 {
		t.Errorf("the log is %v with %d epochs, %d steps, %d checkpoints", log.Status, len(log.Epochs), len(log.Steps), len(log.Checkpoints))
	}
	if first, last := log.Epochs[0].Loss, log.Epochs[2].Loss; !(last < first) {
		t.Errorf("the loss went from %v to %v", first, last)
	}
	want := []string{".lock", "best.safetensors", "checkpoints/000000000014.safetensors", "checkpoints/000000000021.safetensors", "log.jsonl", "model.safetensors"}
	if got := files(t, r.Dir()); !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
	if _, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), Options{}); !errors.Is(err, ErrFinished) {
		t.Errorf("training a finished run: %v", err)
	}
}

// TestStopAnywhere stops after every step in turn and resumes.
func TestStopAnywhere(t *testing.T) {
	want := uninterrupted(t)
	reason := errors.New("enough")
	for step := range int64(testSteps) {
		r := newRun(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		o := Options{Observer: observer(func(p Progress) {
			if p.Step == step+1 {
				cancel(reason)
			}
		})}
		if _, err := r.Train(ctx, newLinear(r.Settings()), testData(), o); !errors.Is(err, reason) {
			t.Fatalf("stopped after step %d: %v", step+1, err)
		}
		log, err := r.Log()
		if err != nil || log.Status != runlog.StatusStopped || log.Reason != "enough" {
			t.Fatalf("the log of a stopped run is %v, %q, %v", log.Status, log.Reason, err)
		}
		if r, err = Open(r.Dir()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), Options{}); err != nil {
			t.Fatal(err)
		}
		want.compare(t, r)
	}
}

// TestCrashAnywhere fails in every step in turn, with a checkpoint after each
// step, after each epoch or at its end only, and resumes.
func TestCrashAnywhere(t *testing.T) {
	want := uninterrupted(t)
	crash := errors.New("crash")
	for _, every := range []time.Duration{1, time.Hour} {
		for step := int64(1); step <= testSteps; step++ {
			r := newRun(t)
			l := newLinear(r.Settings())
			l.afterStep = func(s int64, loss float32) (float32, error) {
				if s == step {
					return 0, crash
				}
				return loss, nil
			}
			if _, err := r.Train(t.Context(), l, testData(), Options{CheckpointEvery: every}); !errors.Is(err, crash) {
				t.Fatal(err)
			}
			if _, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), Options{CheckpointEvery: every}); err != nil {
				t.Fatal(err)
			}
			want.compare(t, r)
		}
	}
}

func TestDamagedCheckpoint(t *testing.T) {
	want := uninterrupted(t)
	damages := map[string]func([]byte) []byte{
		"torn":     func(b []byte) []byte { return b[:len(b)*2/3] },
		"empty":    func(b []byte) []byte { return nil },
		"flipped":  func(b []byte) []byte { b[len(b)-5] ^= 1; return b },
		"header":   func(b []byte) []byte { b[3] = 0xff; return b },
		"longer":   func(b []byte) []byte { return append(b, 0) },
		"position": func(b []byte) []byte { return bytes.Replace(b, []byte(`\"batch\":0`), []byte(`\"batch\":1`), 1) },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			r := newRun(t)
			ctx, cancel := context.WithCancel(t.Context())
			o := Options{Observer: observer(func(p Progress) {
				if p.Step == 17 {
					cancel()
				}
			}), CheckpointEvery: time.Hour}
			if _, err := r.Train(ctx, newLinear(r.Settings()), testData(), o); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			newest := filepath.Join(r.Dir(), checkpointDir, "000000000017.safetensors")
			if name == "position" {
				newest = filepath.Join(r.Dir(), checkpointDir, "000000000014.safetensors")
				os.Remove(filepath.Join(r.Dir(), checkpointDir, "000000000017.safetensors"))
			}
			sound := readFile(t, newest)
			damaged := damage(bytes.Clone(sound))
			if bytes.Equal(sound, damaged) {
				t.Fatal("not damaged")
			}
			if err := os.WriteFile(newest, damaged, 0o666); err != nil {
				t.Fatal(err)
			}
			_, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), Options{Logger: testLogger(t)})
			if name == "position" { // the only one
				if err == nil || !strings.Contains(err.Error(), "all checkpoints") {
					t.Fatalf("with no sound checkpoint: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want.compare(t, r)
		})
	}
}

func TestDivergence(t *testing.T) {
	spoil := map[string]func(l *linear) func(int64, float32) (float32, error){
		"the loss is NaN": func(*linear) func(int64, float32) (float32, error) {
			return func(step int64, loss float32) (float32, error) {
				if step == 12 {
					return float32(math.NaN()), nil
				}
				return loss, nil
			}
		},
		"decoder has the value +Inf": func(l *linear) func(int64, float32) (float32, error) {
			return func(step int64, loss float32) (float32, error) {
				if step == 12 {
					l.weights[1].Value().Data[2] = float32(math.Inf(1))
				}
				return loss, nil
			}
		},
	}
	for what, after := range spoil {
		t.Run(what, func(t *testing.T) {
			r := newRun(t)
			l := newLinear(r.Settings())
			l.afterStep = after(l)
			_, err := r.Train(t.Context(), l, testData(), Options{CheckpointEvery: 1})
			var diverged *DivergedError
			if !errors.As(err, &diverged) || diverged.Step != 12 || diverged.Epoch != 2 || diverged.What != what {
				t.Fatalf("got %v", err)
			}
			want := []string{"000000000010.safetensors", "000000000011.safetensors"}
			if got := files(t, filepath.Join(r.Dir(), checkpointDir)); !slices.Equal(got, want) {
				t.Errorf("checkpoints %q, want %q", got, want)
			}
			log, err := r.Log()
			if err != nil || log.Status != runlog.StatusStopped || !strings.Contains(log.Reason, what) {
				t.Errorf("the log is %v: %q, %v", log.Status, log.Reason, err)
			}
		})
	}
}

// TestUnwritable trains where checkpoints cannot be written.
func TestUnwritable(t *testing.T) {
	r := newRun(t)
	if err := os.WriteFile(filepath.Join(r.Dir(), checkpointDir), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), Options{})
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Fatalf("got %v", err)
	}
	if err := os.Remove(filepath.Join(r.Dir(), checkpointDir)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), Options{}); err != nil {
		t.Fatal(err)
	}
	uninterrupted(t).compare(t, r)
}

func TestLeftovers(t *testing.T) {
	r := newRun(t)
	leftover := filepath.Join(r.Dir(), checkpointDir, "000000000099.safetensors.0123abcd.tmp")
	if err := errors.Join(os.Mkdir(filepath.Dir(leftover), 0o777), os.WriteFile(leftover, []byte("half"), 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(leftover); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a half-written checkpoint is left: %v", err)
	}
}

func TestWithoutValidation(t *testing.T) {
	data := testData()
	data.Test = data.Test.Take(0)
	r, err := Create(t.TempDir(), testSettings, data, "test")
	if err != nil {
		t.Fatal(err)
	}
	result, err := r.Train(t.Context(), newLinear(r.Settings()), data, Options{})
	if err != nil || result.ValLoss != nil {
		t.Fatalf("%+v, %v", result, err)
	}
	if !bytes.Equal(readFile(t, r.BestPath()), readFile(t, r.ModelPath())) {
		t.Error("the training loss fell, but the best model is not the last")
	}
}

func TestMistakes(t *testing.T) {
	r := newRun(t)
	if _, err := Create(r.Dir(), testSettings, testData(), ""); !errors.Is(err, ErrExist) {
		t.Errorf("a run where one is: %v", err)
	}
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "absent")} {
		if _, err := Open(dir); !errors.Is(err, ErrNoRun) {
			t.Errorf("opening no run: %v", err)
		}
	}
	other := testData()
	other.Test.Pixels[5]++
	if _, err := r.Train(t.Context(), newLinear(r.Settings()), other, Options{}); !errors.Is(err, ErrDataChanged) {
		t.Errorf("with other images: %v", err)
	}
	for name, change := range map[string]func(*Settings){
		"epochs":        func(s *Settings) { s.Epochs = 0 },
		"batches":       func(s *Settings) { s.BatchSize = -1 },
		"learning rate": func(s *Settings) { s.LearningRate = math.NaN() },
	} {
		s := testSettings
		change(&s)
		dir := filepath.Join(t.TempDir(), "x")
		if _, err := Create(dir, s, testData(), ""); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: a folder was left", name)
		}
	}
}

func TestBusy(t *testing.T) {
	r := newRun(t)
	var inner error
	o := Options{Observer: observer(func(p Progress) {
		if p.Step == 1 {
			_, inner = r.Train(t.Context(), newLinear(r.Settings()), testData(), Options{})
		}
	})}
	if _, err := r.Train(t.Context(), newLinear(r.Settings()), testData(), o); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(inner, ErrBusy) {
		t.Errorf("training a run twice at once: %v", inner)
	}
}

func FuzzDecodeCheckpoint(f *testing.F) {
	state := newLinear(testSettings).State()
	var buf bytes.Buffer
	if err := encodeCheckpoint(&buf, state, position{Step: 3}); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add(buf.Bytes()[:100])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		_, values, err := decodeCheckpoint(bytes.NewReader(data), state)
		if err == nil && len(values) != len(state) {
			t.Errorf("%d variables of %d", len(values), len(state))
		}
	})
}
