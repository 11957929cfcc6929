package container

import (
	"iter"
	"slices"
	"sync/atomic"
)

// Images are the images of an archive, decoded when asked for. Its methods are
// safe for concurrent use.
type Images struct {
	// Threads is how many blocks All decodes at once; 0 means 1. It may be set
	// before the first call of a method.
	Threads int

	r     *Reader
	codec BlockCodec
	last  atomic.Pointer[decoded] // the block that was decoded last
}

type decoded struct {
	block int
	pix   []byte // (N, H, W, C)
}

// An Item is an image of an archive.
type Item struct {
	Number  int
	Pix     []byte // (H, W, C)
	Info    Info   // zero if the archive has none or it is damaged
	InfoErr error  // what is wrong with Info
}

// NewImages returns the images of r. The error is of kind [ErrUnknownModel] if
// c works by another model than the archive.
func NewImages(r *Reader, c BlockCodec) (*Images, error) {
	if err := r.h.checkModel(c); err != nil {
		return nil, err
	}
	return &Images{r: r, codec: c}, nil
}

// Len returns the number of images.
func (m *Images) Len() int { return m.r.Len() }

// At decodes image i, (H, W, C), and with it the others of its block; it
// remembers the last block. It panics if i is not one of Len.
func (m *Images) At(i int) ([]byte, error) {
	b, ok := m.r.Find(i)
	if !ok {
		return nil, errorAt(ErrCorrupt, 0, "image %d is in a damaged part of the file", i)
	}
	pix, err := m.block(b)
	if err != nil {
		return nil, err
	}
	first, _ := m.r.Range(b)
	return slices.Clone(m.r.h.cut(pix, i-first)), nil
}

// block returns the images of a block, (N, H, W, C), for reading only.
func (m *Images) block(b int) ([]byte, error) {
	if d := m.last.Load(); d != nil && d.block == b {
		return d.pix, nil
	}
	pix, err := m.decode(b)
	if err == nil {
		m.last.Store(&decoded{b, pix})
	}
	return pix, err
}

func (m *Images) decode(b int) ([]byte, error) {
	block, err := m.r.Block(b)
	if err != nil {
		return nil, err
	}
	return m.r.h.decode(m.codec, &block, m.r.refs[b])
}

// decode returns the images of a block, (N, H, W, C).
func (h *Header) decode(c BlockCodec, b *Block, r ref) ([]byte, error) {
	return decodePayload(c, r.off, b.Count, h.Shape, h.Quality, b.Payload)
}

// All decodes all images in order. Where some cannot be decoded it yields one
// [*Damage] for all of them, and an Item with nothing but the number of the
// first; it then goes on with the next block, if the loop does.
func (m *Images) All() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		next := 0
		for b := range m.ahead() {
			r := m.r.refs[b.number]
			if !m.yieldLost(next, r.first, yield) || !m.r.h.yieldItems(b, r, yield) {
				return
			}
			next = r.first + r.count
		}
		m.yieldLost(next, m.r.total, yield)
	}
}

// yieldLost yields the damage that images from first to before end are lost.
func (m *Images) yieldLost(first, end int, yield func(Item, error) bool) bool {
	if first == end {
		return true
	}
	err := errorAt(ErrCorrupt, 0, "images %d to %d are in a damaged part of the file", first, end-1)
	return yield(Item{Number: first}, &Damage{First: first, Images: end - first, Err: err})
}

// content is what a block was found to hold.
type content struct {
	number  int    // of the block
	pix     []byte // (N, H, W, C)
	infos   []Info
	infoErr error
	err     error // nothing can be said of the images
	done    chan struct{}
}

// ahead yields the contents of all blocks in order and meanwhile reads the next
// ones, as many at once as there are threads.
func (m *Images) ahead() iter.Seq[*content] {
	return func(yield func(*content) bool) {
		var queue []*content
		// Who stops early may close the file.
		defer func() {
			for _, b := range queue {
				<-b.done
			}
		}()
		for next := 0; next < len(m.r.refs) || len(queue) > 0; {
			for ; next < len(m.r.refs) && len(queue) < max(m.Threads, 1); next++ {
				b := &content{number: next, done: make(chan struct{})}
				queue = append(queue, b)
				go m.read(b)
			}
			b := queue[0]
			<-b.done
			if queue = queue[1:]; !yield(b) {
				return
			}
		}
	}
}

// read reads a block and decodes it.
func (m *Images) read(b *content) {
	defer close(b.done)
	if b.pix, b.err = m.decode(b.number); b.err == nil {
		b.infos, b.infoErr = m.r.Infos(b.number)
	}
}

// yieldItems yields the images of a block.
func (h *Header) yieldItems(b *content, r ref, yield func(Item, error) bool) bool {
	if b.err != nil {
		return yield(Item{Number: r.first}, r.damage(b.err))
	}
	for i := range r.count {
		item := Item{Number: r.first + i, Pix: h.cut(b.pix, i), InfoErr: b.infoErr}
		if b.infos != nil {
			item.Info = b.infos[i]
		}
		if !yield(item, nil) {
			return false
		}
	}
	return true
}

// cut returns image i of pix, (N, H, W, C).
func (h *Header) cut(pix []byte, i int) []byte {
	n := h.Shape.Bytes()
	return pix[i*n : (i+1)*n : (i+1)*n]
}

// damage returns the loss of a whole block.
func (r ref) damage(err error) *Damage {
	return &Damage{Offset: r.off, Length: int64(r.size), First: r.first, Images: r.count, Err: err}
}
