package entropy

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A reader takes numbers off a byte slice. Its first error sticks; after it
// every number is 0.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.rest = nil
}

// uvarint reads a number in base 128, low digits first, in as few bytes as it
// needs, and no larger than limit.
func (r *reader) uvarint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	switch {
	case r.err != nil:
		return 0
	case n == 0:
		r.fail("%w: within a number", ErrTruncated)
		return 0
	case n < 0 || n > 1 && r.rest[n-1] == 0:
		r.fail("%w: a number in more bytes than it needs", ErrCorrupt)
		return 0
	case v > limit:
		r.fail("%w: %d where %d is the most", ErrCorrupt, v, limit)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// varint32 reads a signed number: 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
func (r *reader) varint32() int32 {
	v := r.uvarint(math.MaxUint32)
	return int32(v>>1) ^ -int32(v&1)
}
