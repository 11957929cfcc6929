package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset/idx"
)

func idxFile(t testing.TB, a *idx.Array) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := idx.Write(&buf, a); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// tiny returns the four files of a set like MNIST, not compressed, by name: 20
// training and 10 test images of 3x3 pixels, with labels from 0 to 3.
func tiny(t testing.TB) map[string][]byte {
	t.Helper()
	ramp := func(shape ...int) *idx.Array {
		a := &idx.Array{Shape: shape, Data: make([]uint8, shape[0])}
		if len(shape) == 3 {
			a.Data = make([]uint8, shape[0]*shape[1]*shape[2])
		}
		for i := range a.Data {
			a.Data[i] = uint8((1 + i) % 4)
		}
		return a
	}
	return map[string][]byte{
		fourNames[0]: idxFile(t, ramp(20, 3, 3)), fourNames[1]: idxFile(t, ramp(20)),
		fourNames[2]: idxFile(t, ramp(10, 3, 3)), fourNames[3]: idxFile(t, ramp(10)),
	}
}

func expectTiny(t *testing.T, s *Split, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.N != 20 || s.Test.N != 10 || s.Train.H != 3 || s.Train.W != 3 ||
		len(s.Train.Classes) != 4 || len(s.Train.Labels) != 20 || len(s.Test.Labels) != 10 {
		t.Errorf("train %+v, test %+v", s.Train, s.Test)
	}
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// put writes files into dir, which it makes, under the names that rename gives,
// and compressed if those end in .gz.
func put(t testing.TB, dir string, files map[string][]byte, rename func(string) string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		name = rename(name)
		if strings.HasSuffix(name, ".gz") {
			data = zipped(t, data)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func same(name string) string   { return name }
func gz(name string) string     { return name + ".gz" }
func dotted(name string) string { return strings.Replace(name, "-idx", ".idx", 1) }

// tinyPublication is tiny as a set that mirrors publish.
func tinyPublication(t testing.TB, mirrors ...string) publication {
	p := publication{
		name: "tiny", torchvision: "Tiny", mirrors: mirrors,
		train: 20, test: 10, side: 3, classes: []string{"a", "b", "c", "d"},
	}
	files := tiny(t)
	for i, name := range fourNames {
		data := zipped(t, files[name])
		sum := sha256.Sum256(data)
		p.files[i].Name = name + ".gz"
		p.files[i].Size = int64(len(data))
		p.files[i].SHA256 = hex.EncodeToString(sum[:])
	}
	return p
}

// mirror serves tiny below /set/ and notes the paths of requests.
func mirror(t *testing.T, requests *[]string) string {
	files := tiny(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests = append(*requests, r.URL.Path)
		data, ok := files[strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/set/"), ".gz")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Write(zipped(t, data))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/set/"
}

func open(t *testing.T, p publication, o Options) (*Split, error) {
	t.Helper()
	return p.open(t.Context(), o.withDefaults())
}

func TestOpenPublishedLayouts(t *testing.T) {
	for name, rename := range map[string]func(string) string{
		"compressed": gz, "plain": same, "dotted": dotted,
		"dotted and compressed": func(name string) string { return gz(dotted(name)) },
	} {
		for _, place := range []string{"tiny", "Tiny/raw"} {
			t.Run(name+" in "+place, func(t *testing.T) {
				dir := t.TempDir()
				put(t, filepath.Join(dir, place), tiny(t), rename)
				o := Options{Dirs: []string{t.TempDir(), dir}, Cache: t.TempDir(), Offline: true}
				s, err := open(t, tinyPublication(t), o)
				expectTiny(t, s, err)
			})
		}
	}
	dir := filepath.Join(t.TempDir(), "tiny")
	put(t, dir, tiny(t), gz)
	s, err := open(t, tinyPublication(t), Options{Dirs: []string{dir}, Cache: t.TempDir(), Offline: true})
	expectTiny(t, s, err)
	if s.Test.Class(0) != "b" {
		t.Errorf("class of the first test image: %q", s.Test.Class(0))
	}
}

func TestOpenPublishedDownloads(t *testing.T) {
	var asked []string
	good := mirror(t, &asked)
	p := tinyPublication(t, strings.Replace(good, "/set/", "/elsewhere/", 1), good)
	cache := t.TempDir()
	done := map[string]int64{}
	o := Options{Cache: cache, Progress: func(p Progress) {
		if p.Done > p.Total || p.Done <= done[p.File] {
			t.Errorf("progress of %s: %d of %d after %d", p.File, p.Done, p.Total, done[p.File])
		}
		done[p.File] = p.Done
	}}
	s, err := open(t, p, o)
	expectTiny(t, s, err)
	if len(asked) != 8 { // each file from both mirrors
		t.Errorf("requests: %q", asked)
	}
	for _, f := range p.files {
		if done[f.Name] != f.Size {
			t.Errorf("progress of %s ended at %d of %d", f.Name, done[f.Name], f.Size)
		}
	}

	// From now on from the cache; a file that is gone comes back.
	asked = nil
	clear(done)
	o.Offline = true
	s, err = open(t, p, o)
	expectTiny(t, s, err)
	if len(asked) != 0 {
		t.Errorf("requests in spite of the cache: %q", asked)
	}
	o.Offline = false
	if err := os.Remove(filepath.Join(cache, "tiny", p.files[3].Name)); err != nil {
		t.Fatal(err)
	}
	s, err = open(t, p, o)
	expectTiny(t, s, err)
	if len(asked) != 2 {
		t.Errorf("requests for one file: %q", asked)
	}
}

func TestOpenPublishedFailedDownload(t *testing.T) {
	var asked []string
	m := mirror(t, &asked)
	p := tinyPublication(t, m+"no/", m+"neither/")
	dir := t.TempDir()
	_, err := open(t, p, Options{Cache: t.TempDir(), Dirs: []string{dir}})
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	want := []string{
		"dataset: tiny could not be downloaded: train-images-idx3-ubyte.gz:",
		"  " + m + "no/train-images-idx3-ubyte.gz: 404 Not Found",
		"  " + m + "neither/train-images-idx3-ubyte.gz: 404 Not Found",
		"to supply the files by hand, put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, " +
			"t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz into " + filepath.Join(dir, "tiny"),
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

func TestOpenPublishedOffline(t *testing.T) {
	_, err := open(t, tinyPublication(t), Options{Cache: t.TempDir(), Offline: true})
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "--data") {
		t.Errorf("error %v", err)
	}
	_, err = open(t, tinyPublication(t), Options{Dirs: []string{filepath.Join(t.TempDir(), "missing")}})
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("with a data folder that is missing: error %v", err)
	}
}

func TestOpenPublishedCancelled(t *testing.T) {
	var asked []string
	ctx, cancel := context.WithCancel(t.Context())
	p := tinyPublication(t, mirror(t, &asked))
	_, err := p.open(ctx, Options{Cache: t.TempDir(), Progress: func(Progress) { cancel() }}.withDefaults())
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}

func TestOpenPublishedProblems(t *testing.T) {
	incomplete, damaged, other := tiny(t), tiny(t), tiny(t)
	delete(incomplete, fourNames[1])
	damaged[fourNames[2]] = damaged[fourNames[2]][:50]
	other[fourNames[0]] = idxFile(t, &idx.Array{Shape: []int{20, 2, 3}, Data: make([]uint8, 120)})
	other[fourNames[2]] = idxFile(t, &idx.Array{Shape: []int{10, 2, 3}, Data: make([]uint8, 60)})
	for _, tt := range []struct {
		name  string
		files map[string][]byte
		says  string
	}{
		{"incomplete", incomplete, "train-labels-idx1-ubyte (or .gz) is missing"},
		{"damaged", damaged, "truncated"},
		{"another set", other, "give its path"},
	} {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "tiny"), tt.files, same)
		_, err := open(t, tinyPublication(t), Options{Dirs: []string{dir}})
		if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: error %v", tt.name, err)
		}
	}
	cache := t.TempDir()
	put(t, filepath.Join(cache, "tiny"), damaged, gz)
	if _, err := open(t, tinyPublication(t), Options{Cache: cache}); !errors.Is(err, idx.ErrTruncated) || !strings.Contains(err.Error(), "delete") {
		t.Errorf("damaged cache: error %v", err)
	}
	few := tinyPublication(t)
	few.classes = few.classes[:2]
	put(t, filepath.Join(cache, "tiny"), tiny(t), gz)
	if _, err := open(t, few, Options{Cache: cache}); err == nil || !strings.Contains(err.Error(), "label 3") {
		t.Errorf("too many classes: error %v", err)
	}
}

// A cache that cannot be made is reported with the way out.
func TestOpenPublishedNoCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, tinyPublication(t), Options{Cache: file})
	if err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("error %v", err)
	}
}
