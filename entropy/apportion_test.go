package entropy

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// slowApportion gives the slots away one by one.
func slowApportion(weights []uint64) []uint32 {
	w := normalise(weights)
	f := make([]uint32, len(w))
	for i := range f {
		f[i] = 1
	}
	for range Scale - len(w) {
		best, gain := 0, uint64(0)
		for i := range w {
			if g := w[i] * uint64(slotGains()[f[i]]); g > gain {
				best, gain = i, g
			}
		}
		f[best]++
	}
	return f
}

func TestApportionEqualsGreedy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	cases := [][]uint64{
		{1}, {0}, {1, 1}, {0, 0, 0}, {1, 1, 1}, {1, 0}, {5, 0, 0, 5}, {1 << 63, 1}, {math.MaxUint64, math.MaxUint64, 3},
		{1<<32 - 1, 1}, {1 << 32, 1 << 32, 1}, {65535, 1}, {65536, 1}, {1 << 20, 1, 1, 1, 1},
	}
	for range 8 {
		w := make([]uint64, 1+r.IntN(12))
		for i := range w {
			w[i] = r.Uint64() >> (r.IntN(64))
		}
		cases = append(cases, w)
	}
	for _, w := range cases {
		if got, want := apportion(w), slowApportion(w); !slices.Equal(got, want) {
			t.Errorf("weights %d: frequencies %d, want %d", w, got, want)
		}
	}
}

// codeLength is the expected length of a symbol in bits, and its least value
// for frequencies that need not be whole.
func codeLength(w []uint64, f []uint32) (length, entropy float64) {
	total := 0.0
	for _, v := range w {
		total += float64(v)
	}
	for i, v := range w {
		if v > 0 {
			p := float64(v) / total
			length += p * math.Log2(Scale/float64(f[i]))
			entropy -= p * math.Log2(p)
		}
	}
	return length, entropy
}

// No exchange of one slot makes the code shorter, and the sum is right, for as
// many symbols as there can be.
func TestApportionIsOptimal(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, 100, 2000, Scale - 1, Scale} {
		w := make([]uint64, n)
		for i := range w {
			w[i] = uint64(1e6 * math.Exp(-8*r.Float64()))
		}
		f := apportion(w)
		sum, gain, loss := 0, 0.0, math.Inf(1)
		for i, v := range f {
			if v < 1 {
				t.Fatalf("symbol %d of %d has the frequency 0", i, n)
			}
			sum += int(v)
			gain = max(gain, float64(w[i])*math.Log1p(1/float64(v)))
			if v > 1 {
				loss = min(loss, float64(w[i])*math.Log1p(1/float64(v-1)))
			}
		}
		if sum != Scale {
			t.Errorf("%d frequencies add up to %d", n, sum)
		}
		if n > 1 && gain > loss*(1+1.0/Scale) {
			t.Errorf("%d symbols: one gains %g by a slot that costs another %g", n, gain, loss)
		}
	}
}

func TestApportionCost(t *testing.T) {
	w := make([]uint64, 41)
	for i := range w {
		w[i] = uint64(1e9 * math.Exp(-float64((i-20)*(i-20))/32))
	}
	if length, entropy := codeLength(w, apportion(w)); length > entropy*1.0002 {
		t.Errorf("%.6f bits a symbol, entropy %.6f", length, entropy)
	}
}

// slotGain is floor(2^32·ln(1+1/f)) exactly: 2^32·ln(1+1/f) lies in
// [g, g+1) by an independent sum of the series, in 128 bits.
func TestSlotGain(t *testing.T) {
	last := uint32(math.MaxUint32)
	for f := int64(1); f < Scale; f++ {
		g := slotGain(uint64(f))
		if g > last {
			t.Fatalf("gain %d of slot %d is larger than that before", g, f)
		}
		last = g
		if f > 300 && f%61 != 0 {
			continue
		}
		if want := bigGain(f); want.Cmp(big.NewInt(int64(g))) != 0 {
			t.Fatalf("gain %d of slot %d, want %d", g, f, want)
		}
	}
}

// bigGain sums ln(1+1/f) = -ln(1-1/(f+1)) = Σ 1/(n·(f+1)^n).
func bigGain(f int64) *big.Int {
	sum, term := new(big.Int), new(big.Int).Lsh(big.NewInt(1), 160)
	base := big.NewInt(f + 1)
	for n := int64(1); ; n++ {
		term.Quo(term, base)
		if term.Sign() == 0 {
			return sum.Rsh(sum, 128)
		}
		sum.Add(sum, new(big.Int).Quo(term, big.NewInt(n)))
	}
}
