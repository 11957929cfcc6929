package fetch

import (
	"context"
	"os"
	"time"
)

// Lock waits until no other process holds the lock file of the given name,
// makes it if need be, and holds it until unlock is called or the process ends.
// On systems without file locks it does nothing. The error is that of the
// context or of the file system.
func Lock(ctx context.Context, name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		ok, err := tryLock(f)
		if ok {
			return func() { f.Close() }, nil
		}
		if err == nil {
			err = sleep(ctx, 50*time.Millisecond)
		}
		if err != nil {
			f.Close()
			return nil, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
