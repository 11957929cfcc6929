package container

import (
	"bytes"
	"errors"
	"testing"
)

// A process that is killed after any byte leaves a file of which everything
// that was there before can be read, and that Resume completes.
func TestAppendCrash(t *testing.T) {
	data, _ := sampleArchive(t)
	const more = 5
	whole := len(grown(t, data, raw, more)) - len(data)
	for left := range whole + 1 {
		f := &memFile{data: bytes.Clone(data), limit: true, left: left}
		crashAppending(t, f, more)
		if found := recovered(t, f.data); len(found.images) < 11 {
			t.Fatalf("crash after %d bytes: %d images left of 11", left, len(found.images))
		}
		checkResume(t, f.data, 11, 11+more)
	}
}

// crashAppending appends until the file fails.
func crashAppending(t *testing.T, f *memFile, n int) {
	t.Helper()
	w, err := Append(f, int64(len(f.data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPacker(w, raw)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := p.Add(pixels(small.Shape, 11+i), infoOf(11+i)); err != nil {
			break
		}
	}
	if err := p.Close(); err != nil && !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
}

// checkResume completes an archive to n images.
func checkResume(t *testing.T, data []byte, least, n int) {
	t.Helper()
	f := &memFile{data: bytes.Clone(data)}
	w, err := Resume(f, int64(len(data)), nil)
	if err != nil {
		t.Fatalf("%d bytes: %v", len(data), err)
	}
	if w.Len() < least || w.Len() > n {
		t.Fatalf("%d bytes: goes on after %d images", len(data), w.Len())
	}
	addImages(t, w, raw, n-w.Len())
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	images, err := NewImages(open(t, f.data), raw)
	if err != nil {
		t.Fatal(err)
	}
	checkItems(t, images.r.h, n, images.All())
	if p, err := Verify(f, int64(len(f.data)), raw, nil); err != nil || !p.OK() {
		t.Fatalf("%d bytes, resumed: %+v, %v", len(data), p, err)
	}
}

// An archive that is cut anywhere, as when the process that wrote it was
// killed, can be completed.
func TestResume(t *testing.T) {
	data, _ := sampleArchive(t)
	firstEnd := open(t, data).refs[0].end()
	for n := range len(data) + 1 {
		if int64(n) >= firstEnd {
			checkResume(t, data[:n], 3, 14)
			continue
		}
		f := &memFile{data: bytes.Clone(data[:n])}
		if _, err := Resume(f, int64(n), nil); !errors.Is(err, ErrTruncated) || len(f.data) != n {
			t.Errorf("%d bytes, no image yet: %v", n, err)
		}
	}
}

func TestResumeOfEmptyArchive(t *testing.T) {
	f := &memFile{data: archive(t, small, raw, 0)}
	w, err := Resume(f, int64(len(f.data)), nil)
	if err != nil || w.Len() != 0 {
		t.Fatalf("%v", err)
	}
}

// Resume cuts off no intact block and changes nothing when it refuses.
func TestResumeRefuses(t *testing.T) {
	data, _ := sampleArchive(t)
	refs := open(t, data).refs
	last := refs[len(refs)-1]
	for at := range int(last.off) - last.info {
		bad := bytes.Clone(data[:len(data)-1]) // no index at the end
		bad[at] ^= 1
		f := &memFile{data: bytes.Clone(bad)}
		if _, err := Resume(f, int64(len(bad)), nil); !typed(err) || !bytes.Equal(f.data, bad) {
			t.Errorf("damage at byte %d: %v", at, err)
		}
	}
}

// The blocks are made last before the index says that they are there.
func TestAppendSyncs(t *testing.T) {
	data, _ := sampleArchive(t)
	f := &memFile{data: data}
	w, err := Append(f, int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	addImages(t, w, raw, 1)
	size := len(f.data)
	w.sync = func() error {
		if f.syncs == 0 && len(f.data) != size {
			t.Error("the index was written before the blocks were made last")
		}
		return f.Sync()
	}
	if err := w.Close(); err != nil || f.syncs != 2 {
		t.Errorf("%d syncs, %v", f.syncs, err)
	}
}
