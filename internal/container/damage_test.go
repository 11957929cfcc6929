package container

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// sampleArchive has all there can be in an archive: names, labels, optional
// chunks, a small block, and a second index.
func sampleArchive(t testing.TB) (data []byte, firstPart int) {
	h := small
	h.BlockSize = 3
	a := archive(t, h, raw, 7, Chunk{ChunkModel, []byte(testModel)}, Chunk{ChunkPrivate, []byte("private")})
	return grown(t, a, raw, 4), len(a)
}

// remains are what can be read of a damaged archive.
type remains struct {
	images map[int]bool
	infos  map[int]bool
	errs   []error
}

// collect fails if anything is wrong and not known to be.
func collect(t *testing.T, h Header, items func(func(Item, error) bool)) remains {
	t.Helper()
	found := remains{map[int]bool{}, map[int]bool{}, nil}
	for item, err := range items {
		switch {
		case err != nil:
			if !typed(err) {
				t.Fatalf("error of no type: %v", err)
			}
			found.errs = append(found.errs, err)
			continue
		case found.images[item.Number]:
			t.Fatalf("image %d twice", item.Number)
		case item.InfoErr != nil:
			found.errs = append(found.errs, item.InfoErr)
		case item.Info != Info{}:
			found.infos[item.Number] = true
		}
		if item.Info == (Info{}) {
			item.InfoErr = io.EOF // so that checkItem looks at the pixels only
		}
		checkItem(t, h, item)
		found.images[item.Number] = true
	}
	return found
}

func (r remains) check(t *testing.T, name string, total int, hit ref, hitInfo bool) {
	t.Helper()
	for i := range total {
		inHit := i >= hit.first && i < hit.first+hit.count
		if !r.images[i] && (!inHit || hitInfo) {
			t.Errorf("%s: image %d is lost", name, i)
		}
		if !r.infos[i] && !inHit {
			t.Errorf("%s: what is known of image %d is lost", name, i)
		}
	}
}

// hitBy returns the block that a byte belongs to, if any.
func hitBy(refs []ref, at int64) (hit ref, inInfo bool) {
	for _, r := range refs {
		if at >= r.off-int64(r.info) && at < r.end() {
			return r, at < r.off
		}
	}
	return ref{first: -1}, false
}

// Any flipped bit must be noticed, and costs no image outside the block that
// it is in.
func TestArchiveFlips(t *testing.T) {
	data, _ := sampleArchive(t)
	good := open(t, data)
	for bit := range 8 * len(data) {
		bad := bytes.Clone(data)
		bad[bit/8] ^= 1 << (bit % 8)
		hit, inInfo := hitBy(good.refs, int64(bit/8))
		checkFlip(t, bad, bit, good, hit, inInfo)
		if t.Failed() {
			t.Fatalf("bit %d of byte %d flipped", bit%8, bit/8)
		}
	}
}

func checkFlip(t *testing.T, bad []byte, bit int, good *Reader, hit ref, inInfo bool) {
	t.Helper()
	size, total := int64(len(bad)), good.Len()
	r, err := Open(bytes.NewReader(bad), size, nil)
	if err != nil && !typed(err) {
		t.Errorf("Open: %v", err)
	}
	if err == nil {
		checkOpened(t, r, total, hit, inInfo)
	}

	r, damages, err := Recover(bytes.NewReader(bad), size, nil)
	if err != nil || len(damages) != 1 || r.Len() != total {
		t.Fatalf("Recover: %d damages, %v", len(damages), err)
	}
	if d := damages[0]; int64(bit/8) < d.Offset || int64(bit/8) >= d.Offset+d.Length || !typed(d) {
		t.Errorf("Recover: %v, at byte %d", d, d.Offset)
	}
	images, err := NewImages(r, raw)
	if err != nil {
		t.Fatal(err)
	}
	collect(t, r.Header(), images.All()).check(t, "Recover", total, hit, inInfo)

	p, err := Verify(bytes.NewReader(bad), size, raw, nil)
	if err != nil || p.OK() || p.Total != total {
		t.Errorf("Verify: %+v, %v", p, err)
	} else if d := p.Damages[0]; d.Images > 0 && (d.First != hit.first || d.Images != hit.count) || p.Images != total-d.Images {
		t.Errorf("Verify: %v, %d of %d images", d, p.Images, p.Total)
	}

	s, err := NewStream(bytes.NewReader(bad), nil)
	if err != nil {
		if !typed(err) || int64(bit/8) >= good.h.size() {
			t.Errorf("NewStream: %v", err)
		}
		return
	}
	found := collect(t, s.Header(), s.Images(raw))
	found.check(t, "Stream", total, hit, inInfo)
	if len(found.errs) != 1 {
		t.Errorf("Stream: errors %v", found.errs)
	}
}

