//go:build !noasm

package kernel

import "syscall"

// Of the system call arch_prctl; see "Using XSTATE features in user space
// applications" in the documentation of Linux.
const (
	archRequestPermission = 0x1023 // ARCH_REQ_XCOMP_PERM
	featureTileData       = 18     // XFEATURE_XTILEDATA
)

// requestTiles asks the system for the tile registers, for all threads of the
// process, and reports whether it grants them.
func requestTiles() bool {
	_, _, errno := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, archRequestPermission, featureTileData, 0)
	return errno == 0
}
