package runlog

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"
)

// FuzzReader reads any bytes: every event that comes out can be written, is
// read back as the same line, and the offset never leaves the input.
func FuzzReader(f *testing.F) {
	var log []byte
	for _, b := range allBodies {
		text, err := encode(Event{time.Unix(1e9, 0), b})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		log = append(log, text...)
	}
	f.Add(log)
	f.Add(log[:len(log)-3])
	f.Add([]byte(`{"v":1,"time":"2026-01-02T03:04:05Z","event":"step","data":{"loss":"NaN","metrics":{"x":"-Infinity"}}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var account Log
		for r := NewReader(bytes.NewReader(data)); ; {
			e, err := r.Next()
			if r.Offset() > int64(len(data)) {
				t.Fatalf("offset %d in %d bytes", r.Offset(), len(data))
			}
			if err != nil {
				var bad *LineError
				if err != io.EOF && !errors.As(err, &bad) {
					t.Fatalf("untyped error %v", err)
				}
				return
			}
			account.Add(e)
			roundTrip(t, e)
		}
	})
}

func roundTrip(t *testing.T, e Event) {
	text, err := encode(e)
	if errors.Is(err, ErrTooLong) {
		return // escapes can make a line longer
	}
	if err != nil {
		t.Fatalf("cannot write %+v: %v", e, err)
	}
	again, err := decode(text)
	if err != nil {
		t.Fatalf("cannot read back %s: %v", text, err)
	}
	if second, err := encode(again); err != nil || !bytes.Equal(text, second) {
		t.Fatalf("%s became %s, %v", text, second, err)
	}
}
