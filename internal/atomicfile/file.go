// Package atomicfile makes files and folders that appear whole or not at all.
//
// What is being made has a name of its own beside its final one until all of it
// is there; a rename then puts it in place. A reader, or the next process after
// one that was killed, sees the old contents or the new ones and nothing
// between, and once a file's [Write] has returned, a power cut does not lose
// it, as far as the system can promise that.
//
// Temporary names end in a point, eight random hexadecimal digits and ".tmp".
// Only a process that is killed leaves any behind; [Leftovers] finds them.
package atomicfile

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

const (
	temporaryDigits = 8
	temporaryExt    = ".tmp"
)

// temporaryName returns a name for what will be renamed to the given one.
func temporaryName(name string) string {
	return fmt.Sprintf("%s.%0*x%s", name, temporaryDigits, rand.Uint32(), temporaryExt)
}

// Write makes the file at path, or replaces the one there, with what write
// gives to w, which is not buffered. If write, or the disk, fails, or write
// panics, the file at path stays as it was and nothing else is left.
//
// The file has the permissions of a new one, 0666 less the umask, also if it
// replaces one with others; a symbolic link is replaced, not followed. Of
// several writers at once, one file wins. The error is that of write or of the
// file system.
func Write(path string, write func(w io.Writer) error) error {
	f, err := os.OpenFile(temporaryName(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	// In good order the file is closed and renamed before these, which then
	// find nothing to do.
	defer os.Remove(f.Name())
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return Rename(f.Name(), path)
}

// Rename puts the file at from, which is complete, synced and closed, in the
// place of to, in the same folder. It is for files that are made in a longer way
// than [Write] has.
func Rename(from, to string) error {
	if err := rename(from, to); err != nil {
		return err
	}
	syncFolder(filepath.Dir(to))
	return nil
}

// Leftovers lists the paths of the temporary files in dir: if no [Write] to dir
// is under way, those of processes that were killed.
func Leftovers(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	pattern := "?*." + strings.Repeat("[0-9a-f]", temporaryDigits) + temporaryExt
	var paths []string
	for _, e := range entries {
		if ok, _ := filepath.Match(pattern, e.Name()); ok && e.Type().IsRegular() {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

// syncFolder makes a rename in dir last through a power cut. Not every system
// and file system can sync folders, and the file is in place already, so a
// failure is none of the caller's.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
