//go:build (amd64 || arm64) && !noasm

package kernel

// newTileSet sorts the kernels.
func newTileSet(lanes, tall int, kernels []tileKernel, transposes []blockTranspose,
	copyRows func(dst, src *float32, rows, n, dstRow, srcRow int)) *tileSet {
	s := &tileSet{lanes: lanes, tall: tall, transposes: transposes, copyRows: copyRows}
	for _, k := range kernels {
		if k.pair {
			s.pairs = append(s.pairs, k)
		} else {
			s.byWidth[k.vecs] = append(s.byWidth[k.vecs], k)
		}
	}
	return s
}
