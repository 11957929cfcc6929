package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

var quick = Trials{Count: 1, Length: time.Millisecond}

func TestModels(t *testing.T) {
	work := []Workload{{Model: "dense-2", Task: "train", Batch: 8}, {Model: "sigmoid-32", Task: "infer", Batch: 4}, {Model: "conv-128", Task: "encode", Batch: 1}, {Model: "dense-32", Task: "decode", Batch: 3}}
	var got []ModelResult
	err := Models(context.Background(), work, Noise(40), 1, quick, func(r ModelResult) { got = append(got, r) })
	if err != nil || len(got) != len(work) {
		t.Fatalf("%d results, %v", len(got), err)
	}
	for i, r := range got {
		if r.Workload != work[i] || r.Images.Median <= 0 || r.Images.Best < r.Images.Median {
			t.Errorf("result %+v for %+v", r, work[i])
		}
	}
}

func TestModelsErrors(t *testing.T) {
	for _, w := range []Workload{{Model: "nothing", Task: "train", Batch: 1}, {Model: "dense-2", Task: "fly", Batch: 1}, {Model: "dense-2", Task: "train", Batch: 0}, {Model: "dense-2", Task: "train", Batch: 99}} {
		if err := Models(context.Background(), []Workload{w}, Noise(4), 1, quick, func(ModelResult) {}); err == nil {
			t.Errorf("%+v gives no error", w)
		}
	}
}

func TestKernelsStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	err := Kernels(ctx, 1, quick, func(r KernelResult) {
		if r.GFLOPS.Best <= 0 {
			t.Errorf("result %+v", r)
		}
		if n++; n == 2 {
			cancel()
		}
	})
	if err != context.Canceled || n > 3 {
		t.Errorf("%d results, then %v", n, err)
	}
}

func TestPeer(t *testing.T) {
	in := strings.NewReader(`{"model": "dense-32", "task": "train", "batch": 4, "seconds": 0.001}
{"model": "dense-32", "task": "train", "batch": 4, "seconds": 0.001, "precision": "no such"}
not JSON
{"model": "dense-32", "task": "infer", "batch": 1, "seconds": 0.001}
`)
	var out bytes.Buffer
	if err := Peer(in, &out, Noise(20), 1, "v0"); err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	for s := bufio.NewScanner(&out); s.Scan(); {
		var m map[string]any
		if err := json.Unmarshal(s.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, m)
	}
	if len(lines) != 5 || lines[0]["tasks"] == nil || lines[2]["error"] == nil || lines[3]["error"] == nil {
		t.Fatalf("got %v", lines)
	}
	for _, i := range []int{1, 4} {
		if v, ok := lines[i]["images_per_s"].(float64); !ok || v <= 0 || lines[i]["model"] != "dense-32" {
			t.Errorf("line %d is %v", i, lines[i])
		}
	}
}
