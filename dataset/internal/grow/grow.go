// Package grow reads a number of bytes that an untrusted header promises,
// without trusting it: memory follows the bytes that arrive, not the promise.
package grow

import "io"

// first is how much is allocated before any byte has arrived.
const first = 64 << 10

// Read returns the next n bytes of r. It never holds more than about three
// times the bytes that r has given (and never more than n beside those), so a
// header that lies about n costs nothing. When r ends early, Read returns what
// there was and io.ErrUnexpectedEOF; any other error of r is returned as it is.
func Read(r io.Reader, n int) ([]byte, error) {
	buf := make([]byte, min(n, first))
	for have := 0; ; {
		got, err := io.ReadFull(r, buf[have:])
		have += got
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil || have == n {
			return buf[:have], err
		}
		larger := make([]byte, min(n, 2*have))
		copy(larger, buf)
		buf = larger
	}
}
