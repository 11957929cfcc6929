package hourglass

import (
	"fmt"
	"image"
	"io"
	"iter"
	"runtime"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// An ArchiveReader reads the images of an archive. Its methods are safe for
// concurrent use.
type ArchiveReader struct {
	r      *container.Reader
	images *container.Images
	model  *Model
}

// OpenArchive opens an archive of size bytes by its index. It fails if that, or
// the header, is damaged or missing: [RecoverArchive] does without them.
func OpenArchive(r io.ReaderAt, size int64, o *DecodeOptions) (*ArchiveReader, error) {
	o = o.orDefault()
	x, err := container.Open(r, size, o.limits())
	if err != nil {
		return nil, err
	}
	return newArchiveReader(x, o)
}

// RecoverArchive opens what is left of an archive of size bytes: it reads all of
// it, without the index, and returns what is damaged, nothing if all is well. It
// fails if both the header and its copy in the index are lost.
func RecoverArchive(r io.ReaderAt, size int64, o *DecodeOptions) (*ArchiveReader, []*Damage, error) {
	o = o.orDefault()
	x, lost, err := container.Recover(r, size, o.limits())
	if err != nil {
		return nil, nil, err
	}
	a, err := newArchiveReader(x, o)
	if err != nil {
		return nil, nil, err
	}
	return a, damages(lost), nil
}

func newArchiveReader(r *container.Reader, o *DecodeOptions) (*ArchiveReader, error) {
	model, err := o.ofArchive(r)
	if err != nil {
		return nil, err
	}
	if err := model.checkShape(r.Header().Shape); err != nil {
		return nil, err
	}
	images, err := container.NewImages(r, blockCodec{model: model})
	if err != nil {
		return nil, err
	}
	images.Threads = threads(o.Threads)
	return &ArchiveReader{r: r, images: images, model: model}, nil
}

// threads returns the number of threads that n in options asks for.
func threads(n int) int {
	if n == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return n
}

// Len returns the number of images. In what [RecoverArchive] returns, some of
// them may be lost.
func (a *ArchiveReader) Len() int { return a.images.Len() }

// Model returns the model that the archive is decoded with.
func (a *ArchiveReader) Model() *Model { return a.model }

// Quality returns the quality that the images were encoded with.
func (a *ArchiveReader) Quality() int { return int(a.r.Header().Quality) }

// HasNames tells whether the images have names.
func (a *ArchiveReader) HasNames() bool { return a.r.Header().Names }

// HasLabels tells whether the images have labels.
func (a *ArchiveReader) HasLabels() bool { return a.r.Header().Labels }

// At decodes image i, and with it the others of its block. It panics if i is
// not one of Len.
func (a *ArchiveReader) At(i int) (image.Image, error) {
	pix, err := a.images.At(i)
	if err != nil {
		return nil, err
	}
	return imageOf(pix, a.model.shape), nil
}

// Info returns what the archive says about image i: nothing, if it has no names
// and labels. It panics if i is not one of Len.
func (a *ArchiveReader) Info(i int) (Info, error) {
	b, ok := a.r.Find(i)
	if !ok {
		return Info{}, fmt.Errorf("hourglass: %w: image %d is in a damaged part of the file", ErrCorrupt, i)
	}
	infos, err := a.r.Infos(b)
	if err != nil || infos == nil {
		return Info{}, err
	}
	first, _ := a.r.Range(b)
	return Info(infos[i-first]), nil
}

// An Info is what an archive may say about an image.
type Info struct {
	// Name is empty, or a relative path with slashes that [io/fs.ValidPath]
	// accepts, of at most 1024 bytes and other than ".". Names need not
	// differ.
	Name string
	// Label is a class, from 0 to 2^31 - 1.
	Label int
}

// An Item is an image of an archive.
type Item struct {
	Number  int
	Pix     []byte // (H, W, C)
	Info    Info   // zero if the archive has none or it is damaged
	InfoErr error  // what is wrong with Info

	shape container.Shape
}

// Image returns the image, which shares the memory of Pix if it is grey.
func (i Item) Image() image.Image { return imageOf(i.Pix, i.shape) }

// All decodes all images in order, several blocks at once. Where some cannot be
// decoded it yields one [*Damage] for all of them, and an Item with nothing but
// the number of the first; it then goes on with the next block, if the loop
// does.
func (a *ArchiveReader) All() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for i, err := range a.images.All() {
			item := Item{Number: i.Number, Pix: i.Pix, Info: Info(i.Info), InfoErr: i.InfoErr, shape: a.model.shape}
			if d, ok := err.(*container.Damage); ok {
				err = (*Damage)(d)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}
