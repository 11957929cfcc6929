package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
	"github.com/hourglass-codec/hourglass/internal/container"
	"github.com/hourglass-codec/hourglass/internal/filelock"
)

// A packFile is an archive under way. It has a name of its own until it is
// complete, so that a process that is killed leaves the archive that was there
// before, and beside it what can be gone on with.
type packFile struct {
	path string // of the complete archive
	file *os.File
	w    *hourglass.ArchiveWriter
	old  int // images of the archive that is added to
}

// done returns how many of the images to pack are in the file.
func (f *packFile) done() int { return f.w.Len() - f.old }

// partial returns the name of an archive under way.
func partial(path string) string { return path + ".part" }

func lockName(path string) string { return partial(path) + ".lock" }

// lockPack keeps other processes from packing to path.
func lockPack(path string) (*filelock.Lock, error) {
	l, err := filelock.Try(lockName(path))
	if errors.Is(err, filelock.ErrLocked) {
		return nil, fmt.Errorf("another process is packing %s", path)
	}
	if errors.As(err, new(*fs.PathError)) {
		return nil, &adviceError{err, "choose a folder that can be written to by --out"}
	}
	return l, err
}

// createPack begins a new archive.
func createPack(path string, force bool, o *hourglass.ArchiveOptions) (*packFile, error) {
	switch {
	case force:
	case pathExists(path):
		return nil, fmt.Errorf("%s exists already: add to it by --append, replace it by --force, or choose another name by --out", path)
	case pathExists(partial(path)):
		return nil, fmt.Errorf("%s is there, of a hourglass pack that was stopped: go on with it by --resume, or replace it by --force", partial(path))
	}
	f, err := os.OpenFile(partial(path), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	w, err := hourglass.NewArchiveWriter(f, o)
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(partial(path)))
	}
	return &packFile{path: path, file: f, w: w}, nil
}

// appendPack begins to add to an archive: to a copy of it, which takes its place
// in the end.
func appendPack(path string, o *hourglass.ArchiveOptions) (*packFile, error) {
	if pathExists(partial(path)) {
		return nil, fmt.Errorf("%s is there, of a hourglass pack that was stopped: go on with it by --append --resume, or remove it", partial(path))
	}
	if err := copyFile(path, partial(path)); err != nil {
		return nil, err
	}
	f, err := reopenPack(path, o, hourglass.AppendArchive)
	if err != nil {
		return nil, errors.Join(err, os.Remove(partial(path)))
	}
	return f, nil
}

// copyFile makes a copy of a file, which appears whole or not at all.
func copyFile(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return atomicfile.Write(to, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// resumePack goes on with an archive under way. The error wraps
// [hourglass.ErrTruncated] if there is no image in it.
func resumePack(path string, s *packSource, old int, o *hourglass.ArchiveOptions) (*packFile, error) {
	if old > 0 {
		if err := checkCopy(path, partial(path)); err != nil {
			return nil, err
		}
	}
	if err := checkResumed(partial(path), s, old, o); err != nil {
		return nil, err
	}
	return reopenPack(path, o, hourglass.ResumeArchive)
}

// checkCopy returns an error if the file at path does not begin with the archive
// that it is to replace.
func checkCopy(archive, path string) error {
	a, err := openFile(archive)
	if err != nil {
		return err
	}
	defer a.close()
	b, err := openFile(path)
	if err != nil {
		return err
	}
	defer b.close()
	for x, y, off := make([]byte, 1<<16), make([]byte, 1<<16), int64(0); off < a.size; off += int64(len(x)) {
		n, err := a.ReadAt(x[:min(int64(len(x)), a.size-off)], off)
		if err != nil && err != io.EOF {
			return err
		}
		m, err := b.ReadAt(y[:n], off)
		if err != nil && err != io.EOF {
			return err
		}
		if !bytes.Equal(x[:n], y[:m]) {
			return fmt.Errorf("%s has changed since %s was begun: remove the latter, and add the images anew", archive, path)
		}
	}
	return nil
}

// reopenPack opens the file under way to add to it.
func reopenPack(path string, o *hourglass.ArchiveOptions, open func(hourglass.File, int64, *hourglass.ArchiveOptions) (*hourglass.ArchiveWriter, error)) (*packFile, error) {
	f, err := os.OpenFile(partial(path), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	w, err := open(f, info.Size(), o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", partial(path), err), f.Close())
	}
	return &packFile{path: path, file: f, w: w}, nil
}

// checkResumed returns an error if the images from number old on in the archive
// at path are not the first ones of the source, as far as their names and labels
// tell, or are kept otherwise than o says.
func checkResumed(path string, s *packSource, old int, o *hourglass.ArchiveOptions) error {
	f, err := openFile(path)
	if err != nil {
		return err
	}
	defer f.close()
	r, _, err := container.Recover(f, f.size, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if h := r.Header(); old == 0 && (h.Names != o.Names || h.Labels != o.Labels || o.BlockSize != 0 && h.BlockSize != o.BlockSize) {
		return fmt.Errorf("%s was begun with other flags: repeat those for names, labels and blocks", path)
	}
	if n := r.Len() - old; n > s.n {
		return fmt.Errorf("%s holds %d images already, there are %d to pack: it was begun with others", path, n, s.n)
	}
	for b := range r.Blocks() {
		if err := checkBlock(r, b, s, old); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func checkBlock(r *container.Reader, b int, s *packSource, old int) error {
	infos, err := r.Infos(b)
	if err != nil {
		return err
	}
	h := r.Header()
	first, _ := r.Range(b)
	for i, got := range infos {
		number := first + i - old
		if number < 0 {
			continue
		}
		want := s.info(number)
		if h.Names && got.Name != want.Name || h.Labels && got.Label != want.Label {
			return fmt.Errorf("its image %d is not image %d to pack (%s): it was begun with others", first+i, number, quote(want.Name))
		}
	}
	return nil
}

// finish puts the complete archive in its place.
func (f *packFile) finish() error {
	if err := f.w.Close(); err != nil {
		return err
	}
	if err := f.file.Sync(); err != nil {
		return err
	}
	if err := f.file.Close(); err != nil {
		return err
	}
	return atomicfile.Rename(partial(f.path), f.path)
}

// abandon closes a file that could not be finished. It removes it if there is
// nothing to go on with, and reports whether there is.
func (f *packFile) abandon() (kept bool) {
	f.file.Close()
	kept = f.done() > 0
	if !kept {
		os.Remove(partial(f.path))
	}
	return kept
}

// unlockPack lets other processes pack to path.
func unlockPack(path string, l *filelock.Lock) {
	l.Close()
	os.Remove(lockName(path))
}
