package rdjpeg

import "bytes"

// Markers.
const (
	soi  = 0xD8
	eoi  = 0xD9
	dqt  = 0xDB
	dht  = 0xC4
	sof0 = 0xC0 // baseline
	sof2 = 0xC2 // progressive
	sos  = 0xDA
)

// A writer writes a file. As a sink, it writes the codes of coding.
type writer struct {
	*bytes.Buffer
	coding *[2]table
	bits   uint64
	n      int // bits in bits
}

func (w *writer) marker(m byte) { w.Write([]byte{0xFF, m}) }

func (w *writer) segment(m byte, body []byte) {
	w.marker(m)
	n := len(body) + 2
	w.Write([]byte{byte(n >> 8), byte(n)})
	w.Write(body)
}

// header writes the quantiser and the frame. A JFIF segment, which no decoder
// needs, is left out.
func (w *writer) header(p *picture, progressive bool) {
	w.marker(soi)
	frame := []byte{8, byte(p.height >> 8), byte(p.height), byte(p.width >> 8), byte(p.width), byte(len(p.components))}
	for i, c := range p.components {
		if i < 2 {
			w.quantiser(i, int(c.step))
		}
		frame = append(frame, byte(i+1), byte(c.sampling*0x11), byte(c.class()))
	}
	if progressive {
		w.segment(sof2, frame)
	} else {
		w.segment(sof0, frame)
	}
}

func (w *writer) quantiser(id, step int) {
	w.segment(dqt, append([]byte{byte(id)}, bytes.Repeat([]byte{byte(step)}, 64)...))
}

// tables writes the Huffman tables that a band needs.
func (w *writer) tables(b band, tables [2][2]table, chroma bool) {
	var body []byte
	for class := range tables {
		if class == 1 && !chroma {
			continue
		}
		if b.first == 0 {
			body = tables[class][dcTable].append(body, byte(class))
		}
		if b.last > 0 {
			body = tables[class][acTable].append(body, 0x10|byte(class))
		}
	}
	w.segment(dht, body)
}

func (t *table) append(body []byte, id byte) []byte {
	body = append(body, id)
	for _, n := range t.lengths[1:] {
		body = append(body, byte(n))
	}
	return append(body, t.symbols...)
}

func (w *writer) beginScan(index, class int, b band) {
	w.segment(sos, []byte{1, byte(index + 1), byte(class * 0x11), byte(b.first), byte(b.last), 0})
}

func (w *writer) put(kind int, symbol byte, value, n int) {
	t := &w.coding[kind]
	w.add(uint64(t.code[symbol]), t.length[symbol])
	w.add(uint64(value)&(1<<n-1), n)
}

// add writes n bits, at most 16.
func (w *writer) add(bits uint64, n int) {
	w.bits = w.bits<<n | bits
	for w.n += n; w.n >= 8; w.n -= 8 {
		b := byte(w.bits >> (w.n - 8))
		w.WriteByte(b)
		if b == 0xFF {
			w.WriteByte(0)
		}
	}
}

// flush fills the last byte of a scan with ones.
func (w *writer) flush() {
	if w.n > 0 {
		w.add(1<<(8-w.n)-1, 8-w.n)
	}
}
