package runlog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// MaxLine is the most bytes that a line may have, with its newline.
const MaxLine = 1 << 20

// Errors that reading and writing wrap.
var (
	// ErrTooLong says that a line exceeds [MaxLine].
	ErrTooLong = errors.New("line longer than 1 MiB")
	// ErrVersion says that a newer program wrote the log.
	ErrVersion = errors.New("unknown version of the run log")
)

// LineError says which line of a log is not an event, and why.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("runlog: line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// Reader reads events one by one.
type Reader struct {
	buf    *bufio.Reader
	line   int
	offset int64
	torn   bool
	err    error
}

// NewReader reads a log from its beginning. It takes about [MaxLine] bytes of
// memory whatever r holds.
func NewReader(r io.Reader) *Reader {
	return &Reader{buf: bufio.NewReaderSize(r, MaxLine)}
}

// Next returns the next event. At the end it returns [io.EOF]; a last line
// without a newline is not an event yet (see [Reader.Torn]). Bad lines give a
// [*LineError]. After an error every call returns the same error.
func (r *Reader) Next() (Event, error) {
	if r.err != nil {
		return Event{}, r.err
	}
	e, err := r.next()
	r.err = err
	return e, err
}

func (r *Reader) next() (Event, error) {
	text, err := r.buf.ReadSlice('\n')
	switch {
	case err == io.EOF:
		r.torn = len(text) > 0
		return Event{}, io.EOF
	case err == bufio.ErrBufferFull:
		return Event{}, &LineError{r.line + 1, ErrTooLong}
	case err != nil:
		return Event{}, fmt.Errorf("runlog: %w", err)
	}
	r.line++
	e, err := decode(text[:len(text)-1])
	if err != nil {
		return Event{}, &LineError{r.line, err}
	}
	r.offset += int64(len(text))
	return e, nil
}

// Offset is the number of bytes of the events that Next has returned.
func (r *Reader) Offset() int64 { return r.offset }

// Torn says, once Next has returned [io.EOF], whether bytes follow the last
// whole line: a write that is under way or that a crash cut short.
func (r *Reader) Torn() bool { return r.torn }

// resume goes on at the end of the last event with the bytes of src, which
// must begin there.
func (r *Reader) resume(src io.Reader) {
	r.buf.Reset(src)
	r.torn, r.err = false, nil
}

// Read reads the log at path whole. A torn last line is left out.
func Read(path string) (*Log, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("runlog: %w", err)
	}
	defer f.Close()
	log := new(Log)
	for r := NewReader(f); ; {
		e, err := r.Next()
		if err == io.EOF {
			return log, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		log.Add(e)
	}
}
