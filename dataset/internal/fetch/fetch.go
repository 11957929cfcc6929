// Package fetch downloads files that are published at several places under a
// known SHA-256: it tries the places in turn, goes on where an interrupted
// download stopped, and lets a file appear under its name only when complete
// and checked.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// File is a published file.
type File struct {
	Name   string
	Size   int64    // bytes
	SHA256 string   // in lower-case hexadecimal
	URLs   []string // where it is published, in order of preference
}

// Options adjust [Get]. The zero value is the default.
type Options struct {
	Client   *http.Client     // nil means [http.DefaultClient]
	Progress func(done int64) // called as bytes arrive, with those present so far; may be nil
	Logger   *slog.Logger     // nil means silence
	Stall    time.Duration    // give a place up when nothing arrives for so long; 0 means 30 s
}

// Error reports that no place gave the file. Its message has one line for each.
type Error struct {
	Name     string
	Attempts []error // one for each URL
}

func (e *Error) Error() string {
	lines := []string{e.Name + ":"}
	for _, a := range e.Attempts {
		lines = append(lines, "  "+a.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the attempts.
func (e *Error) Unwrap() []error { return e.Attempts }

// Get makes sure of the file dir/f.Name, by way of dir/f.Name.part, which a
// later call completes if this one is stopped. Two calls must not work on the
// same file at once: see package filelock. The error is an [*Error], or, when
// trying elsewhere cannot help, that of the context or of the file system.
func Get(ctx context.Context, dir string, f File, o Options) error {
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Stall == 0 {
		o.Stall = 30 * time.Second
	}
	name := filepath.Join(dir, f.Name)
	failed := &Error{Name: f.Name}
	for _, from := range f.URLs {
		o.Logger.Info("downloading", "url", from, "to", name)
		err := o.complete(ctx, name+".part", f, from)
		var local *fs.PathError
		switch {
		case err == nil:
			return os.Rename(name+".part", name)
		case ctx.Err() != nil:
			return fmt.Errorf("downloading %s: %w", f.Name, context.Cause(ctx))
		case errors.As(err, &local):
			return err
		}
		o.Logger.Warn("download failed", "url", from, "error", err)
		failed.Attempts = append(failed.Attempts, fmt.Errorf("%s: %w", from, err))
	}
	return failed
}

var errChecksum = errors.New("wrong SHA-256: this is another file, or a damaged one")

// complete brings the part file to f's contents from one place. If what was
// there already spoils it, it starts again.
func (o *Options) complete(ctx context.Context, part string, f File, from string) error {
	resumed, err := o.extend(ctx, part, f, from)
	if err == errChecksum && resumed {
		o.Logger.Warn("the interrupted download was damaged, starting again", "file", part)
		_, err = o.extend(ctx, part, f, from)
	}
	return err
}

// extend appends to the part file what is missing and checks the sum of the
// whole; a part file with a wrong sum is emptied. It reports whether there was
// something to begin with.
func (o *Options) extend(ctx context.Context, part string, f File, from string) (resumed bool, err error) {
	out, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return false, err
	}
	defer func() {
		if e := out.Close(); err == nil {
			err = e
		}
	}()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return false, err
	}
	if have > f.Size {
		have = 0
	}
	if have < f.Size {
		if err := o.transfer(ctx, out, have, f, from); err != nil {
			return have > 0, err
		}
	}
	return have > 0, check(out, f)
}

// transfer appends the rest of f, or all of it if the server knows no ranges,
// to out, which has the first have bytes.
func (o *Options) transfer(ctx context.Context, out *os.File, have int64, f File, from string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := fmt.Errorf("nothing arrived for %v", o.Stall)
	watch := time.AfterFunc(o.Stall, func() { cancel(stalled) })
	defer watch.Stop()

	resp, have, err := o.request(ctx, have, f, from)
	if err == nil {
		defer resp.Body.Close()
		err = o.save(out, have, f.Size, &watchedReader{resp.Body, watch, o.Stall})
	}
	if err != nil && context.Cause(ctx) == stalled {
		return stalled
	}
	return err
}

// request asks for f from byte have on. It returns from where the answer is.
func (o *Options) request(ctx context.Context, have int64, f File, from string) (*http.Response, int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, 0, err
	}
	// Not to be taken apart on the way: the sum is that of the compressed file.
	req.Header.Set("Accept-Encoding", "identity")
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := o.Client.Do(req)
	if err != nil {
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err // the URL is in the message already
		}
		return nil, 0, err
	}
	if have, err = start(resp, have, f.Size); err != nil {
		resp.Body.Close()
		return nil, 0, err
	}
	return resp, have, nil
}

// start returns from which byte on resp brings a file of the given size, when
// byte have was asked for.
func start(resp *http.Response, have, size int64) (int64, error) {
	switch resp.StatusCode {
	case http.StatusOK:
		have = 0
	case http.StatusPartialContent:
		want := fmt.Sprintf("bytes %d-%d/%d", have, size-1, size)
		if got := resp.Header.Get("Content-Range"); got != want {
			return 0, fmt.Errorf("it offers %q, not %q", got, want)
		}
	default:
		return 0, errors.New(resp.Status)
	}
	if n := resp.ContentLength; n >= 0 && n != size-have {
		return 0, fmt.Errorf("it offers %d bytes, not %d: another file", n, size-have)
	}
	return have, nil
}

// save writes body to out from byte have on, up to size bytes in all.
func (o *Options) save(out *os.File, have, size int64, body io.Reader) error {
	if err := out.Truncate(have); err != nil {
		return err
	}
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return err
	}
	buf := make([]byte, 64<<10)
	for have < size {
		n, err := body.Read(buf[:min(int64(len(buf)), size-have)])
		if _, err := out.Write(buf[:n]); err != nil {
			return err
		}
		have += int64(n)
		if o.Progress != nil && n > 0 {
			o.Progress(have)
		}
		switch {
		case err == nil || have == size:
		case err == io.EOF, err == io.ErrUnexpectedEOF:
			return fmt.Errorf("it ended after %d of %d bytes: %w", have, size, io.ErrUnexpectedEOF)
		default:
			return err
		}
	}
	return out.Sync()
}

// watchedReader puts the watch off whenever bytes arrive.
type watchedReader struct {
	io.Reader
	watch *time.Timer
	stall time.Duration
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.watch.Reset(r.stall)
	}
	return n, err
}
