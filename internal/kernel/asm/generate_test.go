// Package asm holds the generators of package kernel's assembly, a command in
// each folder, in a module of its own so that users of the kernels need not
// download the assembler library.
package asm

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGeneratedFilesAreCurrent runs the go:generate lines of package kernel
// into another folder and compares what they write with the files there.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	sources, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, name := range sources {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(src)) {
			if args, ok := strings.CutPrefix(line, "//go:generate go run -C asm "); ok {
				commands++
				checkCommand(t, strings.Fields(args))
			}
		}
	}
	if commands == 0 {
		t.Error("no go:generate lines found")
	}
}

// checkCommand runs a generator, whose outputs are the arguments that begin
// with "../".
func checkCommand(t *testing.T, args []string) {
	dir := t.TempDir()
	var outputs []string
	for i, a := range args {
		if name, ok := strings.CutPrefix(a, "../"); ok {
			outputs = append(outputs, name)
			args[i] = filepath.Join(dir, name)
		}
	}
	if out, err := exec.Command("go", append([]string{"run"}, args...)...).CombinedOutput(); err != nil {
		t.Errorf("%v: %v: %s", args, err, out)
		return
	}
	for _, name := range outputs {
		compareFiles(t, filepath.Join(dir, name), filepath.Join("..", name))
	}
}

// compareFiles compares a fresh file with a committed one but for its first
// line, which repeats the command.
func compareFiles(t *testing.T, fresh, committed string) {
	read := func(name string) []byte {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := bytes.Cut(b, []byte("\n"))
		return rest
	}
	if !bytes.Equal(read(fresh), read(committed)) {
		t.Errorf("%s is not what its generator writes; run go generate", filepath.Base(committed))
	}
}
