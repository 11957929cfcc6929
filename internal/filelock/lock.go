// Package filelock keeps processes out of each other's way by locks on files.
//
// The file of a lock has no contents and no other use. It is made when first
// needed and stays, even when nobody holds the lock: were it removed, two
// processes could each hold the lock of a file of that name. The system frees
// the lock of a process that ends, however it ends. The locks are advisory,
// flock on Unix and LockFileEx on Windows; on systems that have neither nothing
// is locked, and [Try] and [Wait] always succeed.
package filelock

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

// ErrLocked says that a lock is held by another process, or by another [Lock]
// of this one.
var ErrLocked = errors.New("locked by another process")

// Lock is a lock that is held.
type Lock struct{ file *os.File }

// Close frees the lock.
func (l *Lock) Close() error { return l.file.Close() }

// Try takes the lock of the file at path. The error is [ErrLocked] if it is held
// already, or else that of the file system.
func Try(path string) (*Lock, error) {
	return acquire(path, func() error { return ErrLocked })
}

// interval is the time between two attempts of Wait: a wait of the system's
// own could not be stopped.
const interval = 50 * time.Millisecond

// Wait takes the lock of the file at path once it is free. The error is the
// cause of ctx, if that is done first, or that of the file system.
func Wait(ctx context.Context, path string) (*Lock, error) {
	return acquire(path, func() error {
		select {
		case <-time.After(interval):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// acquire takes the lock of the file at path. While another has it, it calls
// busy before it tries again, or gives up with the error of busy.
func acquire(path string, busy func() error) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	for {
		ok, err := tryLock(f)
		switch {
		case ok:
			return &Lock{f}, nil
		case err != nil:
			err = &fs.PathError{Op: "lock", Path: path, Err: err}
		default:
			err = busy()
		}
		if err != nil {
			f.Close()
			return nil, err
		}
	}
}
