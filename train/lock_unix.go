//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package train

import (
	"os"
	"syscall"
)

// tryLock reports whether it could lock f, which closing it undoes.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, os.NewSyscallError("flock", err)
}
