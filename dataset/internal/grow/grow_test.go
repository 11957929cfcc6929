package grow

import (
	"bytes"
	"errors"
	"io"
	"math"
	"runtime"
	"testing"
	"testing/iotest"
)

func TestRead(t *testing.T) {
	src := make([]byte, 5*first+7)
	for i := range src {
		src[i] = byte(i * 31)
	}
	for _, n := range []int{0, 1, first - 1, first, first + 1, 2 * first, 5*first + 7} {
		got, err := Read(iotest.HalfReader(bytes.NewReader(src)), n)
		if err != nil || !bytes.Equal(got, src[:n]) {
			t.Errorf("Read of %d bytes: got %d bytes and error %v", n, len(got), err)
		}
	}
}

func TestReadTruncated(t *testing.T) {
	for _, have := range []int{0, 1, first, 3 * first} {
		got, err := Read(bytes.NewReader(make([]byte, have)), have+1)
		if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != have {
			t.Errorf("%d of %d bytes: got %d, error %v", have, have+1, len(got), err)
		}
	}
}

func TestReadPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken cable")
	if _, err := Read(iotest.ErrReader(broken), 10); err != broken {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestReadDoesNotTrustTheCount(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Read(bytes.NewReader(make([]byte, 100)), math.MaxInt); err == nil {
		t.Fatal("no error")
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4*first {
		t.Errorf("allocated %d bytes for 100", grown)
	}
}
