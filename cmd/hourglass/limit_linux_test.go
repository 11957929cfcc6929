package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// limitVariable makes the test binary the program itself, with files limited to
// so many bytes: what a full disk does to it.
const limitVariable = "HOURGLASS_TEST_FILE_LIMIT"

func runLimited() {
	limit, err := strconv.ParseUint(os.Getenv(limitVariable), 10, 64)
	if err != nil {
		panic(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // so that writes fail instead
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		panic(err)
	}
	main()
}

// TestFullDisk trains where the model can be written, but no checkpoint, which
// is three times as large; then it resumes on a disk with room.
func TestFullDisk(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	full, free := filepath.Join(dir, "full"), filepath.Join(dir, "free")
	args := []string{"train", "--model", "dense-2", "--dataset", "glyphs", "--limit", "200", "--epochs", "2", "--out"}
	for limit, what := range map[string]string{"2500000": "checkpoint", "1000000": "best"} {
		c := exec.CommandContext(t.Context(), os.Args[0], append(args, full+what)...)
		c.Env = append(os.Environ(), limitVariable+"="+limit)
		out, err := c.CombinedOutput()
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		last := lines[len(lines)-1]
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitError {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, part := range []string{"hourglass: ", what, "file too large", "hourglass train --resume " + full + what} {
			if !strings.Contains(last, part) {
				t.Errorf("the last line does not say %q: %s", part, last)
			}
		}
		noLeftovers(t, full+what)
		mustCall(t, "train", "--resume", full+what)
	}
	mustCall(t, append(args, free)...)
	for _, what := range []string{"checkpoint", "best"} {
		if string(weights(t, full+what)) != string(weights(t, free)) {
			t.Errorf("%s: other weights than without a full disk", what)
		}
	}
}
