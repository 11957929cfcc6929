package rdjpeg

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// TestChooseAC compares the trellis with trying every choice.
func TestChooseAC(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	var counts [256]int
	for s := range counts {
		counts[s] = 1 + r.IntN(1000)
	}
	codes := newTable(&counts)
	for range 50 {
		var b block
		var places []int
		for range 6 {
			k := 1 + r.IntN(63)
			if b.exact[k] == 0 {
				places = append(places, k)
			}
			b.exact[k] = 40 * (r.Float64() - 0.5)
		}
		const step = 7
		want := cheapest(b, places, step, &codes)
		b.chooseAC(step, &codes)
		if got := cost(&b, step, &codes); math.Abs(got-want) > 1e-9 {
			t.Errorf("levels %v cost %g, the best cost %g", b.level, got, want)
		}
	}
}

// cheapest tries the nearest level, the one below it and zero at all places.
func cheapest(b block, places []int, step float64, codes *table) float64 {
	if len(places) == 0 {
		return cost(&b, step, codes)
	}
	k := places[0]
	x := b.exact[k] / step
	least := math.Inf(1)
	for _, size := range []int{nearest(math.Abs(x)), nearest(math.Abs(x)) - 1, 0} {
		b.level[k] = max(size, 0)
		if x < 0 {
			b.level[k] = -b.level[k]
		}
		least = min(least, cheapest(b, places[1:], step, codes))
	}
	return least
}

// A meter adds up bits.
type meter struct {
	codes *table
	bits  float64
}

func (m *meter) put(_ int, symbol byte, _, n int) { m.bits += m.codes.bits(symbol) + float64(n) }

// cost is what the AC levels of a block cost in a sequential scan, by the code
// that writes them.
func cost(b *block, step float64, codes *table) float64 {
	m := &meter{codes: codes}
	c := component{blocks: []block{*b}}
	c.scan(band{1, 63}, false, m)
	deviation := 0.0
	for k := 1; k < 64; k++ {
		d := b.exact[k]/step - float64(b.level[k])
		deviation += d * d
	}
	return deviation + lambda*m.bits
}

// TestChooseDC compares the paths with trying every choice.
func TestChooseDC(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	counts := [256]int{900, 500, 300, 200, 90, 40, 9, 3, 1}
	codes := newTable(&counts)
	dcCost := func(blocks []block) (sum float64) {
		previous := 0
		for _, b := range blocks {
			d := b.exact[0] - float64(b.level[0])
			size := bits.Len(uint(abs(b.level[0] - previous)))
			sum += d*d + lambda*(codes.bits(byte(size))+float64(size))
			previous = b.level[0]
		}
		return sum
	}
	for range 20 {
		c := component{step: 1, blocks: make([]block, 5)}
		for i := range c.blocks {
			c.blocks[i].exact[0] = 12 * r.Float64()
		}
		c.round()
		best := math.Inf(1)
		tried := append([]block(nil), c.blocks...)
		for choice := range 243 {
			for i := range tried {
				tried[i].level[0] = c.blocks[i].level[0] + choice%3 - 1
				choice /= 3
			}
			best = min(best, dcCost(tried))
		}
		c.chooseDC(&codes)
		if got := dcCost(c.blocks); math.Abs(got-best) > 1e-9 {
			t.Errorf("costs %g, the best %g", got, best)
		}
	}
}
