package runlog

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func ptr(f Float) *Float { return &f }

var allBodies = []Body{
	Started{
		Program: "hourglass v0.1.0", Runtime: "go1.26.0 linux/amd64", Model: "dense-2", Dataset: "mnist",
		Train: 60000, Validation: 10000, Epochs: 20, StepsPerEpoch: 235, BatchSize: 256,
		Seed: math.MaxUint64, Settings: json.RawMessage(`{"optimizer":{"name":"adam","rate":0.0005}}`),
	},
	Step{Step: 10, Epoch: 1, Loss: 0.0525, LearningRate: 5e-4, ImagesPerSecond: 98765.4, Seconds: 0.25,
		Metrics: map[string]Float{"bpp": 0.31}},
	Epoch{Step: 235, Epoch: 1, Loss: 0.0601, ValLoss: ptr(0.0555), ImagesPerSecond: 1e5, Seconds: 0.6},
	Epoch{Step: 470, Epoch: 2, Loss: 0.05, Metrics: map[string]Float{"psnr": Float(math.Inf(1))}},
	Checkpoint{Step: 470, Epoch: 2, Path: "checkpoints/470.safetensors", Best: true},
	Picture{Step: 470, Epoch: 2, Path: "loss.png", Title: "Loss <of> \"dense-2\""},
	Note{Step: 470, Text: "learning rate\nhalved"},
	Stopped{Step: 480, Epoch: 3, Reason: "interrupted"},
	Resumed{Step: 470, Epoch: 2, Checkpoint: "checkpoints/470.safetensors", Program: "p", Runtime: "r"},
	Finished{Step: 4700, Epoch: 20, Loss: 0.046, ValLoss: ptr(0.0455), Seconds: 12.5},
	Unknown{Kind: "weather", Data: json.RawMessage(`{"rain":true}`)},
}

// writeLog writes the bodies to a new log and returns its path.
func writeLog(t *testing.T, bodies ...Body) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.jsonl")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, bodies...)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, w *Writer, bodies ...Body) {
	t.Helper()
	for _, b := range bodies {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
}

func readAll(t *testing.T, r *Reader) (bodies []Body) {
	t.Helper()
	for {
		e, err := r.Next()
		if err == io.EOF {
			return bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, e.Body)
	}
}

func appendText(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	start := time.Now()
	path := writeLog(t, allBodies...)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines != len(allBodies) {
		t.Errorf("%d events make %d lines", len(allBodies), lines)
	}
	r := NewReader(strings.NewReader(string(text)))
	if got := readAll(t, r); !reflect.DeepEqual(got, allBodies) {
		t.Errorf("read\n%+v\nwant\n%+v", got, allBodies)
	}
	if r.Torn() || r.Offset() != int64(len(text)) {
		t.Errorf("torn %v at offset %d of %d", r.Torn(), r.Offset(), len(text))
	}
	log, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if log.Updated.Before(start.Add(-time.Second)) || log.Updated.After(time.Now().Add(time.Second)) {
		t.Errorf("last event at %v, written after %v", log.Updated, start)
	}
}

func TestNonFiniteNumbers(t *testing.T) {
	path := writeLog(t,
		Epoch{Step: 1, Loss: Float(math.NaN()), ValLoss: ptr(Float(math.Inf(1)))},
		Epoch{Step: 2, Loss: Float(math.Inf(-1)), ValLoss: ptr(Float(math.NaN()))})
	log, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	a, b := log.Epochs[0], log.Epochs[1]
	if !math.IsNaN(float64(a.Loss)) || !math.IsInf(float64(*a.ValLoss), 1) ||
		!math.IsInf(float64(b.Loss), -1) || !math.IsNaN(float64(*b.ValLoss)) {
		t.Errorf("read %v %v, %v %v", a.Loss, *a.ValLoss, b.Loss, *b.ValLoss)
	}
	if _, ok := log.BestEpoch(); ok {
		t.Error("an epoch without a finite loss is the best one")
	}
}

