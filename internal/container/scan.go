package container

import "io"

// A scanner finds the chunks of an archive in a stream, and after damage the
// next intact one.
type scanner struct {
	win  window
	h    Header
	tag  tag
	l    Limits
	lost int64 // bytes looked at in vain
}

// A piece is an intact chunk, or with err what lies between two intact ones.
type piece struct {
	typ  ChunkType
	off  int64
	size int64
	data []byte // valid until the next call
	err  error
}

// Bytes may be looked at in vain: a damaged length can be a long one, and
// payloads may contain what looks like a chunk. But a file that consists of
// beginnings of long chunks must not cost the square of its length.
const (
	freeLost  = 1 << 26
	lostRatio = 16
)

// next returns the next piece. The error is io.EOF or that of the stream, or
// there is too much damage.
func (s *scanner) next() (piece, error) {
	p, err := s.chunk()
	if err == nil {
		s.win.skip(int(p.size))
		return p, nil
	}
	if err := s.stop(); err != nil {
		return piece{}, err
	}
	return s.skipDamage(err)
}

// stop tells why the scan cannot go on.
func (s *scanner) stop() error {
	switch {
	case s.win.failed() != nil:
		return s.win.err
	case s.lost > freeLost+lostRatio*s.win.off:
		return errorAt(ErrCorrupt, s.win.off, "too many chunks begin and do not end")
	case len(s.win.peek(1)) == 0:
		return io.EOF
	}
	return nil
}

// skipDamage skips to the next intact chunk or the end.
func (s *scanner) skipDamage(why error) (piece, error) {
	p := piece{off: s.win.off, err: why}
	s.win.skip(1)
	for s.win.seek(s.tag) {
		_, err := s.chunk()
		if err == nil {
			break
		}
		if err := s.stop(); err != nil {
			return piece{}, err
		}
		s.win.skip(1)
	}
	p.size = s.win.off - p.off
	return p, s.win.failed()
}

// chunk returns the chunk that begins here.
func (s *scanner) chunk() (piece, error) {
	off := s.win.off
	f, err := parseFrame(s.win.peek(maxFrame), off, s.tag[:], &s.l)
	if err != nil {
		return piece{}, err
	}
	b := s.win.peek(f.size())
	s.lost += int64(len(b))
	if len(b) < f.size() {
		return piece{}, errorAt(ErrTruncated, off, "a chunk of %d bytes, the file ends after %d", f.size(), len(b))
	}
	data, err := checkChunk(b, off, f)
	if err != nil {
		return piece{}, err
	}
	s.lost -= int64(len(b))
	return piece{typ: f.typ, off: off, size: int64(f.size()), data: data}, nil
}
