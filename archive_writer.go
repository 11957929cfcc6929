package hourglass

import (
	"fmt"
	"image"
	"io"

	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/internal/container"
)

// ArchiveOptions say what an archive is to be like.
type ArchiveOptions struct {
	// Model is needed to begin an archive. To go on with one it may be nil if
	// the archive's model is registered.
	Model *Model
	// Quality is from MinQuality to MaxQuality, one for all images; 0 means
	// DefaultQuality, or that of the archive to go on with.
	Quality int
	// Effort is how many times the codes are refined, for fewer bytes at the
	// same error; see [codec.EncodeOptions].
	Effort int
	// LosslessFallback stores images without loss that are so unlike those
	// that the model was trained on that their codes would be very long.
	LosslessFallback bool
	// EmbedModel puts the model file into a new archive.
	EmbedModel bool
	// Names and Labels say what a new archive keeps of an [Info].
	Names, Labels bool
	// BlockSize is how many images are coded together, and decoded to reach
	// one of them; 0 means 64, the most.
	BlockSize int
	// Threads is how many blocks are encoded at once; 0 means one for each
	// processor. It makes no difference to the archive.
	Threads int
	// Limits bound what is written.
	Limits Limits
}

// An ArchiveWriter writes an archive from front to back. It is not safe for
// concurrent use; it encodes on several processors itself.
type ArchiveWriter struct {
	w      *container.Writer
	packer *container.Packer
	model  *Model
	pix    []byte // of an image
}

// NewArchiveWriter starts an archive. It is complete when the writer has been
// closed; should that never happen, [RecoverArchive] reads the blocks written so
// far and [ResumeArchive] goes on after them.
func NewArchiveWriter(w io.Writer, o *ArchiveOptions) (*ArchiveWriter, error) {
	quality, err := checkOptions(o.Model, o.Quality)
	if err != nil {
		return nil, err
	}
	h := container.Header{
		Model: o.Model.id, Shape: o.Model.shape, Quality: quality,
		BlockSize: o.BlockSize, Names: o.Names, Labels: o.Labels,
	}
	x, err := container.NewWriter(w, h, &container.WriterOptions{
		Chunks: modelChunks(o.Model, o.EmbedModel),
		Limits: (*container.Limits)(&o.Limits),
	})
	if err != nil {
		return nil, err
	}
	return o.writer(x, o.Model)
}

// writer returns an ArchiveWriter on top of x.
func (o *ArchiveOptions) writer(x *container.Writer, m *Model) (*ArchiveWriter, error) {
	p, err := container.NewPacker(x, blockCodec{m, codec.EncodeOptions{Effort: o.Effort, Fallback: o.LosslessFallback}})
	if err != nil {
		return nil, err
	}
	p.Threads = threads(o.Threads)
	return &ArchiveWriter{w: x, packer: p, model: m}, nil
}

// A File is what [AppendArchive] and [ResumeArchive] need of an *os.File. Nobody
// else may write to it meanwhile.
type File interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
}

// AppendArchive opens a complete archive of size bytes to add images after those
// that are there. What it has, names for example, remains as it is; the model
// and the quality in o may be left out and must be the archive's otherwise.
//
// Until the writer has been closed the file is the old archive with bytes after
// it, which [RecoverArchive] reads and [ResumeArchive] goes on with.
func AppendArchive(f File, size int64, o *ArchiveOptions) (*ArchiveWriter, error) {
	x, err := container.Append(f, size, (*container.Limits)(&o.Limits))
	if err != nil {
		return nil, err
	}
	return o.goOn(x)
}

// ResumeArchive opens an archive of size bytes that was perhaps not completed,
// to add images after those that are there: [ArchiveWriter.Len] tells how many. A
// block that was written in part is cut off. The error is of kind [ErrTruncated]
// if there is no image yet, so that nothing is lost by starting anew, and of
// kind [ErrCorrupt] if the file is damaged before its end. o is as for
// [AppendArchive].
func ResumeArchive(f File, size int64, o *ArchiveOptions) (*ArchiveWriter, error) {
	x, err := container.Resume(f, size, (*container.Limits)(&o.Limits))
	if err != nil {
		return nil, err
	}
	return o.goOn(x)
}

// goOn returns an ArchiveWriter that goes on with an archive.
func (o *ArchiveOptions) goOn(x *container.Writer) (*ArchiveWriter, error) {
	h := x.Header()
	m := o.Model
	if m == nil {
		known, err := registered()
		if err != nil {
			return nil, err
		}
		if m = byID(known, h.Model); m == nil {
			return nil, fmt.Errorf("hourglass: %w: the archive is by model %v, which is not at hand", ErrUnknownModel, h.Model)
		}
	}
	if o.Quality != 0 && o.Quality != int(h.Quality) {
		return nil, fmt.Errorf("hourglass: the archive is of quality %d, the options say %d", h.Quality, o.Quality)
	}
	if h.Model == m.id {
		if err := m.checkShape(h.Shape); err != nil {
			return nil, err
		}
	}
	return o.writer(x, m)
}

// Add adds an image; of info it keeps what the archive has a place for. The
// image is in the file when its block is full, or after Flush or Close. The error
// is a [*SizeError] if img is not of the size that the model is for; such images,
// and bad names and labels, are refused one by one. After any other error all
// calls fail.
func (w *ArchiveWriter) Add(img image.Image, info Info) error {
	if err := w.model.checkSize(img); err != nil {
		return err
	}
	w.pix = appendPix(w.pix[:0], img, w.model.shape.Channels)
	return w.AddPix(w.pix, info)
}

// AddPix is [ArchiveWriter.Add] for an image as bytes, (H, W, C).
func (w *ArchiveWriter) AddPix(pix []byte, info Info) error {
	if len(pix) != w.model.shape.Bytes() {
		return fmt.Errorf("hourglass: %d bytes for an image of %v", len(pix), w.model.shape)
	}
	return w.packer.Add(pix, container.Info(info))
}

// Flush writes the images added so far, if need be as a small block.
func (w *ArchiveWriter) Flush() error { return w.packer.Flush() }

// Close writes what is left, and the index. It does not close the writer below,
// but syncs a [File].
func (w *ArchiveWriter) Close() error { return w.packer.Close() }

// Len returns the number of images that the file has so far.
func (w *ArchiveWriter) Len() int { return w.w.Len() }

// Size returns the bytes of the file so far.
func (w *ArchiveWriter) Size() int64 { return w.w.Size() }

// Model returns the model that encodes.
func (w *ArchiveWriter) Model() *Model { return w.model }

// Quality returns the quality of the archive.
func (w *ArchiveWriter) Quality() int { return int(w.w.Header().Quality) }
