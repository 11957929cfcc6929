package runlog

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"time"
)

// pollInterval is how often Follow looks for more.
const pollInterval = 200 * time.Millisecond

// Follow yields the events of the log at path from its beginning and then new
// ones as they are written, until ctx is done or the caller breaks off. It
// goes on after Finished and Stopped, for the run may be resumed, and begins
// again if another file takes the path's place.
//
// An error is yielded once, as the last pair: a missing file, a bad line.
func Follow(ctx context.Context, path string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		ticker := time.NewTicker(pollInterval)
		defer ticker.Stop()
		for {
			again, err := followFile(ctx, path, ticker.C, yield)
			if err != nil {
				yield(Event{}, fmt.Errorf("%s: %w", path, err))
			}
			if !again || err != nil {
				return
			}
		}
	}
}

// followFile follows one file. again says that another took its place.
func followFile(ctx context.Context, path string, tick <-chan time.Time, yield func(Event, error) bool) (again bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("runlog: %w", err)
	}
	defer f.Close()
	r := NewReader(f)
	for {
		if ok, err := drain(ctx, r, yield); !ok || err != nil {
			return false, err
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-tick:
		}
		replaced, err := hasNewFile(f, path, r.Offset())
		if replaced || err != nil {
			return replaced, err
		}
		if _, err := f.Seek(r.Offset(), io.SeekStart); err != nil {
			return false, fmt.Errorf("runlog: %w", err)
		}
		r.resume(f)
	}
}

// drain yields the events that are there; false if no more are wanted.
func drain(ctx context.Context, r *Reader, yield func(Event, error) bool) (bool, error) {
	for ctx.Err() == nil {
		e, err := r.Next()
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if !yield(e, nil) {
			return false, nil
		}
	}
	return false, nil
}

// hasNewFile says whether path is another file than f now, or f has lost
// lines that were whole.
func hasNewFile(f *os.File, path string, read int64) (bool, error) {
	now, err := os.Stat(path)
	if err != nil {
		return false, fmt.Errorf("runlog: %w", err)
	}
	then, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("runlog: %w", err)
	}
	return !os.SameFile(now, then) || now.Size() < read, nil
}
