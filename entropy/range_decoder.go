package entropy

// A RangeDecoder decodes the messages of a [RangeEncoder].
type RangeDecoder struct {
	offset uint64 // of the message from the start of the interval, less than rng
	rng    uint64 // width of the interval, from minRange to window
	msg    []byte
	pos    int // end of the window in msg; beyond the end of msg its bytes count as 0
	err    error
}

var _ Decoder = (*RangeDecoder)(nil)

// NewRangeDecoder returns a decoder of the message at the start of msg.
func NewRangeDecoder(msg []byte) *RangeDecoder {
	d := new(RangeDecoder)
	d.Reset(msg)
	return d
}

// Reset implements [Decoder].
func (d *RangeDecoder) Reset(msg []byte) {
	*d = RangeDecoder{rng: window, msg: msg, pos: windowBytes}
	d.offset = d.windowAt(0)
}

// windowAt returns the 7 bytes of the message from i on.
func (d *RangeDecoder) windowAt(i int) uint64 {
	v := uint64(0)
	for k := i; k < i+windowBytes; k++ {
		v <<= 8
		if k < len(d.msg) {
			v |= uint64(d.msg[k])
		}
	}
	return v
}

func (d *RangeDecoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.offset, d.rng, d.msg = 0, window, nil
}

// slot returns the slot that the message is in.
func (d *RangeDecoder) slot() uint32 {
	s := d.offset / (d.rng >> scaleBits)
	if s >= Scale { // in the part that rng>>scaleBits leaves over
		d.fail(ErrCorrupt)
		return 0
	}
	return uint32(s)
}

// narrow cuts the interval down to a step's share of it.
func (d *RangeDecoder) narrow(o op) {
	unit := d.rng >> scaleBits
	d.offset -= unit * uint64(opStart(o))
	d.rng = unit * uint64(opFreq(o))
	if d.rng < minRange {
		d.move()
	}
}

func (d *RangeDecoder) move() {
	d.rng <<= 16
	d.offset <<= 16
	if d.pos+2 <= len(d.msg) {
		d.offset |= uint64(d.msg[d.pos])<<8 | uint64(d.msg[d.pos+1])
	} else if d.pos < len(d.msg) {
		d.offset |= uint64(d.msg[d.pos]) << 8
	}
	d.pos += 2
	if d.pos-windowBytes > len(d.msg) { // no message ends before its window
		d.fail(ErrTruncated)
	}
}

// Get implements [Decoder].
func (d *RangeDecoder) Get(t *Table) int32 {
	i, o := t.find(d.slot())
	d.narrow(o)
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
func (d *RangeDecoder) GetAll(t *Table, dst []int32) {
	for i := range dst {
		dst[i] = d.Get(t)
	}
}

// GetEach implements [Decoder].
func (d *RangeDecoder) GetEach(s *Set, ctx []uint16, dst []int32) {
	checkContexts(ctx, dst)
	for i := range dst {
		dst[i] = d.Get(&s.tables[ctx[i]])
	}
}

// GetBit implements [Decoder].
func (d *RangeDecoder) GetBit(m *Bit) int {
	bit, o := m.decode(d.slot())
	d.narrow(o)
	return bit
}

// GetBits implements [Decoder].
func (d *RangeDecoder) GetBits(n int) uint32 {
	checkBits(n)
	high := uint32(0)
	if n > 16 {
		high = d.getBits(n-16) << 16
		n = 16
	}
	return high | d.getBits(n)
}

// getBits is GetBits for n <= 16.
func (d *RangeDecoder) getBits(n int) uint32 {
	v := d.slot() >> (scaleBits - n)
	d.narrow(bitsOp(v, n))
	return v
}

// Err implements [Decoder].
func (d *RangeDecoder) Err() error { return d.err }

// Finish implements [Decoder].
func (d *RangeDecoder) Finish() (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	start := d.pos - windowBytes
	read := d.windowAt(start)
	v, n := shortest(int64(read)-int64(d.offset), int64(d.rng))
	if start+n > len(d.msg) {
		d.fail(ErrTruncated)
		return 0, d.err
	}
	if read>>(windowBits-8*n) != uint64(v)>>(windowBits-8*n) {
		d.fail(ErrCorrupt)
		return 0, d.err
	}
	return start + n, nil
}