// checkOpened looks at an archive whose index is intact; optional chunks are
// read too, so the damage must be found.
func checkOpened(t *testing.T, r *Reader, total int, hit ref, inInfo bool) {
	t.Helper()
	images, err := NewImages(r, raw)
	if err != nil {
		t.Fatal(err)
	}
	found := collect(t, r.Header(), images.All())
	found.check(t, "Open", total, hit, inInfo)
	model, err := r.EmbeddedModel()
	if err == nil && string(model) != testModel {
		t.Error("another model")
	}
	private, privateErr := r.Chunk(ChunkPrivate)
	if privateErr == nil && private != nil && string(private) != "private" {
		t.Error("another private chunk")
	}
	if len(found.errs) == 0 && err == nil && privateErr == nil && private != nil {
		t.Error("damage that was not noticed")
	}
	if err := errors.Join(err, privateErr); err != nil && !typed(err) {
		t.Errorf("error of no type: %v", err)
	}
}

// Any cut must be noticed, but for the one that gives back the archive of
// before something was appended; what is before it can be read.
func TestArchiveCuts(t *testing.T) {
	data, firstPart := sampleArchive(t)
	good := open(t, data)
	for n := range data {
		cut := data[:n]
		if _, err := Open(bytes.NewReader(cut), int64(n), nil); !typed(err) && n != firstPart {
			t.Errorf("cut to %d bytes: Open: %v", n, err)
		}
		if p, err := Verify(bytes.NewReader(cut), int64(n), raw, nil); err == nil && p.OK() && n != firstPart || err != nil && !typed(err) {
			t.Errorf("cut to %d bytes: Verify: %+v, %v", n, p, err)
		}
		s, err := NewStream(bytes.NewReader(cut), nil)
		if int64(n) < good.h.size() {
			if !errors.Is(err, ErrTruncated) {
				t.Errorf("cut to %d bytes: NewStream: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut to %d bytes: NewStream: %v", n, err)
		}
		checkCut(t, n, good, collect(t, s.Header(), s.Images(raw)), n == firstPart)
		checkCut(t, n, good, recovered(t, cut), n == firstPart)
	}
}

func recovered(t *testing.T, data []byte) remains {
	t.Helper()
	r, damages, err := Recover(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	images, err := NewImages(r, raw)
	if err != nil {
		t.Fatal(err)
	}
	found := collect(t, r.Header(), images.All())
	for _, d := range damages {
		found.errs = append(found.errs, d)
	}
	return found
}

func checkCut(t *testing.T, n int, good *Reader, found remains, complete bool) {
	t.Helper()
	whole := 0
	for _, r := range good.refs {
		if r.end() <= int64(n) {
			whole += r.count
		}
	}
	if len(found.images) != whole || len(found.infos) != whole {
		t.Errorf("cut to %d bytes: %d images and %d infos, want %d", n, len(found.images), len(found.infos), whole)
	}
	if !complete && (len(found.errs) != 1 || !errors.Is(found.errs[0], ErrTruncated)) {
		t.Errorf("cut to %d bytes: errors %v", n, found.errs)
	}
}

// Several blocks and the header lost at once: all others are found.
func TestArchiveManyDamages(t *testing.T) {
	data, _ := sampleArchive(t)
	refs := open(t, data).refs
	bad := bytes.Clone(data)
	for _, b := range []int{0, 2, 4} {
		r := refs[b]
		copy(bad[r.off-int64(r.info):r.end()], make([]byte, r.info+r.size))
	}
	bad[1]++
	found := recovered(t, bad)
	for i := range 11 {
		b, _ := open(t, data).Find(i)
		if found.images[i] != (b == 1 || b == 3) {
			t.Errorf("image %d of block %d: found %v", i, b, found.images[i])
		}
	}
	r, _, err := Recover(bytes.NewReader(bad), int64(len(bad)), nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewImages(r, raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.At(0); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a lost image: %v", err)
	}
}

// What looks like a chunk inside a payload is none.
func TestArchiveInsideArchive(t *testing.T) {
	inner := archive(t, small, raw, 6)
	h := Header{Model: raw.Model(), Shape: Shape{len(inner), 1, 1}, BlockSize: 1}
	var b bytes.Buffer
	w, err := NewWriter(&b, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := w.WriteBlock(inner, 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	second := w.seg.refs[1].off
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	bad := b.Bytes()
	bad[second] ^= 1
	r, damages, err := Recover(bytes.NewReader(bad), int64(len(bad)), nil)
	if err != nil || len(damages) != 1 || r.Blocks() != 2 || r.Len() != 3 || damages[0].First != 1 || damages[0].Images != 1 {
		t.Errorf("%v, %v", damages, err)
	}
}

// A block that repeats images is none of this archive.
func TestArchiveRepeatedBlock(t *testing.T) {
	data, _ := sampleArchive(t)
	r := open(t, data).refs[0]
	block := bytes.Clone(data[r.off-int64(r.info) : r.end()])
	bad := append(bytes.Clone(data), block...)
	found := recovered(t, bad)
	if len(found.images) != 11 || len(found.errs) != 1 {
		t.Errorf("%d images, errors %v", len(found.images), found.errs)
	}
}
