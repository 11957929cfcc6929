package entropy

import "encoding/binary"

// getAll4 decodes four symbols at a time by one table, one in each lane, while
// none of the four is an escape. It returns how many
// it has decoded; it equals as many calls of Get.
//
// The four look-ups, then the four states, do not wait for each other.
func (d *RANSDecoder) getAll4(t *Table, dst []int32) int {
	if d.lane != 0 {
		return 0
	}
	x0, x1, x2, x3 := d.x[0], d.x[1], d.x[2], d.x[3]
	in := d.msg[d.pos:]
	n := 0
	for len(dst)-n >= 4 {
		i0, o0 := t.find(uint32(x0) % Scale)
		i1, o1 := t.find(uint32(x1) % Scale)
		i2, o2 := t.find(uint32(x2) % Scale)
		i3, o3 := t.find(uint32(x3) % Scale)
		if max(i0, i1, i2, i3) >= t.n {
			break
		}
		out := dst[n : n+4 : n+4]
		out[0], out[1], out[2], out[3] = t.min+int32(i0), t.min+int32(i1), t.min+int32(i2), t.min+int32(i3)
		n += 4
		x0 = undo(x0, o0)
		if x0 < minState {
			if len(in) < wordSize {
				return d.truncated(n)
			}
			x0, in = x0<<32|uint64(binary.LittleEndian.Uint32(in)), in[wordSize:]
		}
		x1 = undo(x1, o1)
		if x1 < minState {
			if len(in) < wordSize {
				return d.truncated(n)
			}
			x1, in = x1<<32|uint64(binary.LittleEndian.Uint32(in)), in[wordSize:]
		}
		x2 = undo(x2, o2)
		if x2 < minState {
			if len(in) < wordSize {
				return d.truncated(n)
			}
			x2, in = x2<<32|uint64(binary.LittleEndian.Uint32(in)), in[wordSize:]
		}
		x3 = undo(x3, o3)
		if x3 < minState {
			if len(in) < wordSize {
				return d.truncated(n)
			}
			x3, in = x3<<32|uint64(binary.LittleEndian.Uint32(in)), in[wordSize:]
		}
	}
	d.x = [lanes]uint64{x0, x1, x2, x3}
	d.pos = len(d.msg) - len(in)
	return n
}

// getEach4 is getAll4 with a table for each symbol.
func (d *RANSDecoder) getEach4(s *Set, ctx []uint16, dst []int32) int {
	if d.lane != 0 {
		return 0
	}
	x0, x1, x2, x3 := d.x[0], d.x[1], d.x[2], d.x[3]
	in := d.msg[d.pos:]
	n := 0
	for len(dst)-n >= 4 {
		c := ctx[n : n+4 : n+4]
		t0, t1, t2, t3 := &s.tables[c[0]], &s.tables[c[1]], &s.tables[c[2]], &s.tables[c[3]]
		i0, o0 := t0.find(uint32(x0) % Scale)
		i1, o1 := t1.find(uint32(x1) % Scale)
		i2, o2 := t2.find(uint32(x2) % Scale)
		i3, o3 := t3.find(uint32(x3) % Scale)
		if i0 >= t0.n || i1 >= t1.n || i2 >= t2.n || i3 >= t3.n {
			break
		}
		out := dst[n : n+4 : n+4]
		out[0], out[1], out[2], out[3] = t0.min+int32(i0), t1.min+int32(i1), t2.min+int32(i2), t3.min+int32(i3)
		n += 4
		x0 = undo(x0, o0)
		if x0 < minState {
			if len(in) < wordSize {
				return d.truncated(n)
			}
			x0, in = x0<<32|uint64(binary.LittleEndian.Uint32(in)), in[wordSize:]
		}
		x1 = undo(x1, o1)
		if x1 < minState {
			if len(in) < wordSize {
				return d.truncated(n)
			}
			x1, in = x1<<32|uint64(binary.LittleEndian.Uint32(in)), in[wordSize:]
		}
		x2 = undo(x2, o2)
		if x2 < minState {
			if len(in) < wordSize {
				return d.truncated(n)
			}
			x2, in = x2<<32|uint64(binary.LittleEndian.Uint32(in)), in[wordSize:]
		}
		x3 = undo(x3, o3)
		if x3 < minState {
			if len(in) < wordSize {
				return d.truncated(n)
			}
			x3, in = x3<<32|uint64(binary.LittleEndian.Uint32(in)), in[wordSize:]
		}
	}
	d.x = [lanes]uint64{x0, x1, x2, x3}
	d.pos = len(d.msg) - len(in)
	return n
}

// truncated notes that a word is missing, and returns n.
func (d *RANSDecoder) truncated(n int) int {
	d.fail(ErrTruncated)
	return n
}

// undo returns the state before a step, but for the word that left it.
func undo(x uint64, o op) uint64 {
	return x>>scaleBits*uint64(opFreq(o)) + x%Scale - uint64(opStart(o))
}
