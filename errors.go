package hourglass

import (
	"fmt"
	"image"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// The kinds of error that readers find; test for them with [errors.Is].
var (
	// ErrFormat says that the bytes are no file of the expected type.
	ErrFormat = container.ErrFormat
	// ErrVersion says that the file needs a later version of this package.
	ErrVersion = container.ErrVersion
	// ErrTruncated says that the file ends too early.
	ErrTruncated = container.ErrTruncated
	// ErrCorrupt says that no writer wrote these bytes.
	ErrCorrupt = container.ErrCorrupt
	// ErrTooLarge says that something is over a limit.
	ErrTooLarge = container.ErrTooLarge
	// ErrUnknownModel says that there is no model to decode with, or that it
	// is not the one that the file names.
	ErrUnknownModel = container.ErrUnknownModel
)

// A SizeError says that an image is not of the size that a model is for.
type SizeError struct {
	Size  image.Point // of the image
	Model *Model
}

func (e *SizeError) Error() string {
	want := e.Model.shape
	return fmt.Sprintf("hourglass: the image has %dx%d pixels; the model is for images of %dx%d", e.Size.X, e.Size.Y, want.Width, want.Height)
}

// Damage is a part of an archive that cannot be read. It costs no more images
// than it says: the rest of the archive is intact. As an error it wraps the
// reason, which is of one of the kinds above.
type Damage struct {
	Offset, Length int64 // bytes of the file; 0, 0 if not known
	First, Images  int   // the images lost, by number; Images may be 0
	Err            error
}

func (d *Damage) Error() string { return (*container.Damage)(d).Error() }

// Unwrap returns the reason.
func (d *Damage) Unwrap() error { return d.Err }

// damages makes the container's damages the package's own.
func damages(list []*container.Damage) (ds []*Damage) {
	for _, d := range list {
		ds = append(ds, (*Damage)(d))
	}
	return ds
}
