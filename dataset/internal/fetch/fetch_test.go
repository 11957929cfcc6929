package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// content is what the servers of these tests publish.
var content = func() []byte {
	b := make([]byte, 300_000)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(b)
	return b
}()

// published is content as a File at the given places.
func published(servers ...*httptest.Server) File {
	sum := sha256.Sum256(content)
	f := File{Name: "data.gz", Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
	for _, s := range servers {
		f.URLs = append(f.URLs, s.URL+"/data.gz")
	}
	return f
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// ranged serves b with ranges and notes those asked for.
func ranged(b []byte, asked *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.Header.Get("Range"))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}
}

// broken sends the first n bytes of content and hangs up.
func broken(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:n])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func expectFile(t *testing.T, dir string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, "data.gz"))
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("got %d bytes, error %v", len(got), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data.gz.part")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the part file remains: %v", err)
	}
}

func expectNoFile(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "data.gz")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an unchecked file appeared: %v", err)
	}
}

func writePart(t *testing.T, dir string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "data.gz.part"), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestGet(t *testing.T) {
	damaged := bytes.Clone(content[:1000])
	damaged[500] ^= 1
	tests := []struct {
		name  string
		part  []byte   // what an earlier call left
		asked []string // ranges asked for
	}{
		{"whole", nil, []string{""}},
		{"resume", content[:1000], []string{"bytes=1000-"}},
		{"complete but not renamed", content, nil},
		{"part too long", append(bytes.Clone(content), 1), []string{""}},
		{"damaged part", damaged, []string{"bytes=1000-", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.part != nil {
				writePart(t, dir, tt.part)
			}
			var asked []string
			var last int64
			err := Get(t.Context(), dir, published(serve(t, ranged(content, &asked))), Options{
				Progress: func(done int64) { last = done },
			})
			if err != nil {
				t.Fatal(err)
			}
			expectFile(t, dir)
			if !slices.Equal(asked, tt.asked) {
				t.Errorf("asked for ranges %q, want %q", asked, tt.asked)
			}
			if tt.asked != nil && last != int64(len(content)) {
				t.Errorf("progress ended at %d of %d", last, len(content))
			}
		})
	}
}

func TestGetResumesAfterBrokenConnection(t *testing.T) {
	dir := t.TempDir()
	var asked []string
	f := published(serve(t, broken(70_000)), serve(t, ranged(content, &asked)))
	if err := Get(t.Context(), dir, f, Options{}); err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir)
	if !slices.Equal(asked, []string{"bytes=70000-"}) {
		t.Errorf("asked for ranges %q", asked)
	}
}

func TestGetServerIgnoresRange(t *testing.T) {
	dir := t.TempDir()
	writePart(t, dir, []byte("something else entirely"))
	f := published(serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(content) }))
	if err := Get(t.Context(), dir, f, Options{}); err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir)
}

func TestGetBadMirrors(t *testing.T) {
	wrong := bytes.Clone(content)
	wrong[12345] ^= 0x80
	handlers := map[string]struct {
		handler http.HandlerFunc
		says    string
	}{
		"404":            {http.NotFound, "404 Not Found"},
		"wrong checksum": {func(w http.ResponseWriter, r *http.Request) { w.Write(wrong) }, "SHA-256"},
		"a login page":   {func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>") }, "6 bytes, not 300000"},
		"wrong range": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 5-9/10")
			w.WriteHeader(http.StatusPartialContent)
		}, `"bytes 5-9/10"`},
		"too long, in chunks": {func(w http.ResponseWriter, r *http.Request) {
			for range 20 {
				w.Write(wrong)
				w.(http.Flusher).Flush()
			}
		}, "SHA-256"},
		"too short, in chunks": {func(w http.ResponseWriter, r *http.Request) {
			w.Write(content[:5000])
			w.(http.Flusher).Flush()
		}, "after 5000 of 300000 bytes"},
		"hangs up": {broken(9000), "9000 of 300000"},
	}
	for name, tt := range handlers {
		t.Run(name, func(t *testing.T) {
			bad := serve(t, tt.handler)
			dir := t.TempDir()
			err := Get(t.Context(), dir, published(bad, bad), Options{})
			var e *Error
			if !errors.As(err, &e) || len(e.Attempts) != 2 {
				t.Fatalf("error %v, want an *Error with two attempts", err)
			}
			if !strings.Contains(err.Error(), tt.says) || strings.Count(err.Error(), "\n") != 2 {
				t.Errorf("message %q does not say %q in one line a mirror", err, tt.says)
			}
			expectNoFile(t, dir)

			var asked []string
			if err := Get(t.Context(), dir, published(bad, serve(t, ranged(content, &asked))), Options{}); err != nil {
				t.Fatalf("with a good second mirror: %v", err)
			}
			expectFile(t, dir)
		})
	}
}

func TestGetCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(content[:100_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	dir := t.TempDir()
	err := Get(ctx, dir, published(s, s), Options{Progress: func(done int64) {
		if done == 100_000 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	expectNoFile(t, dir)
	if part, err := os.ReadFile(filepath.Join(dir, "data.gz.part")); err != nil || !bytes.Equal(part, content[:100_000]) {
		t.Errorf("the part file has %d bytes, error %v", len(part), err)
	}
}

func TestGetStalled(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(content[:10])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	err := Get(t.Context(), t.TempDir(), published(s), Options{Stall: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "nothing arrived for 50ms") {
		t.Errorf("error %v", err)
	}
}

func TestGetUnwritableFolder(t *testing.T) {
	var asked []string
	s := serve(t, ranged(content, &asked))
	err := Get(t.Context(), filepath.Join(t.TempDir(), "missing"), published(s, s), Options{})
	var e *Error
	if !errors.Is(err, fs.ErrNotExist) || errors.As(err, &e) {
		t.Errorf("error %v, want the file system's", err)
	}
	if len(asked) != 0 {
		t.Errorf("%d requests for a file that cannot be stored", len(asked))
	}
}
