package container

import (
	"errors"
	"fmt"
)

// The kinds of error that readers find; test for them with [errors.Is].
var (
	// ErrFormat says that the bytes are no file of the expected type.
	ErrFormat = errors.New("not a file of this type")
	// ErrVersion says that the file needs a later version of this package.
	ErrVersion = errors.New("needs a later version")
	// ErrTruncated says that the file ends too early.
	ErrTruncated = errors.New("truncated")
	// ErrCorrupt says that no writer wrote these bytes.
	ErrCorrupt = errors.New("corrupt")
	// ErrTooLarge says that something is over a limit.
	ErrTooLarge = errors.New("over a limit")
	// ErrUnknownModel says that there is no model to decode with, or that it
	// is not the one that the file names.
	ErrUnknownModel = errors.New("unknown model")
)

// An Error says what is wrong with a file and where.
type Error struct {
	Kind   error  // one of the errors above
	Offset int64  // in bytes from the start of the file
	What   string // what was found there
	Err    error  // what caused it, or nil
}

func (e *Error) Error() string {
	s := fmt.Sprintf("container: %v at byte %d: %s", e.Kind, e.Offset, e.What)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the kind, and the cause if there is one.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

func errorAt(kind error, off int64, format string, args ...any) *Error {
	return &Error{Kind: kind, Offset: off, What: fmt.Sprintf(format, args...)}
}

// Damage is a part of an archive that cannot be read. It costs no more images
// than it says: the rest of the archive is intact. As an error it wraps the
// [*Error] that says why.
type Damage struct {
	Offset, Length int64 // bytes of the file
	First, Images  int   // the images lost, by number; Images may be 0
	Err            error
}

func (d *Damage) Error() string {
	if d.Images == 0 {
		return fmt.Sprintf("%v (%d bytes, no image known to be lost)", d.Err, d.Length)
	}
	return fmt.Sprintf("%v (%d bytes, images %d to %d lost)", d.Err, d.Length, d.First, d.First+d.Images-1)
}

// Unwrap returns the reason.
func (d *Damage) Unwrap() error { return d.Err }
