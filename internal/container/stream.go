package container

import (
	"io"
	"iter"
)

// A Stream reads an archive from front to back, without its index. It is not
// safe for concurrent use.
type Stream struct {
	w *walker
}

// NewStream reads the header of an archive and the optional chunks after it.
func NewStream(r io.Reader, limits *Limits) (*Stream, error) {
	win := window{r: r}
	b := win.peek(maxHeader)
	if err := win.failed(); err != nil {
		return nil, err
	}
	h, t, err := parseHeader(b)
	if err != nil {
		return nil, err
	}
	win.skip(int(h.size()))
	w := &walker{scan: scanner{win: win, h: h, tag: t, l: limits.orDefault()}, keep: true}
	for w.start == 0 && !w.ended {
		if err := w.read(); err != nil {
			return nil, err
		}
	}
	return &Stream{w}, nil
}

// Header returns the archive's header.
func (s *Stream) Header() Header { return s.w.scan.h }

// Chunk returns the data of the first optional chunk of a type, or nil.
func (s *Stream) Chunk(t ChunkType) []byte { return findChunk(s.w.chunks, t) }

// EmbeddedModel returns the model file inside, checked against its name. The
// error is of kind [ErrUnknownModel] if there is none.
func (s *Stream) EmbeddedModel() ([]byte, error) {
	h := s.Header()
	return checkModel(s.Chunk(ChunkModel), h.Model[:], h.size())
}

// Blocks yields the blocks that follow, once. Where some are damaged it yields
// a [*Damage], without a block, and goes on with the next intact one, if the
// loop does; any other error is the last. An archive that was not completed
// ends with a Damage of kind [ErrTruncated].
func (s *Stream) Blocks() iter.Seq2[Block, error] {
	return func(yield func(Block, error) bool) {
		for e, err := range s.w.events() {
			switch {
			case err != nil:
				yield(Block{}, err)
				return
			case e.damage != nil && !yield(Block{}, e.damage):
				return
			case e.block != nil && !yield(*e.block, nil):
				return
			}
		}
	}
}

// Images decodes what Blocks yields, in the manner of [Images.All].
func (s *Stream) Images(c BlockCodec) iter.Seq2[Item, error] {
	h := s.Header()
	return func(yield func(Item, error) bool) {
		if err := h.checkModel(c); err != nil {
			yield(Item{}, err)
			return
		}
		for e, err := range s.w.events() {
			switch {
			case err != nil:
				yield(Item{}, err)
				return
			case e.damage != nil && !yield(Item{Number: e.damage.First}, e.damage):
				return
			case e.block != nil && !h.yieldItems(h.content(c, e), e.ref, yield):
				return
			}
		}
	}
}

// content decodes a block.
func (h *Header) content(c BlockCodec, e event) *content {
	pix, err := h.decode(c, e.block, e.ref)
	return &content{pix: pix, infos: e.block.Infos, err: err}
}

// events yields events; an error is the last.
func (w *walker) events() iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		for {
			e, err := w.step()
			if err == io.EOF || !yield(e, err) || err != nil {
				return
			}
		}
	}
}
