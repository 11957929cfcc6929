package container

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestErrorText(t *testing.T) {
	inner := &Error{Kind: ErrCorrupt, Offset: 12, What: "the payload does not decode", Err: io.ErrUnexpectedEOF}
	for _, c := range []struct {
		err  error
		want string
	}{
		{inner, "container: corrupt at byte 12: the payload does not decode: unexpected EOF"},
		{&Damage{Length: 40, First: 64, Images: 64, Err: inner}, inner.Error() + " (40 bytes, images 64 to 127 lost)"},
		{&Damage{Length: 40, Err: inner}, inner.Error() + " (40 bytes, no image known to be lost)"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if !errors.Is(c.err, ErrCorrupt) || !errors.Is(c.err, io.ErrUnexpectedEOF) {
			t.Errorf("%v is not what it wraps", c.err)
		}
	}
}

// failingAt is a ReaderAt of which some calls fail.
type failingAt struct {
	*bytes.Reader
	calls int // that succeed
}

func (f *failingAt) ReadAt(p []byte, off int64) (int, error) {
	if f.calls--; f.calls < 0 {
		return 0, errCrash
	}
	return f.Reader.ReadAt(p, off)
}

// What goes wrong below is no damage: it comes back as it is.
func TestArchiveKeepsReaderErrors(t *testing.T) {
	data, _ := sampleArchive(t)
	size := int64(len(data))
	ways := map[string]func(r io.ReaderAt) error{
		"Open": func(r io.ReaderAt) error {
			_, err := Open(r, size, nil)
			return err
		},
		"Recover": func(r io.ReaderAt) error {
			_, _, err := Recover(r, size, nil)
			return err
		},
		"EmbeddedModel": func(r io.ReaderAt) error {
			x, err := Open(r, size, nil)
			if err != nil {
				return err
			}
			_, err = x.EmbeddedModel()
			return err
		},
	}
	for name, read := range ways {
		for calls := 0; ; calls++ {
			err := read(&failingAt{bytes.NewReader(data), calls})
			if err == nil {
				break
			}
			if !errors.Is(err, errCrash) || typed(err) {
				t.Errorf("%s, %d calls: %v", name, calls, err)
			}
		}
	}
}

func TestStreamKeepsReaderErrors(t *testing.T) {
	data, _ := sampleArchive(t)
	for n := range data {
		var last error
		s, err := NewStream(io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(errCrash)), nil)
		if err != nil {
			last = err
		} else {
			for _, last = range s.Blocks() {
			}
		}
		if last != errCrash {
			t.Fatalf("a reader that fails after %d bytes: %v", n, last)
		}
	}
}

// A loop may be left and another goes on.
func TestStreamLoops(t *testing.T) {
	data, _ := sampleArchive(t)
	s, err := NewStream(bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	for next < 11 {
		for block, err := range s.Blocks() {
			if err != nil || block.First != next {
				t.Fatalf("images from %d, want from %d; %v", block.First, next, err)
			}
			next += block.Count
			break
		}
	}
}

func TestStreamLimits(t *testing.T) {
	data := archive(t, small, raw, 0, Chunk{ChunkEXIF, make([]byte, 60)}, Chunk{ChunkICC, make([]byte, 60)})
	if _, err := NewStream(bytes.NewReader(data), &Limits{MaxMeta: 60, MaxModel: 1}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
	if _, err := NewStream(bytes.NewReader(data), &Limits{MaxMeta: 60, MaxModel: 60}); err != nil {
		t.Error(err)
	}
}
