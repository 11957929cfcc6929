package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
)

// check compares out with the sum of f, and empties it if they differ.
func check(out *os.File, f File) error {
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(h, out); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) == f.SHA256 {
		return nil
	}
	if err := out.Truncate(0); err != nil {
		return err
	}
	return errChecksum
}
