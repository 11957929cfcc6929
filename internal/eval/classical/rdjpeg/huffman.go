package rdjpeg

import "slices"

// Kinds of tables.
const (
	dcTable = iota
	acTable
)

// zeroRun is the AC symbol of sixteen zeros.
const zeroRun = 0xF0

// A histogram counts the symbols of DC and AC coefficients.
type histogram [2][256]int

func (h *histogram) put(kind int, symbol byte, _, _ int) { h[kind][symbol]++ }

// A table is a Huffman code.
type table struct {
	lengths [17]int     // number of codes of each length
	symbols []byte      // by ascending length of their codes
	code    [256]uint16 // of each symbol
	length  [256]int    // of its code; 0 if it has none
}

// bits is the length of a symbol's code. A symbol that has none is taken to be
// as long as the longest.
func (t *table) bits(symbol byte) float64 {
	if n := t.length[symbol]; n > 0 {
		return float64(n)
	}
	return 16
}

// newTable makes the code by ITU-T T.81, Annex K.2: Huffman's, with no code of
// ones only, and none of more than 16 bits.
func newTable(counts *[256]int) table {
	var t table
	t.lengths = limited(codeLengths(counts))
	for s, n := range counts {
		if n > 0 {
			t.symbols = append(t.symbols, byte(s))
		}
	}
	slices.SortStableFunc(t.symbols, func(a, b byte) int { return counts[b] - counts[a] })
	code, next := uint16(0), 0
	for length := 1; length <= 16; length++ {
		for range t.lengths[length] {
			s := t.symbols[next]
			t.code[s], t.length[s] = code, length
			code++
			next++
		}
		code <<= 1
	}
	return t
}

// codeLengths counts the codes of each length, one of which, the longest,
// belongs to no symbol.
func codeLengths(counts *[256]int) (lengths [258]int) {
	type tree struct {
		count   int
		symbols []int
	}
	trees := []tree{{1, []int{256}}} // the code of ones only
	var depth [257]int
	for s, n := range counts {
		if n > 0 {
			trees = append(trees, tree{n, []int{s}})
		}
	}
	for len(trees) > 1 {
		slices.SortStableFunc(trees, func(a, b tree) int { return a.count - b.count })
		joined := tree{trees[0].count + trees[1].count, append(trees[0].symbols, trees[1].symbols...)}
		for _, s := range joined.symbols {
			depth[s]++
		}
		trees = append([]tree{joined}, trees[2:]...)
	}
	for _, d := range depth {
		if d > 0 {
			lengths[d]++
		}
	}
	return lengths
}

// limited shortens codes of more than 16 bits and takes the code of ones away.
func limited(lengths [258]int) (short [17]int) {
	for i := len(lengths) - 1; i > 16; i-- {
		for lengths[i] > 0 {
			j := i - 2
			for lengths[j] == 0 {
				j--
			}
			lengths[i] -= 2
			lengths[i-1]++
			lengths[j+1] += 2
			lengths[j]--
		}
	}
	copy(short[:], lengths[:17])
	for i := 16; i > 0; i-- {
		if short[i] > 0 {
			short[i]--
			break
		}
	}
	return short
}
