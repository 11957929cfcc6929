package hourglass

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// memFile is a File in memory.
type memFile struct{ data []byte }

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(f.data).ReadAt(p, off)
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	f.data = append(f.data[:min(int(off), len(f.data))], p...)
	return len(p), nil
}

func (f *memFile) Truncate(size int64) error { f.data = f.data[:size]; return nil }
func (f *memFile) Sync() error               { return nil }

func (f *memFile) size() int64 { return int64(len(f.data)) }

func infoOf(i int) Info { return Info{Name: fmt.Sprintf("class/%05d.png", i), Label: i % 10} }

// addPictures adds pictures up to number n.
func addPictures(t testing.TB, w *ArchiveWriter, n int) {
	t.Helper()
	for i := w.Len(); i < n; i++ {
		if err := w.Add(picture(w.Model(), i), infoOf(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// archive returns an archive of n pictures.
func archive(t testing.TB, n int, o ArchiveOptions) *memFile {
	t.Helper()
	var b bytes.Buffer
	w, err := NewArchiveWriter(&b, &o)
	if err != nil {
		t.Fatal(err)
	}
	addPictures(t, w, n)
	if w.Len() != n || w.Size() != int64(b.Len()) {
		t.Errorf("the writer says %d images in %d bytes, it wrote %d in %d", w.Len(), w.Size(), n, b.Len())
	}
	return &memFile{b.Bytes()}
}

func open(t testing.TB, f *memFile, o *DecodeOptions) *ArchiveReader {
	t.Helper()
	a, err := OpenArchive(f, f.size(), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// alone returns what a picture is after it has been coded alone.
func alone(t testing.TB, m *Model, quality, number int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, picture(m, number), &Options{Model: m, Quality: quality}); err != nil {
		t.Fatal(err)
	}
	img, err := DecodeWith(&b, &DecodeOptions{Models: []*Model{m}})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// checkItems fails unless items are the coded pictures 0 to n-1.
func checkItems(t *testing.T, a *ArchiveReader, n int) {
	t.Helper()
	next := 0
	for item, err := range a.All() {
		if err != nil || item.InfoErr != nil {
			t.Fatalf("image %d: %v, %v", next, err, item.InfoErr)
		}
		if item.Number != next || item.Info != infoOf(next) {
			t.Fatalf("image %d is number %d, %+v", next, item.Number, item.Info)
		}
		if !samePixels(item.Image(), alone(t, a.Model(), a.Quality(), next)) {
			t.Fatalf("image %d has other pixels than alone", next)
		}
		next++
	}
	if next != n || a.Len() != n {
		t.Errorf("%d images, Len is %d, want %d", next, a.Len(), n)
	}
}

// An image of an archive has the same pixels as in a file of its own, whatever
// the threads and the size of the blocks.
func TestArchive(t *testing.T) {
	grey, colour := untrained(t, 8, 8, 1, 1), untrained(t, 9, 8, 3, 1)
	for _, o := range []ArchiveOptions{
		{Model: grey},
		{Model: grey, Quality: 90, BlockSize: 1, Threads: 1},
		{Model: grey, Quality: 10, BlockSize: 7, Threads: 5, EmbedModel: true},
		{Model: colour, Threads: 2, EmbedModel: true},
	} {
		o.Names, o.Labels = true, true
		f := archive(t, 70, o)
		d := &DecodeOptions{Threads: o.Threads}
		if !o.EmbedModel {
			if _, err := OpenArchive(f, f.size(), nil); !errors.Is(err, ErrUnknownModel) {
				t.Errorf("the model is not known: %v", err)
			}
			d.Models = []*Model{o.Model}
		}
		a := open(t, f, d)
		checkItems(t, a, 70)
		for _, i := range []int{69, 0, 64, 63} {
			img, err := a.At(i)
			if err != nil || !samePixels(img, alone(t, a.Model(), a.Quality(), i)) {
				t.Errorf("image %d has other pixels, %v", i, err)
			}
			if info, err := a.Info(i); err != nil || info != infoOf(i) {
				t.Errorf("image %d is %+v, %v", i, info, err)
			}
		}
		if !a.HasNames() || !a.HasLabels() || a.Model().ID() != o.Model.ID() || a.Quality() != cmp.Or(o.Quality, DefaultQuality) {
			t.Errorf("another header: quality %d, %v", a.Quality(), a.Model())
		}
		if r, err := VerifyArchive(f, f.size(), d); err != nil || !r.OK() || r.Images != 70 || r.Total != 70 {
			t.Errorf("verify: %+v, %v", r, err)
		}
	}
}

// The number of threads makes no difference to the file.
func TestArchiveThreads(t *testing.T) {
	o := ArchiveOptions{Model: untrained(t, 8, 8, 1, 1), Names: true, BlockSize: 4, Threads: 1}
	want := archive(t, 50, o)
	for _, o.Threads = range []int{0, 2, 9} {
		if got := archive(t, 50, o); !bytes.Equal(got.data, want.data) {
			t.Errorf("another file by %d threads", o.Threads)
		}
	}
}

func TestArchiveWithoutInfos(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	f := archive(t, 5, ArchiveOptions{Model: m})
	a := open(t, f, &DecodeOptions{Models: []*Model{m}})
	if info, err := a.Info(3); err != nil || info != (Info{}) || a.HasNames() || a.HasLabels() {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestArchiveMistakes(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	if _, err := NewArchiveWriter(new(bytes.Buffer), &ArchiveOptions{}); err == nil {
		t.Error("an archive without a model")
	}
	if _, err := NewArchiveWriter(new(bytes.Buffer), &ArchiveOptions{Model: m, BlockSize: 65}); err == nil {
		t.Error("blocks of 65 images")
	}
	var b bytes.Buffer
	w, err := NewArchiveWriter(&b, &ArchiveOptions{Model: m, Names: true})
	if err != nil {
		t.Fatal(err)
	}
	var size *SizeError
	if err := w.Add(image.NewGray(image.Rect(0, 0, 8, 9)), Info{}); !errors.As(err, &size) {
		t.Errorf("an image of another size: %v", err)
	}
	if err := w.AddPix(make([]byte, 63), Info{}); err == nil {
		t.Error("63 bytes for 64 pixels")
	}
	if err := w.Add(picture(m, 0), Info{Name: "../up"}); err == nil {
		t.Error("a name that leads out of the folder")
	}
	addPictures(t, w, 3) // the writer goes on after each
	a := open(t, &memFile{b.Bytes()}, &DecodeOptions{Models: []*Model{m}})
	if a.Len() != 3 {
		t.Errorf("%d images", a.Len())
	}
}

func TestArchiveConcurrency(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	f := archive(t, 40, ArchiveOptions{Model: m, BlockSize: 4, Names: true, Labels: true})
	a := open(t, f, &DecodeOptions{Models: []*Model{m}})
	var want []image.Image
	for i := range 40 {
		want = append(want, alone(t, m, 0, i))
	}
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 2))
			for range 100 {
				i := rng.IntN(40)
				img, err := a.At(i)
				if err != nil || !samePixels(img, want[i]) {
					t.Errorf("image %d: other pixels, %v", i, err)
				}
				if info, err := a.Info(i); err != nil || info != infoOf(i) {
					t.Errorf("image %d: %+v, %v", i, info, err)
				}
			}
		})
		group.Go(func() {
			for item, err := range a.All() {
				if err != nil || !samePixels(item.Image(), want[item.Number]) {
					t.Errorf("image %d: other pixels, %v", item.Number, err)
				}
			}
		})
	}
	group.Wait()
}

func TestAppend(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	o := ArchiveOptions{Model: m, Quality: 80, BlockSize: 4, Names: true, Labels: true}
	f := archive(t, 10, o)
	before := bytes.Clone(f.data)
	for _, wrong := range []ArchiveOptions{
		{},                                  // the model is not registered
		{Model: untrained(t, 8, 8, 1, 2)},   // another
		{Model: untrained(t, 9, 9, 1, 1)},   // of another shape
		{Model: m, Quality: DefaultQuality}, // another quality
	} {
		if _, err := AppendArchive(f, f.size(), &wrong); err == nil || !bytes.Equal(f.data, before) {
			t.Errorf("%+v: appended, %v", wrong, err)
		}
	}
	w, err := AppendArchive(f, f.size(), &ArchiveOptions{Model: m})
	if err != nil {
		t.Fatal(err)
	}
	if w.Len() != 10 || w.Quality() != 80 {
		t.Errorf("%d images of quality %d", w.Len(), w.Quality())
	}
	addPictures(t, w, 17)
	if !bytes.HasPrefix(f.data, before) {
		t.Error("the old archive was changed")
	}
	registerFor(t, m)
	w, err = AppendArchive(f, f.size(), &ArchiveOptions{Quality: 80})
	if err != nil {
		t.Fatal(err)
	}
	addPictures(t, w, 18)
	checkItems(t, open(t, f, nil), 18)
}

// An archive that is cut anywhere can be completed, and is then as if it had
// never been cut.
func TestResume(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	o := ArchiveOptions{Model: m, BlockSize: 3, Names: true, Labels: true}
	whole := archive(t, 11, o)
	anew := 0
	for n := range whole.data {
		f := &memFile{bytes.Clone(whole.data[:n])}
		w, err := ResumeArchive(f, f.size(), &o)
		if errors.Is(err, ErrTruncated) {
			anew++
			continue
		}
		if err != nil {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
		if addPictures(t, w, 11); !bytes.Equal(f.data, whole.data) {
			t.Fatalf("cut to %d bytes and completed, the archive is another", n)
		}
	}
	if first, _ := open(t, whole, &DecodeOptions{Models: []*Model{m}}).r.Block(0); anew == 0 || anew > 200+len(first.Payload) {
		t.Errorf("%d bytes are not enough for one block", anew)
	}
}

// Any flipped bit is noticed and costs no image outside its block.
func TestArchiveFlips(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	o := &DecodeOptions{Models: []*Model{m}, Threads: 2}
	f := archive(t, 8, ArchiveOptions{Model: m, BlockSize: 3, Names: true, Labels: true})
	var want []image.Image
	for i := range 8 {
		want = append(want, alone(t, m, 0, i))
	}
	for bit := range 8 * len(f.data) {
		bad := &memFile{bytes.Clone(f.data)}
		bad.data[bit/8] ^= 1 << (bit % 8)
		if _, err := OpenArchive(bad, bad.size(), o); err != nil && !typed(err) {
			t.Fatalf("bit %d: OpenArchive: %v", bit, err)
		}
		a, lost, err := RecoverArchive(bad, bad.size(), o)
		if err != nil || len(lost) != 1 || !typed(lost[0]) {
			t.Fatalf("bit %d: RecoverArchive: %v, %v", bit, lost, err)
		}
		missing := 0
		for item, err := range a.All() {
			if d := (*Damage)(nil); errors.As(err, &d) {
				missing += d.Images
			} else if err != nil || !samePixels(item.Image(), want[item.Number]) || item.Info != (Info{}) && item.Info != infoOf(item.Number) {
				t.Fatalf("bit %d: image %d: other pixels, or %v", bit, item.Number, err)
			}
		}
		r, err := VerifyArchive(bad, bad.size(), o)
		if err != nil || r.OK() || r.Total != 8 || r.Images != 8-missing || missing > 3 {
			t.Fatalf("bit %d: VerifyArchive: %+v, %v; %d images are missing", bit, r, err, missing)
		}
	}
}

// Blocks whose checksums are right but that do not decode are found by decoding
// them.
func TestVerifyDecodes(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	var b bytes.Buffer
	w, err := NewArchiveWriter(&b, &ArchiveOptions{Model: m, BlockSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.w.WriteBlock([]byte("no payload of this codec"), 2, nil); err != nil {
		t.Fatal(err)
	}
	addPictures(t, w, 6)
	f := &memFile{b.Bytes()}
	if r, err := VerifyChecksums(f, f.size(), nil); err != nil || !r.OK() || r.Images != 6 {
		t.Errorf("the checksums are right: %+v, %v", r, err)
	}
	r, err := VerifyArchive(f, f.size(), &DecodeOptions{Models: []*Model{m}})
	if err != nil || r.Images != 4 || r.Total != 6 || len(r.Damages) != 1 || r.Damages[0].First != 0 || r.Damages[0].Images != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	if !slices.ContainsFunc(r.Damages, func(d *Damage) bool { return errors.Is(d, ErrCorrupt) }) {
		t.Error("the damage is of no kind")
	}
}

// An archive that says it is of another shape than its model was not made by
// this package.
func TestForgedArchive(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	other := *m
	other.shape.Width = 9
	var b bytes.Buffer
	w, err := NewArchiveWriter(&b, &ArchiveOptions{Model: &other})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := &memFile{b.Bytes()}
	if _, err := OpenArchive(f, f.size(), &DecodeOptions{Models: []*Model{m}}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v", err)
	}
}

// The pictures of these tests are told apart by what becomes of them, so that
// one taken for another is noticed.
func TestPicturesDiffer(t *testing.T) {
	for _, m := range []*Model{untrained(t, 8, 8, 1, 1), untrained(t, 9, 8, 3, 1)} {
		seen := map[string]int{}
		for i := range 70 {
			pix := string(appendPix(nil, alone(t, m, 0, i), 3))
			if j, ok := seen[pix]; ok {
				t.Errorf("%v: pictures %d and %d become the same", m, i, j)
			}
			seen[pix] = i
		}
	}
}
