package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	for _, text := range []string{"first", "the second, over it"} {
		if err := Write(path, put(text)); err != nil {
			t.Fatal(err)
		}
		expect(t, dir, "a.txt", text)
	}
}

// TestPermissions compares with what os.Create gives, over a file that had
// others.
func TestPermissions(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, put("new")); err != nil {
		t.Fatal(err)
	}
	plain, err := os.Create(filepath.Join(dir, "plain"))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	want, err := plain.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.Stat(path); err != nil || got.Mode() != want.Mode() {
		t.Errorf("mode %v, want %v; error %v", got.Mode(), want.Mode(), err)
	}
}

func TestWriteFails(t *testing.T) {
	full := errors.New("full")
	for name, fail := range map[string]func() error{
		"error": func() error { return full },
		"panic": func() error { panic(full) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a"), []byte("old"), 0o666); err != nil {
				t.Fatal(err)
			}
			err := recovered(func() error {
				return Write(filepath.Join(dir, "a"), func(w io.Writer) error {
					return errors.Join(put("half")(w), fail())
				})
			})
			if !errors.Is(err, full) {
				t.Errorf("error %v", err)
			}
			expect(t, dir, "a", "old")
		})
	}
}

// TestWriteNowhere writes to names that no file can have.
func TestWriteNowhere(t *testing.T) {
	dir := t.TempDir()
	never := func(io.Writer) error {
		t.Error("written to a missing folder")
		return nil
	}
	if err := Write(filepath.Join(dir, "missing", "a"), never); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("to a missing folder: error %v", err)
	}
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Write(folder, put("text")); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if got := names(t, dir); !slices.Equal(got, []string{"folder"}) {
		t.Errorf("the folder holds %q", got)
	}
}

// TestConcurrentWrites looks at a file while several write to it.
func TestConcurrentWrites(t *testing.T) {
	const writers, times, size = 4, 10, 100_000
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			text := string(bytes.Repeat([]byte{'0' + byte(i)}, size))
			for range times {
				if err := Write(path, put(text[:size/2], text[size/2:])); err != nil {
					t.Error(err)
				}
				got, err := os.ReadFile(path)
				if err != nil || len(got) != size || bytes.Count(got, got[:1]) != size {
					t.Errorf("%d bytes of more than one writer; error %v", len(got), err)
				}
			}
		})
	}
	all.Wait()
	if got := names(t, dir); !slices.Equal(got, []string{"a"}) {
		t.Errorf("the folder holds %q", got)
	}
}

func TestLeftovers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "[a") // no pattern
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.bin", "notes.tmp", ".0123abcd.tmp", "a.0123abcd.tmp.gz", "a.0123abcg.tmp", "a.bin.0123abcd.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.0123abcd.tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	var during []string
	err := Write(filepath.Join(dir, "b"), func(io.Writer) (err error) {
		during, err = Leftovers(dir)
		return err
	})
	if err != nil || len(during) != 2 {
		t.Errorf("during a write: %q, error %v", during, err)
	}
	after, err := Leftovers(dir)
	if want := []string{filepath.Join(dir, "a.bin.0123abcd.tmp")}; err != nil || !slices.Equal(after, want) {
		t.Errorf("got %q, want %q; error %v", after, want, err)
	}
	if _, err := Leftovers(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no folder: error %v", err)
	}
}

// put returns a function for Write that gives it the texts one by one.
func put(texts ...string) func(io.Writer) error {
	return func(w io.Writer) error {
		for _, text := range texts {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
		}
		return nil
	}
}

// recovered calls f and returns its error, or what it panicked with as one.
func recovered(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %w", r.(error))
		}
	}()
	return f()
}

// expect fails if dir holds anything but the named file with the given text.
func expect(t *testing.T, dir, name, text string) {
	t.Helper()
	if got := names(t, dir); !slices.Equal(got, []string{name}) {
		t.Errorf("the folder holds %q", got)
	}
	if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
		t.Errorf("%s is %q, want %q; error %v", name, got, text, err)
	}
}

// names lists what is in dir.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
