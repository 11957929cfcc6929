package entropy

import "encoding/binary"

// A RANSDecoder decodes the messages of a [RANSEncoder].
type RANSDecoder struct {
	x    [lanes]uint64 // states
	lane uint          // of the next step
	msg  []byte
	pos  int // of the next word in msg
	err  error
}

var _ Decoder = (*RANSDecoder)(nil)

// NewRANSDecoder returns a decoder of the message at the start of msg.
func NewRANSDecoder(msg []byte) *RANSDecoder {
	d := new(RANSDecoder)
	d.Reset(msg)
	return d
}

// Reset implements [Decoder].
func (d *RANSDecoder) Reset(msg []byte) {
	*d = RANSDecoder{msg: msg, pos: lanes * stateSize}
	if len(msg) < d.pos {
		d.fail(ErrTruncated)
		return
	}
	for i := range lanes {
		x := binary.LittleEndian.Uint64(msg[i*stateSize:])
		if x < minState || x >= minState<<32 {
			d.fail(ErrCorrupt)
			return
		}
		d.x[i] = x
	}
}

func (d *RANSDecoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.msg, d.pos = nil, 0
}

// slot returns the slot that the message is in.
func (d *RANSDecoder) slot() uint32 {
	return uint32(d.x[d.lane%lanes]) % Scale
}

// pop undoes a step.
func (d *RANSDecoder) pop(o op) {
	p := &d.x[d.lane%lanes]
	d.lane = (d.lane + 1) % lanes
	x := *p>>scaleBits*uint64(opFreq(o)) + *p%Scale - uint64(opStart(o))
	if x < minState {
		if d.pos+wordSize > len(d.msg) {
			d.fail(ErrTruncated)
		} else {
			x = x<<32 | uint64(binary.LittleEndian.Uint32(d.msg[d.pos:]))
			d.pos += wordSize
		}
	}
	*p = x
}

// Get implements [Decoder].
func (d *RANSDecoder) Get(t *Table) int32 {
	i, o := t.find(d.slot())
	d.pop(o)
	if i < t.n {
		return t.min + int32(i)
	}
	v, ok := getBeyond(d, t)
	if !ok {
		d.fail(ErrCorrupt)
	}
	return v
}

// GetAll implements [Decoder].
func (d *RANSDecoder) GetAll(t *Table, dst []int32) {
	for len(dst) > 0 {
		if n := d.getAll4(t, dst); n > 0 {
			dst = dst[n:]
			continue
		}
		dst[0] = d.Get(t)
		dst = dst[1:]
	}
}

// GetEach implements [Decoder].
func (d *RANSDecoder) GetEach(s *Set, ctx []uint16, dst []int32) {
	checkContexts(ctx, dst)
	for len(dst) > 0 {
		if n := d.getEach4(s, ctx, dst); n > 0 {
			ctx, dst = ctx[n:], dst[n:]
			continue
		}
		dst[0] = d.Get(&s.tables[ctx[0]])
		ctx, dst = ctx[1:], dst[1:]
	}
}

// GetBit implements [Decoder].
func (d *RANSDecoder) GetBit(m *Bit) int {
	bit, o := m.decode(d.slot())
	d.pop(o)
	return bit
}

// GetBits implements [Decoder].
func (d *RANSDecoder) GetBits(n int) uint32 {
	checkBits(n)
	high := uint32(0)
	if n > 16 {
		high = d.getBits(n-16) << 16
		n = 16
	}
	return high | d.getBits(n)
}

// getBits is GetBits for n <= 16.
func (d *RANSDecoder) getBits(n int) uint32 {
	v := d.slot() >> (scaleBits - n)
	d.pop(bitsOp(v, n))
	return v
}

// Err implements [Decoder].
func (d *RANSDecoder) Err() error { return d.err }

// Finish implements [Decoder].
func (d *RANSDecoder) Finish() (int, error) {
	for _, x := range d.x {
		if d.err == nil && x != minState {
			d.fail(ErrCorrupt)
		}
	}
	if d.err != nil {
		return 0, d.err
	}
	return d.pos, nil
}
