package atomicfile

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// sharingViolation is ERROR_SHARING_VIOLATION of winerror.h.
const sharingViolation = syscall.Errno(32)

// rename is [os.Rename], tried for two seconds while another process, often one
// that scans for viruses or indexes new files, has one of the two open:
// Windows then refuses.
func rename(from, to string) error {
	for wait := time.Millisecond; ; wait *= 2 {
		err := os.Rename(from, to)
		if wait > time.Second || !errors.Is(err, syscall.ERROR_ACCESS_DENIED) && !errors.Is(err, sharingViolation) {
			return err
		}
		time.Sleep(wait)
	}
}
