package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hourglass-codec/hourglass/runlog"
	"github.com/hourglass-codec/hourglass/train"
)

// small is a run of seconds: 3 epochs of 38 batches. With a checkpoint after
// each step, its log has over 230 events.
func small(model, out string, more ...string) []string {
	return append([]string{"train", "--model", model, "--dataset", "glyphs", "--limit", "1200", "--epochs", "3",
		"--batch", "32", "--out", out}, more...)
}

// process is a command under way.
type process struct {
	*exec.Cmd
	output bytes.Buffer
	exited chan error
}

func start(t *testing.T, c *exec.Cmd) *process {
	t.Helper()
	p := &process{Cmd: c, exited: make(chan error, 1)}
	c.Stdout, c.Stderr = &p.output, &p.output
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.exited <- c.Wait() }()
	return p
}

// signalAt sends a signal once the log of the run in dir has so many events,
// and waits for the end. It reports false if the process succeeds before.
func (p *process) signalAt(t *testing.T, s os.Signal, dir string, events int) (sent bool, err error) {
	t.Helper()
	for {
		log, _ := os.ReadFile(filepath.Join(dir, "log.jsonl"))
		if !sent && bytes.Count(log, []byte("\n")) >= events {
			if err := p.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			sent = true
		}
		select {
		case err := <-p.exited:
			if err != nil && !sent {
				t.Fatalf("%q: %v\n%s", p.Args, err, p.output.String())
			}
			return sent && err != nil, err
		case <-time.After(time.Millisecond):
		}
	}
}

// lossesOf returns the losses that a run recorded.
func lossesOf(t *testing.T, dir string) (losses []runlog.Float) {
	t.Helper()
	r, err := train.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	log, err := r.Log()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range log.Steps {
		losses = append(losses, s.Loss)
	}
	for _, e := range log.Epochs {
		losses = append(losses, e.Loss, *e.ValLoss)
	}
	return losses
}

// sameRun fails unless two runs came to the same weights by the same losses.
func sameRun(t *testing.T, got, want string) {
	t.Helper()
	if !bytes.Equal(weights(t, got), weights(t, want)) {
		t.Errorf("%s has other weights than %s", got, want)
	}
	a, b := lossesOf(t, got), lossesOf(t, want)
	if len(a) != len(b) {
		t.Fatalf("%s recorded %d losses, %s %d", got, len(a), want, len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("loss %d of %s is %v, of %s %v", i, got, a[i], want, b[i])
		}
	}
}

// TestKill kills a process at several points of its run, each time resuming it,
// and compares the end with that of a run that was left alone.
func TestKill(t *testing.T) {
	alone(t)
	for _, model := range []string{"conv-128", "sigmoid-32"} {
		t.Run(model, func(t *testing.T) {
			dir := t.TempDir()
			left, killed := filepath.Join(dir, "left"), filepath.Join(dir, "killed")
			mustRun(t, command(t, small(model, left)...))

			// A checkpoint after every step: most kills meet one being written.
			every := []string{"--checkpoint-every", "1ns"}
			args := small(model, killed, every...)
			kills := 0
			for _, events := range []int{1, 2, 9, 30, 31, 60, 90, 120} {
				sent, _ := start(t, command(t, args...)).signalAt(t, os.Kill, killed, events)
				args = append([]string{"train", "--resume", killed}, every...)
				if sent {
					kills++
				}
			}
			if kills != 8 {
				t.Fatalf("%d kills before the run's end, want 8", kills)
			}
			mustRun(t, command(t, args...))
			sameRun(t, killed, left)
			noLeftovers(t, killed)
		})
	}
}

// TestInterrupt stops a process as Ctrl-C does.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send Ctrl-C to another one here")
	}
	alone(t)
	dir := t.TempDir()
	left, stopped := filepath.Join(dir, "left"), filepath.Join(dir, "stopped")
	mustRun(t, command(t, small("dense-32", left)...))
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := start(t, command(t, small("dense-32", stopped, "--checkpoint-every", "1ns")...))
		sent, err := p.signalAt(t, signal, stopped, 30)
		if exit := (*exec.ExitError)(nil); !sent || !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
			t.Fatalf("%v: %v\n%s", signal, err, p.output.String())
		}
		if advice := "hourglass train --resume " + stopped; !strings.Contains(p.output.String(), advice) {
			t.Errorf("the output does not say %q:\n%s", advice, p.output.String())
		}
		r, err := train.Open(stopped)
		if err != nil {
			t.Fatal(err)
		}
		if log, err := r.Log(); err != nil || log.Status != runlog.StatusStopped {
			t.Errorf("the log is %v, %v", log.Status, err)
		}
		mustRun(t, command(t, "train", "--resume", stopped))
		sameRun(t, stopped, left)
		if err := os.RemoveAll(stopped); err != nil {
			t.Fatal(err)
		}
	}
}

// TestThreads trains each model with one, two and four processors.
func TestThreads(t *testing.T) {
	alone(t)
	for _, model := range modelNames() {
		t.Run(model, func(t *testing.T) {
			var first []byte
			for _, procs := range []string{"1", "2", "4"} {
				out := filepath.Join(t.TempDir(), "run")
				c := command(t, "train", "--model", model, "--dataset", "glyphs", "--limit", "300", "--epochs", "2", "--batch", "100", "--out", out)
				c.Env = append(os.Environ(), "GOMAXPROCS="+procs)
				mustRun(t, c)
				w := weights(t, out)
				if first == nil {
					first = w
				}
				if !bytes.Equal(w, first) {
					t.Errorf("other weights with GOMAXPROCS=%s than with 1", procs)
				}
			}
		})
	}
}

// TestCompletion completes words as a shell has it done.
func TestCompletion(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"tr"}, "train"},
		{[]string{"train", "--model", "co"}, "conv-128"},
		{[]string{"train", "--dataset", "gl"}, "glyphs"},
		{[]string{"summary", "dense-3"}, "dense-32"},
		{[]string{"plot", "--kind", "man"}, "manifold"},
		{[]string{"evaluate", "--split", "te"}, "test"},
		{[]string{"datasets", "get", "fa"}, "fashion-mnist"},
	} {
		out := mustCall(t, append([]string{"__complete"}, test.args...)...)
		if !strings.HasPrefix(out, test.want) {
			t.Errorf("%q completes to\n%s", test.args, out)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := mustRun(t, command(t, "completion", shell)); !strings.Contains(out, "hourglass") {
			t.Errorf("the script for %s is\n%s", shell, out)
		}
	}
}
