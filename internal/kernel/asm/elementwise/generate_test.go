package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGeneratedFilesAreCurrent regenerates the assembly and its declarations
// and compares them with those of package kernel.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	for _, c := range []struct{ level, base string }{
		{"avx512", "elementwise_avx512_amd64"}, {"avx2", "elementwise_avx2_amd64"}, {"neon", "elementwise_neon_arm64"},
	} {
		dir := t.TempDir()
		asm, decl := filepath.Join(dir, c.base+".s"), filepath.Join(dir, c.base+".go")
		cmd := exec.Command("go", "run", "-C", "..", "./elementwise", "-level", c.level, "-out", asm, "-decl", decl)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for _, name := range []string{asm, decl} {
			compareFiles(t, name, filepath.Join("..", "..", filepath.Base(name)))
		}
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
