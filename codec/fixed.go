package codec

import (
	"fmt"
	"math"
	"math/bits"
)

// Units of the entropy model's integers.
const (
	octaveBits   = 12
	octave       = 1 << octaveBits // logarithms to base 2 count 1/octave
	fractionBits = 6
	fraction     = 1 << fractionBits // latents in steps count 1/fraction
	gainBits     = 16                // gains count 2^-gainBits
	maxLog       = 12 * octave
	minLog       = -12 * octave
	maxSteps     = 1 << 20 // of a latent, in steps
	meanBits     = 16      // means in natural units count 2^-meanBits
	maxMean      = 1 << 21 // of a mean in those units: 32
	scaleBits    = 20      // more bits that the scales of a last layer have than what comes of it
)

// roots are 2^(1/2), 2^(1/4), ... 2^(1/4096), in units of 2^-62.
var roots = [12]uint64{
	6521908912666391106, 5484249825272419512, 5029079263719320435, 4815862801830788490,
	4712668792719003884, 4661903986662671290, 4636727017470743990, 4624189567668517720,
	4617933561212708776, 4614808732577250068, 4613247111281068008, 4612466498810092975,
}

// exp2 returns 2^(x/octave) in units of 2^-unit, rounded down, for x from
// minLog to maxLog and a unit up to 32.
func exp2(x int32, unit int) int64 {
	whole, part := int(x>>12), uint32(x)&(octave-1)
	r := uint64(1) << 62
	for i, root := range roots {
		if part>>(11-i)&1 != 0 {
			hi, lo := bits.Mul64(r, root)
			r = hi<<2 | lo>>62
		}
	}
	return int64(r >> (62 - unit - whole))
}

// quality says where between two anchors a quality setting lies: part 99ths
// of the way from anchor at to the next.
type quality struct{ at, part int }

// MaxQuality is the highest quality setting; the lowest is 1.
const MaxQuality = 100

// place returns where quality setting q, 1 to MaxQuality, lies among anchors.
func place(q, anchors int) quality {
	t := (q - 1) * (anchors - 1)
	at := min(t/(MaxQuality-1), anchors-2)
	return quality{at, t - at*(MaxQuality-1)}
}

// of interpolates a table (A, n) of integers at column i.
func (q quality) of(table []int32, n, i int) int32 {
	a, b := int64(table[q.at*n+i]), int64(table[(q.at+1)*n+i])
	return int32(floorDiv(a*int64(MaxQuality-1-q.part)+b*int64(q.part)+(MaxQuality-1)/2, MaxQuality-1))
}

// weights returns the weights of all anchors, as the transforms take them.
func (q quality) weights(anchors int) []float32 {
	w := make([]float32, anchors)
	w[q.at] = float32(MaxQuality-1-q.part) / (MaxQuality - 1)
	w[q.at+1] = float32(q.part) / (MaxQuality - 1)
	return w
}

// floorDiv returns ⌊a/b⌋ for positive b.
func floorDiv(a, b int64) int64 {
	d := a / b
	if a%b < 0 {
		d--
	}
	return d
}

// clamp returns the number from low to high that is nearest to x.
func clamp(x, low, high int64) int64 { return min(max(x, low), high) }

// mantissa returns the whole number m of 24 bits and e such that x is m*2^e,
// for an x that is positive and finite: exactly, so in the same way everywhere.
func mantissa(x float32) (m int64, e int) {
	b := math.Float32bits(x)
	if b < 1<<23 { // subnormal: practically nothing
		return 1 << 23, -200
	}
	return int64(b&(1<<23-1) | 1<<23), int(b>>23) - 150
}

// requantScale returns multiplier and shift of a [kernel.Requant] for a scale,
// which is exact from 2^-16 to just below a quarter.
func requantScale(x float32) (multiplier int32, shift uint8, err error) {
	const least, most = 33, 46
	m, e := mantissa(x)
	m, s := m<<7, 7-e
	if s < least {
		return 0, 0, fmt.Errorf("a scale of %v: it must be below a quarter", x)
	}
	if s > most {
		m, s = m>>min(s-most, 62), most
	}
	return int32(m), uint8(s), nil
}

// inUnits returns the whole number of 2^-unit next to x, at most 2^31.
func inUnits(x float32, unit int) int64 {
	m, e := mantissa(x)
	switch e += unit; {
	case e > 7:
		return 1 << 31
	case e >= 0:
		return m << e
	}
	return m >> min(-e, 62)
}
