// Package glyph draws small pictures of characters from the Go fonts, each one
// a little different: in typeface, weight, size, place, slant, rotation, bend,
// softness, ink and noise. A picture is a function of the alphabet, a seed and
// a number, computed in integers, and so the same on every machine.
package glyph

import (
	"math/bits"
	"math/rand/v2"
)

// Side is the number of rows and of columns of every picture.
const Side = 28

// Alphabet holds the outlines of some characters in all fonts.
type Alphabet struct {
	outlines [][]outline // (fonts, characters)
}

// Load returns the outlines of characters, which it is an error to ask for if
// the Go fonts do not have them.
func Load(characters []rune) (*Alphabet, error) {
	o, err := loadOutlines(characters)
	return &Alphabet{o}, err
}

// Pen draws pictures one after another. It is not safe for concurrent use.
type Pen struct {
	alphabet *Alphabet
	random   random
	warped   outline // scratch
	raster   raster
}

// NewPen returns a pen for the characters of a.
func NewPen(a *Alphabet) *Pen { return &Pen{alphabet: a} }

// Draw draws picture number index of the sequence that seed stands for into
// dst, (Side, Side), white on black, and returns the index of its character.
func (p *Pen) Draw(dst *[Side * Side]uint8, seed, index uint64) (label int) {
	r := &p.random
	r.Seed(seed, index)
	chars := p.alphabet.outlines[r.between(0, int64(len(p.alphabet.outlines))-1)]
	label = int(r.between(0, int64(len(chars))-1))

	p.warped = r.warp().apply(p.warped, chars[label])
	p.warped.place(r.between(17*one, 21*one), point{
		Side*one/2 + r.around(3*one/2),
		Side*one/2 + r.around(3*one/2),
	})
	p.raster.fill(dst, p.warped)
	soften(dst)
	r.ink(dst)
	return label
}

// random draws the numbers that make a picture. It is PCG-DXSM with state
// (seed, index).
type random struct{ rand.PCG }

// between returns a number from lo to hi, both included, all equally likely.
func (r *random) between(lo, hi int64) int64 {
	n, _ := bits.Mul64(r.Uint64(), uint64(hi-lo+1))
	return lo + int64(n)
}

// around returns a number from -width to width, with 0 the most likely.
func (r *random) around(width int64) int64 {
	return (r.between(-width, width) + r.between(-width, width)) / 2
}

// soften blurs m with the binomial kernel (1 2 1)/4 along both axes.
func soften(m *[Side * Side]uint8) {
	for row := range Side {
		soften1(m[row*Side:], 1)
	}
	for column := range Side {
		soften1(m[column:], Side)
	}
}

// soften1 blurs one row or column, whose pixels lie stride apart.
func soften1(line []uint8, stride int) {
	before := 0
	for i := range Side {
		here, after := int(line[i*stride]), 0
		if i+1 < Side {
			after = int(line[(i+1)*stride])
		}
		line[i*stride] = uint8((before + 2*here + after + 2) / 4)
		before = here
	}
}

// ink makes the strokes of a soft picture thinner or thicker, crisper or
// softer, darker or paler, and adds a little noise.
func (r *random) ink(m *[Side * Side]uint8) {
	threshold := r.between(0, 56)
	gain := r.between(400, 600) // in 1/256
	full := r.between(208, 255)
	noise := r.between(0, 2)
	var coins uint64
	for i, v := range m {
		if i%4 == 0 {
			coins = r.Uint64()
		}
		level := min(max((int64(v)-threshold)*gain/256, 0), 255) * full / 255
		// 16 coins have a standard deviation of 2.
		level += noise * int64(bits.OnesCount16(uint16(coins))-8)
		coins >>= 16
		m[i] = uint8(min(max(level, 0), 255))
	}
}
