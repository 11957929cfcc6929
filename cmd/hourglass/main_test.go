package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/train"
)

// TestMain runs the program itself in place of the tests where
// runLimited says so.
func TestMain(m *testing.M) {
	if os.Getenv(limitVariable) != "" {
		runLimited()
	}
	dir, err := os.MkdirTemp("", "hourglass-test-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "hourglass.exe") // a name for every system
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// binary is the path of the built program, once build has been called.
var binary string

// alone hides the machine's image sets from a test.
func alone(t *testing.T) {
	t.Helper()
	t.Setenv(dataset.EnvDir, "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("LocalAppData", t.TempDir())
}

// call runs the program in this process.
func call(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), args, &out, &err)
	return status, out.String(), err.String()
}

// mustCall is call for what must succeed.
func mustCall(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	status, stdout, stderr := call(t, args...)
	if status != exitOK {
		t.Fatalf("hourglass %q: status %d\n%s", args, status, stderr)
	}
	return stdout
}

// callJSON runs the program with --json and decodes what it prints.
func callJSON(t *testing.T, v any, args ...string) {
	t.Helper()
	stdout := mustCall(t, append(args, "--json")...)
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("hourglass %q prints no good JSON: %v\n%s", args, err, stdout)
	}
}

// environment is that of the tests, before any changes HOME: without the Go
// caches a build takes minutes.
var environment = os.Environ()

// build builds the program once.
var build = sync.OnceValue(func() error {
	c := exec.Command("go", "build", "-o", binary, ".")
	c.Env = environment
	if out, err := c.CombinedOutput(); err != nil {
		return errors.New(string(out))
	}
	return nil
})

// command returns a call of the built program.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(t.Context(), binary, args...)
}

// mustRun runs a command that must succeed.
func mustRun(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", c.Args, err, out)
	}
	return string(out)
}

// weights returns the file of a run's final model.
func weights(t *testing.T, dir string) []byte {
	t.Helper()
	r, err := train.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(r.ModelPath())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// noLeftovers fails if a file that should have been temporary lies below dir.
func noLeftovers(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && (strings.HasSuffix(path, ".tmp") || strings.HasPrefix(d.Name(), ".") && d.Name() != ".lock" && path != dir) {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