// TestTornAtEveryByte cuts the file short at every length: readers see the
// whole lines, and a writer that reopens the file goes on after them.
func TestTornAtEveryByte(t *testing.T) {
	bodies := []Body{Note{1, "first"}, Note{2, "second"}, Note{3, "third"}}
	text, err := os.ReadFile(writeLog(t, bodies...))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run.jsonl")
	for n := range len(text) + 1 {
		if err := os.WriteFile(path, text[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		whole := strings.Count(string(text[:n]), "\n")
		log, err := Read(path)
		if err != nil || len(log.Notes) != whole {
			t.Fatalf("cut to %d bytes: %v, read %d notes, want %d", n, err, len(log.Notes), whole)
		}
		w, err := Open(path)
		if err != nil {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
		write(t, w, Note{4, "after"})
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		log, err = Read(path)
		if err != nil || len(log.Notes) != whole+1 || log.Notes[whole].Text != "after" {
			t.Fatalf("cut to %d bytes and reopened: %v, notes %v", n, err, log.Notes)
		}
	}
}

func TestResumedRunGivesACleanCurve(t *testing.T) {
	log, err := Read(writeLog(t,
		Started{Model: "dense-2"},
		Step{Step: 10, Loss: 1}, Step{Step: 20, Loss: 0.9}, Epoch{Step: 20, Epoch: 1, Loss: 0.95, ValLoss: ptr(0.8)},
		Checkpoint{Step: 20, Path: "a"},
		Step{Step: 30, Loss: 7}, Step{Step: 40, Loss: 7}, Epoch{Step: 40, Epoch: 2, Loss: 7, ValLoss: ptr(0.1)},
		Checkpoint{Step: 40, Path: "lost"}, Picture{Step: 40, Path: "lost.png"}, Note{40, "kept"},
		Stopped{Step: 45, Reason: "interrupted"},
		Resumed{Step: 20},
		Step{Step: 25, Loss: 0.85}, Step{Step: 35, Loss: 0.8}, Epoch{Step: 40, Epoch: 2, Loss: 0.82, ValLoss: ptr(0.7)},
	))
	if err != nil {
		t.Fatal(err)
	}
	var steps []int64
	for _, s := range log.Steps {
		steps = append(steps, s.Step)
	}
	if want := []int64{10, 20, 25, 35}; !reflect.DeepEqual(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	if len(log.Epochs) != 2 || log.Epochs[1].Loss != 0.82 {
		t.Errorf("epochs %+v", log.Epochs)
	}
	if len(log.Checkpoints) != 1 || log.Checkpoints[0].Path != "a" || len(log.Pictures) != 0 || len(log.Notes) != 1 {
		t.Errorf("checkpoints %v, pictures %v, notes %v", log.Checkpoints, log.Pictures, log.Notes)
	}
	if log.Status != StatusRunning || log.Reason != "" || len(log.Resumptions) != 1 {
		t.Errorf("status %v %q after %d resumptions", log.Status, log.Reason, len(log.Resumptions))
	}
	if best, ok := log.BestEpoch(); !ok || best.Epoch != 2 {
		t.Errorf("best epoch %+v %v", best, ok)
	}
}

func TestRepeatedStepsWithoutResumption(t *testing.T) {
	log, err := Read(writeLog(t, Started{},
		Step{Step: 1, Loss: 5}, Step{Step: 2, Loss: 5}, Step{Step: 3, Loss: 5},
		Step{Step: 2, Loss: 4}, Step{Step: 3, Loss: 3}))
	if err != nil {
		t.Fatal(err)
	}
	if len(log.Steps) != 3 || log.Steps[0].Loss != 5 || log.Steps[1].Loss != 4 || log.Steps[2].Loss != 3 {
		t.Errorf("steps %+v", log.Steps)
	}
}

func TestStatus(t *testing.T) {
	tests := []struct {
		bodies []Body
		want   string
	}{
		{nil, "empty"},
		{[]Body{Started{}}, "running"},
		{[]Body{Started{}, Finished{}}, "finished"},
		{[]Body{Started{}, Finished{}, Note{}}, "finished"},
		{[]Body{Started{}, Stopped{Reason: "x"}}, "stopped"},
		{[]Body{Started{}, Stopped{}, Resumed{}}, "running"},
	}
	for _, tt := range tests {
		log, err := Read(writeLog(t, tt.bodies...))
		if err != nil || log.Status.String() != tt.want {
			t.Errorf("%v: status %v, %v; want %s", tt.bodies, log.Status, err, tt.want)
		}
	}
}

func TestBadLines(t *testing.T) {
	const good = `{"v":1,"time":"2026-01-02T03:04:05Z","event":"note","data":{"step":1,"text":"x"}}` + "\n"
	tests := []struct {
		name, text string
		line       int
		want       error
	}{
		{"not JSON", good + "hello\n", 2, nil},
		{"blank line", good + "\n" + good, 2, nil},
		{"zero bytes", good + "\x00\x00\n", 2, nil},
		{"no version", `{"event":"note","data":{}}` + "\n", 1, nil},
		{"newer version", strings.Replace(good, `"v":1`, `"v":2`, 1), 1, ErrVersion},
		{"no data", `{"v":1,"time":"2026-01-02T03:04:05Z","event":"note"}` + "\n", 1, nil},
		{"data of another type", `{"v":1,"time":"2026-01-02T03:04:05Z","event":"note","data":[1]}` + "\n", 1, nil},
		{"negative step", strings.Replace(good, `"step":1`, `"step":-1`, 1), 1, nil},
		{"year -1", strings.Replace(good, "2026-01-02T03:04:05Z", "0000-01-01T00:00:00+23:00", 1), 1, nil},
		{"loss in words", `{"v":1,"time":"2026-01-02T03:04:05Z","event":"step","data":{"loss":"high"}}` + "\n", 1, nil},
		{"long line", good + strings.Repeat("x", MaxLine) + "\n" + good, 2, ErrTooLong},
		{"long torn line", good + strings.Repeat("x", MaxLine+5), 2, ErrTooLong},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "run.jsonl")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		var bad *LineError
		if !errors.As(err, &bad) || bad.Line != tt.line || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want one of line %d (%v)", tt.name, err, tt.line, tt.want)
		}
		if _, err := Open(path); err == nil {
			t.Errorf("%s: a writer opened the file", tt.name)
		}
		if after, _ := os.ReadFile(path); string(after) != tt.text {
			t.Errorf("%s: opening changed the file", tt.name)
		}
	}
}

func TestReaderRepeatsItsError(t *testing.T) {
	r := NewReader(strings.NewReader("hello\n"))
	_, first := r.Next()
	_, second := r.Next()
	if first == nil || first != second {
		t.Errorf("errors %v, then %v", first, second)
	}
}

func TestWriterErrors(t *testing.T) {
	path := writeLog(t, Started{})
	if _, err := Create(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("creating an existing log: %v", err)
	}
	if _, err := Open(path + ".not"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening a missing log: %v", err)
	}
	if _, err := Read(path + ".not"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading a missing log: %v", err)
	}
	w, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Note{Text: strings.Repeat("x", MaxLine)}); !errors.Is(err, ErrTooLong) {
		t.Errorf("a note of 1 MiB: %v", err)
	}
	if err := w.Write(Started{Settings: json.RawMessage(`{`)}); err == nil {
		t.Error("settings that are not JSON were written")
	}
	write(t, w, Note{1, "still fine"})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Note{}); err == nil {
		t.Error("wrote to a closed log")
	}
	if log, err := Read(path); err != nil || len(log.Notes) != 1 {
		t.Errorf("after failed writes: %v, %v", log, err)
	}
}

func TestConcurrentWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 50 {
				if err := w.Write(Note{int64(i), strings.Repeat("n", 100)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if log, err := Read(path); err != nil || len(log.Notes) != 400 {
		t.Errorf("read %d notes, %v; want 400", len(log.Notes), err)
	}
}
