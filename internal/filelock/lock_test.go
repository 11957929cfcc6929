//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows

package filelock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// TestMain is also the process that holds the lock of the file its environment
// names, says so by a line, and waits to be killed.
func TestMain(m *testing.M) {
	path := os.Getenv("FILELOCK_TEST_HOLD")
	if path == "" {
		os.Exit(m.Run())
	}
	if _, err := Try(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("held")
	io.Copy(io.Discard, os.Stdin) // until the test itself ends
}

// hold starts a process that holds the lock and returns what kills it.
func hold(t *testing.T, path string) (kill func()) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "FILELOCK_TEST_HOLD="+path)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		c.Process.Kill()
		c.Wait()
		in.Close()
	}
	t.Cleanup(kill)
	if _, err := io.ReadFull(out, make([]byte, len("held"))); err != nil {
		t.Fatalf("the other process: %v", err)
	}
	return kill
}

// free fails unless the lock can be had.
func free(t *testing.T, path string) {
	t.Helper()
	l, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	for range 2 { // the second time with the file there
		l, err := Try(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Try(path); err != ErrLocked {
			t.Errorf("while it is held: error %v", err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	free(t, path)
}

func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	kill := hold(t, path)
	if _, err := Try(path); err != ErrLocked {
		t.Errorf("while another process holds it: error %v", err)
	}
	kill()
	l, err := Wait(t.Context(), path) // a killed process's files may be closed a moment later
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// noticing is a context that says when Done is first called.
type noticing struct {
	context.Context
	once   sync.Once
	called chan struct{}
}

func (n *noticing) Done() <-chan struct{} {
	n.once.Do(func() { close(n.called) })
	return n.Context.Done()
}

func TestWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Wait(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &noticing{Context: t.Context(), called: make(chan struct{})}
	second := make(chan error, 1)
	go func() {
		l, err := Wait(ctx, path)
		if err == nil {
			err = l.Close()
		}
		second <- err
	}()
	select {
	case <-ctx.called: // it waits
	case err := <-second:
		t.Fatalf("two hold the lock; error %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	free(t, path)
}

func TestWaitStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	l, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	if _, err := Wait(ctx, path); err != enough {
		t.Errorf("error %v", err)
	}
	if _, err := Try(path); err != ErrLocked {
		t.Errorf("afterwards: error %v", err)
	}
}

func TestNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "lock")
	if _, err := Try(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Try: error %v", err)
	}
	if _, err := Wait(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Wait: error %v", err)
	}
}
