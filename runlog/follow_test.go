package runlog

import (
	"context"
	"errors"
	"os"
	"reflect"
	"testing"
	"time"
)

// follow runs Follow in a goroutine; the channel is closed when it ends.
func follow(t *testing.T, path string) (<-chan Body, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	bodies := make(chan Body)
	go func() {
		defer close(bodies)
		for e, err := range Follow(ctx, path) {
			if err != nil {
				t.Error(err)
				return
			}
			bodies <- e.Body
		}
	}()
	return bodies, cancel
}

func expect(t *testing.T, bodies <-chan Body, want ...Body) {
	t.Helper()
	for _, b := range want {
		if got, ok := <-bodies; !ok || !reflect.DeepEqual(got, b) {
			t.Fatalf("followed %+v (open: %v), want %+v", got, ok, b)
		}
	}
}

func TestFollow(t *testing.T) {
	path := writeLog(t, Started{Model: "m"}, Note{1, "one"})
	bodies, cancel := follow(t, path)
	expect(t, bodies, Started{Model: "m"}, Note{1, "one"})

	appendText(t, path, `{"v":1,"time":"2026-01-02T03:04:05Z",`)
	time.Sleep(2 * pollInterval) // let it meet the torn line
	appendText(t, path, `"event":"note","data":{"step":2,"text":"two"}}`+"\n")
	expect(t, bodies, Note{2, "two"})

	appendText(t, path, `{"torn`)
	w, err := Open(path) // cuts the torn line off
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, Resumed{Step: 2}, Note{3, "three"})
	expect(t, bodies, Resumed{Step: 2}, Note{3, "three"})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	if err := os.Rename(writeLog(t, Started{Model: "another"}), path); err != nil {
		t.Fatal(err)
	}
	expect(t, bodies, Started{Model: "another"})

	cancel()
	if b, ok := <-bodies; ok {
		t.Errorf("after the context was done: %+v", b)
	}
}

func TestFollowEnds(t *testing.T) {
	path := writeLog(t, Started{}, Finished{})
	count := 0
	for e, err := range Follow(context.Background(), path) {
		if err != nil {
			t.Fatal(err)
		}
		count++
		if _, ok := e.Body.(Finished); ok {
			break
		}
	}
	if count != 2 {
		t.Errorf("followed %d events, want 2", count)
	}
	for _, err := range Follow(context.Background(), path+".not") {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("missing file: %v", err)
		}
	}
	appendText(t, path, "hello\n")
	var last error
	for _, err := range Follow(context.Background(), path) {
		last = err
	}
	var bad *LineError
	if !errors.As(last, &bad) || bad.Line != 3 {
		t.Errorf("bad line: %v", last)
	}
}
