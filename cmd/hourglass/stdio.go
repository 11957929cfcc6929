package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/internal/atomicfile"
)

// standard is the name that means standard input or output.
const standard = "-"

// outFlags say where a result goes.
type outFlags struct {
	path  string
	force bool
	json  bool
}

func (f *outFlags) add(c *cobra.Command, what string) {
	c.Flags().StringVarP(&f.path, "out", "o", "", what)
	c.Flags().BoolVar(&f.force, "force", false, "replace what is there")
	jsonFlag(c, &f.json)
}

// complete fills in the path: that of the input with another extension, and
// standard output for standard input.
func (f *outFlags) complete(input, extension string) {
	if f.path == "" {
		f.path = standard
		if input != standard {
			f.path = withoutExt(input) + extension
		}
	}
}

// withoutExt returns a path without its extension.
func withoutExt(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) }

// check returns an error if the result has no place to go to.
func (f *outFlags) check() error {
	switch {
	case f.path == standard && f.json:
		return errors.New("--json and --out - both want standard output: choose one")
	case f.path != standard && !f.force && pathExists(f.path):
		return fmt.Errorf("%s exists already: replace it by --force, or choose another name by --out", f.path)
	}
	return nil
}

// write makes the file, whole or not at all, or writes to standard output.
func (p *program) write(f outFlags, write func(w io.Writer) error) error {
	if f.path == standard {
		return write(p.out)
	}
	return atomicfile.Write(f.path, write)
}

// openInput opens a file, or standard input.
func (p *program) openInput(name string) (io.ReadCloser, error) {
	if name == standard {
		return io.NopCloser(p.in), nil
	}
	return os.Open(name)
}

// inputName is how messages name an input.
func inputName(name string) string {
	if name == standard {
		return "standard input"
	}
	return name
}

// seekable is a file that can be read at any place.
type seekable struct {
	io.ReaderAt
	size  int64
	close func() error
}

// openSeekable opens a file, or standard input.
func (p *program) openSeekable(name string) (*seekable, error) {
	if name == standard {
		return spool(p.in)
	}
	return openFile(name)
}

// openFile opens a file; a pipe becomes one first.
func openFile(name string) (*seekable, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		f.Close()
		return nil, err
	case info.IsDir():
		f.Close()
		return nil, fmt.Errorf("%s is a folder, not a file", name)
	case !info.Mode().IsRegular():
		defer f.Close()
		return spool(f)
	}
	return &seekable{f, info.Size(), f.Close}, nil
}

// watched makes reads fail once ctx is done, and calls read with the number of
// bytes that each has read, one call at a time.
func (s *seekable) watched(ctx context.Context, read func(n int)) *seekable {
	return &seekable{&watchedReader{ctx: ctx, r: s.ReaderAt, read: read}, s.size, s.close}
}

type watchedReader struct {
	ctx  context.Context
	r    io.ReaderAt
	mu   sync.Mutex
	read func(n int)
}

func (w *watchedReader) ReadAt(p []byte, off int64) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	n, err := w.r.ReadAt(p, off)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read(n)
	return n, err
}

// spool copies r to a temporary file, which goes when it is closed.
func spool(r io.Reader) (*seekable, error) {
	f, err := os.CreateTemp("", "hourglass-*")
	if err != nil {
		return nil, err
	}
	remove := func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
	size, err := io.Copy(f, r)
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	return &seekable{f, size, remove}, nil
}

// What a file is, according to its first bytes.
const (
	kindImage   = "image"
	kindArchive = "archive"
	kindOther   = ""
)

// kind looks at the first bytes of a file.
func (s *seekable) kind() (string, error) {
	var magic [3]byte
	n, err := s.ReadAt(magic[:], 0)
	if err != nil && err != io.EOF {
		return kindOther, err
	}
	switch string(magic[:n]) {
	case "HGI":
		return kindImage, nil
	case "HGA":
		return kindArchive, nil
	}
	return kindOther, nil
}

// reader returns the file from its start.
func (s *seekable) reader() io.Reader { return io.NewSectionReader(s, 0, s.size) }
