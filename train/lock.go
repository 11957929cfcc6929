package train

import (
	"fmt"
	"os"
	"path/filepath"
)

// lock keeps other processes from training the run until release is called or
// the process ends, however it ends. On systems without file locks it does
// nothing.
func (r *Run) lock() (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(r.dir, lockName), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	ok, err := tryLock(f)
	if err == nil && !ok {
		err = ErrBusy
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("train: %s: %w", r.dir, err)
	}
	return func() { f.Close() }, nil
}
