package train

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const temporaryExt = ".tmp"

// writeFile writes a file that appears, or replaces the one there, whole and
// for good: a temporary file beside it, synced and renamed.
func writeFile(path string, data []byte) error {
	temporary := fmt.Sprintf("%s.%08x%s", path, rand.Uint32(), temporaryExt)
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		os.Remove(temporary)
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// syncFolder makes a rename in dir last through a power cut, on systems that
// can sync folders.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
