package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackFullDisk packs where there is room for a part of the archive only, and
// then goes on where there is more.
func TestPackFullDisk(t *testing.T) {
	alone(t)
	model, images := untrainedModel(t, 1, 1e6), imagesFile(t, 2000)
	dir := t.TempDir()
	full, free := filepath.Join(dir, "full.hga"), filepath.Join(dir, "free.hga")
	mustCall(t, "pack", images, "--model", model, "--out", free)
	want := readFile(t, free)

	c := exec.CommandContext(t.Context(), os.Args[0], "pack", images, "--model", model, "--out", full)
	c.Env = append(os.Environ(), limitVariable+"=20000")
	out, err := c.CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitError {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, part := range []string{"hourglass: ", partial(full), "file too large", "of 2,000 images", "--resume"} {
		if !strings.Contains(string(out), part) {
			t.Errorf("the output does not say %q: %s", part, out)
		}
	}
	checkPackFolder(t, dir, "free.hga", "full.hga.part")
	mustCall(t, "pack", images, "--model", model, "--out", full, "--resume")
	if !bytes.Equal(readFile(t, full), want) {
		t.Error("gone on with after a full disk, the archive is another")
	}
}
