package container

import (
	"bytes"
	"io"
	"slices"
)

// A window is the part of a stream that is being looked at.
type window struct {
	r   io.Reader
	buf []byte // read and not yet skipped
	off int64  // of buf in the stream
	err error  // of r
}

// peek returns the next n bytes, or fewer if the stream ends or fails. The
// buffer grows with what arrives, not with n.
func (w *window) peek(n int) []byte {
	for len(w.buf) < n && w.err == nil {
		w.fill(min(n-len(w.buf), max(1<<16, len(w.buf))))
	}
	return w.buf[:min(n, len(w.buf))]
}

// fill reads some bytes, at least room for n.
func (w *window) fill(n int) {
	w.buf = slices.Grow(w.buf, max(n, 1<<12))
	k, err := io.ReadAtLeast(w.r, w.buf[len(w.buf):cap(w.buf)], n)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	w.buf, w.err = w.buf[:len(w.buf)+k], err
}

// skip goes on by n bytes that have been peeked at.
func (w *window) skip(n int) {
	w.buf = w.buf[n:]
	w.off += int64(n)
}

// seek skips to the next place where id is found, which may be where the
// window is, and tells whether there is one.
func (w *window) seek(id tag) bool {
	for {
		b := w.peek(max(len(w.buf), 1<<12))
		if i := bytes.Index(b, id[:]); i >= 0 {
			w.skip(i)
			return true
		}
		if len(w.buf) < len(id) {
			w.skip(len(w.buf))
			return false
		}
		w.skip(len(w.buf) - len(id) + 1)
	}
}

// failed returns the error of the stream, if it did not just end.
func (w *window) failed() error {
	if w.err == io.EOF {
		return nil
	}
	return w.err
}
