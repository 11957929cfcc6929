package rdjpeg

import "math/bits"

// A sink takes symbols, each with the low n bits of a value.
type sink interface {
	put(kind int, symbol byte, value, n int)
}

// scan codes a band of all blocks. In progressive files, blocks that end early
// are counted together.
func (c *component) scan(b band, progressive bool, s sink) {
	previous, ended := 0, 0
	for i := range c.blocks {
		level := &c.blocks[i].level
		if b.first == 0 {
			putNumber(s, dcTable, 0, level[0]-previous)
			previous = level[0]
		}
		if b.last == 0 {
			continue
		}
		last := b.last
		for last >= max(b.first, 1) && level[last] == 0 {
			last--
		}
		if last >= max(b.first, 1) {
			putEnded(s, ended)
			ended = 0
			putBand(s, level[max(b.first, 1):last+1])
		}
		switch {
		case last == b.last:
		case progressive && ended < 1<<14:
			ended++
		case progressive:
			putEnded(s, ended)
			ended = 1
		default:
			s.put(acTable, 0, 0, 0)
		}
	}
	putEnded(s, ended)
}

// putBand codes levels that end in one that is not zero.
func putBand(s sink, levels []int) {
	run := 0
	for _, v := range levels {
		if v == 0 {
			run++
			continue
		}
		for ; run >= 16; run -= 16 {
			s.put(acTable, zeroRun, 0, 0)
		}
		putNumber(s, acTable, run, v)
		run = 0
	}
}

// putNumber codes a run of zeros and a number.
func putNumber(s sink, kind, run, v int) {
	size := bits.Len(uint(abs(v)))
	if v < 0 {
		v--
	}
	s.put(kind, byte(run<<4|size), v, size)
}

// putEnded codes that n blocks have no more coefficients in the band.
func putEnded(s sink, n int) {
	if n == 0 {
		return
	}
	size := bits.Len(uint(n)) - 1
	s.put(acTable, byte(size<<4), n, size)
}
