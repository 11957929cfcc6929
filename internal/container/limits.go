package container

// Limits bound what a reader accepts and a writer writes; beyond them they
// fail with [ErrTooLarge]. A field that is zero has its default, and a nil
// *Limits is all defaults.
type Limits struct {
	MaxPixels  int // pixels of a payload: images × width × height; default 2^26
	MaxPayload int // bytes of a payload; default 2^26
	MaxImages  int // images of an archive; default 2^26
	MaxModel   int // bytes of an embedded model; default 2^24
	MaxMeta    int // bytes of any other optional chunk; default 2^22
	MaxNames   int // bytes of the names of a block; default 2^18
}

// A payload may have freePixels whatever its length, so that no image is too
// simple to be stored; beyond, pixelsPerByte bounds what a short file can make
// a decoder do.
const (
	freePixels    = 1 << 20
	pixelsPerByte = 1 << 12
)

func (l *Limits) orDefault() Limits {
	var d Limits
	if l != nil {
		d = *l
	}
	for _, f := range []struct {
		field *int
		value int
	}{
		{&d.MaxPixels, 1 << 26},
		{&d.MaxPayload, 1 << 26},
		{&d.MaxImages, 1 << 26},
		{&d.MaxModel, 1 << 24},
		{&d.MaxMeta, 1 << 22},
		{&d.MaxNames, 1 << 18},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return d
}

// checkPixels tells whether a payload of size bytes may hold n images of a
// shape.
func (l *Limits) checkPixels(off int64, n int, s Shape, size int) error {
	pixels := int64(n) * s.Pixels()
	switch {
	case pixels > int64(l.MaxPixels):
		return errorAt(ErrTooLarge, off, "%d images of %v are over the limit of %d pixels", n, s, l.MaxPixels)
	case pixels > freePixels && pixels > int64(size)*pixelsPerByte:
		return errorAt(ErrTooLarge, off, "%d images of %v in a payload of only %d bytes", n, s, size)
	}
	return nil
}

// chunkLimit is the most bytes of data that a chunk of a type may have.
func (l *Limits) chunkLimit(t ChunkType) int {
	switch t {
	case chunkBlock:
		return l.MaxPayload + maxBlockHead
	case chunkIndex:
		return maxIndex
	case chunkInfo:
		return l.MaxNames + maxInfoHead
	case ChunkModel:
		return l.MaxModel
	}
	return l.MaxMeta
}
