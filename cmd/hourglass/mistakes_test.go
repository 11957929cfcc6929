package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMistakes makes mistakes: each gives one line that says what is wrong and
// what to do, and leaves nothing behind.
func TestMistakes(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("no model, no images"), 0o666); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken", "mnist")
	if err := os.MkdirAll(broken, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"} {
		if err := os.WriteFile(filepath.Join(broken, name), []byte{0, 0, 8, 3, 0, 0, 0}, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run := filepath.Join(dir, "run")
	glyphs := []string{"--dataset", "glyphs", "--limit", "50", "--epochs", "1"}
	mustCall(t, append([]string{"train", "--out", run}, glyphs...)...)
	before := entries(t, dir)

	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"train", "--model", "conv128"}, []string{"conv128", "did you mean conv-128?"}},
		{[]string{"train", "--model", "transformer"}, []string{"choose one of dense-2, sigmoid-32, dense-32, conv-128"}},
		{[]string{"train", "--precision", "half", "--dataset", "glyphs", "--limit", "50"}, []string{`no precision "half"`, "bf16"}},
		{[]string{"bench", "--part", "wheels"}, []string{`no part "wheels"`, "kernels"}},
		{[]string{"bench", "--trials", "0"}, []string{"--trials must be at least 1"}},
		{[]string{"summary", "Dense-33"}, []string{"did you mean dense-32?"}},
		{[]string{"summary"}, []string{"wants one argument", "hourglass models"}},
		{[]string{"train", "--dataset", "glphs"}, []string{"glphs", "did you mean glyphs?"}},
		{[]string{"train", "--dataset", file}, []string{file}},
		{[]string{"train", "--dataset", "mnist", "--data", filepath.Dir(broken)}, []string{broken}},
		{[]string{"train", "--dataset", "mnist", "--data", filepath.Join(dir, "absent")}, []string{"absent"}},
		{append([]string{"train", "--out", run}, glyphs...), []string{run, "exists", "--resume", "--out"}},
		{append([]string{"train", "--out", filepath.Join(file, "x")}, glyphs...), []string{file, "by --out"}},
		{append([]string{"train", "--batch", "-3"}, glyphs...), []string{"-3", "at least 1"}},
		{append([]string{"train", "--lr", "NaN"}, glyphs...), []string{"learning rate", "above 0"}},
		{[]string{"train", "--limit", "-1"}, []string{"--limit -1"}},
		{[]string{"train", "--epochs", "many"}, []string{"many", "hourglass train --help"}},
		{[]string{"train", "--eopchs", "3"}, []string{"--eopchs", "hourglass train --help"}},
		{[]string{"train", "now"}, []string{"now", "hourglass train --help"}},
		{[]string{"train", "--resume", dir}, []string{dir, "not the folder of a run"}},
		{[]string{"train", "--resume", run, "--lr", "1"}, []string{"--lr", "--resume"}},
		{[]string{"evaluate", filepath.Join(dir, "absent")}, []string{"absent", "folder of a run"}},
		{[]string{"evaluate", dir}, []string{dir, "not the folder of a run"}},
		{[]string{"evaluate", file}, []string{file, "not a usable model"}},
		{[]string{"evaluate", run, "--split", "validation", "--limit", "9"}, []string{"validation", "test"}},
		{[]string{"predict", run, "--limit", "9", "--out", run}, []string{run, "exists", "--out"}},
		{[]string{"predict", run, "--limit", "9", "--out", filepath.Join(file, "x")}, []string{file, "by --out"}},
		{[]string{"plot", run, "--kind", "scatter"}, []string{"scatter", "two numbers", "128"}},
		{[]string{"plot", run, "--kind", "pie"}, []string{"pie", "reconstructions"}},
		{[]string{"plot", run, "--format", "jpeg"}, []string{"jpeg", "png and svg"}},
		{[]string{"plot", run, "--count", "0"}, []string{"--count 0"}},
		{[]string{"plot", filepath.Join(run, "best.safetensors")}, []string{"plot wants the folder of a run"}},
		{[]string{"demo", "--out", run, "--limit", "9"}, []string{run, "exists", "--out"}},
	} {
		status, stdout, stderr := call(t, test.args...)
		if status != exitError || stdout != "" {
			t.Errorf("%q: status %d, output %q", test.args, status, stdout)
		}
		lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
		message := lines[len(lines)-1]
		if len(lines) != 1 || !strings.HasPrefix(message, "hourglass: ") {
			t.Errorf("%q: want one line, got\n%s", test.args, stderr)
		}
		for _, part := range test.want {
			if !strings.Contains(message, part) {
				t.Errorf("%q: the message lacks %q: %s", test.args, part, message)
			}
		}
	}
	if after := entries(t, dir); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("files are\n%q, they were\n%q", after, before)
	}
}

// TestDivergence trains at an absurd learning rate.
func TestDivergence(t *testing.T) {
	alone(t)
	dir := filepath.Join(t.TempDir(), "run")
	status, _, stderr := call(t, "train", "--model", "dense-2", "--dataset", "glyphs", "--limit", "500", "--lr", "1e30", "--out", dir)
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	message := lines[len(lines)-1]
	if status != exitError || !strings.Contains(message, "diverged") || !strings.Contains(message, "--lr") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	noLeftovers(t, dir)
	status, _, stderr = call(t, "evaluate", dir)
	if status != exitError || !strings.Contains(stderr, "no model yet") {
		t.Errorf("evaluating a run without a model: %d, %s", status, stderr)
	}
}

// entries lists the files below a folder.
func entries(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
