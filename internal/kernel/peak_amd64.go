//go:build amd64 && !noasm

package kernel

//go:generate go run -C asm ./peak -out ../peak_amd64.s

//go:noescape
func peakFMA512(rounds int)

//go:noescape
func peakFMA256(rounds int)

// peakFMA does rounds of independent fused multiply-adds of the level in use
// and returns how many operations those are, 0 if the level has no such loop.
func peakFMA(rounds int) int {
	const chains, operations = 12, 2
	switch level {
	case AVX512:
		peakFMA512(rounds)
		return rounds * chains * operations * 16
	case AVX2:
		peakFMA256(rounds)
		return rounds * chains * operations * 8
	}
	return 0
}
