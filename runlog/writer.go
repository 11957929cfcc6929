package runlog

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Writer appends events to a log. It is safe for use by several goroutines,
// but a log has one writer at a time.
type Writer struct {
	mu   sync.Mutex
	file *os.File
	size int64 // of the whole lines
}

// Create begins a log at path, which must not exist yet.
func Create(path string) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("runlog: %w", err)
	}
	return &Writer{file: f}, nil
}

// Open goes on with the log at path, which must exist. A torn last line is cut
// off; any other line that is no event is an error, as in [Read], and leaves
// the file as it was.
func Open(path string) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("runlog: %w", err)
	}
	size, err := repair(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Writer{file: f, size: size}, nil
}

// repair cuts off a torn last line and returns the size that is left.
func repair(f *os.File) (int64, error) {
	r := NewReader(f)
	for {
		_, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	if !r.Torn() {
		return r.Offset(), nil
	}
	if err := f.Truncate(r.Offset()); err != nil {
		return 0, fmt.Errorf("runlog: cutting off a torn line: %w", err)
	}
	return r.Offset(), f.Sync()
}

// Write appends an event with the present time.
//
// Start, resumption, epochs, checkpoints and the end are synced to the disk
// before Write returns. After an error (a full disk, say) the file still ends
// with a whole line wherever that can be had, so a later Write may succeed.
func (w *Writer) Write(body Body) error {
	text, err := encode(Event{time.Now(), body})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, err := w.file.Write(text); err != nil {
		if n > 0 {
			w.file.Truncate(w.size) // if this fails too, the next Open repairs
		}
		return fmt.Errorf("runlog: %w", err)
	}
	w.size += int64(len(text))
	if important(body) {
		if err := w.file.Sync(); err != nil {
			return fmt.Errorf("runlog: %w", err)
		}
	}
	return nil
}

// Close syncs and closes the file.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.file.Sync()
	if closeErr := w.file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	return nil
}
