//go:build unix

package bench

import (
	"runtime"
	"syscall"
)

// PeakBytes returns the largest resident size of the process so far, 0 if
// the system does not tell.
func PeakBytes() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(u.Maxrss) // bytes there, kilobytes elsewhere
	}
	return int64(u.Maxrss) * 1024
}
