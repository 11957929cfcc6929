package entropy

import (
	"math/bits"
	"slices"
	"sync"
)

// apportion returns the frequencies f, each at least 1 and Scale in all, of
// least sum of w[i]·log(Scale/f[i]).
//
// The sum is convex and separable, so giving the slots one by one to the symbol
// that gains most, from 1 each, ends at the optimum (B. Fox, 1966). The same
// end is found by its threshold: the gains above it are all taken, and of those
// equal to it, in the order of the symbols, as many as there are slots left.
// The gain of w[i] from f[i] to f[i]+1 is w[i]·slotGain(f[i]), in integers.
func apportion(weights []uint64) []uint32 {
	w := normalise(weights)
	t := threshold(w)
	f := make([]uint32, len(w))
	left := Scale
	for i := range w {
		f[i] = slotsAbove(w[i], t)
		left -= int(f[i])
	}
	gains := slotGains()
	for i := 0; left > 0; i++ {
		for left > 0 && f[i] < Scale && w[i]*uint64(gains[f[i]]) == t {
			f[i]++
			left--
		}
	}
	return f
}

// normalise returns the weights shifted right, all by as much, to less than
// 2^32, rounded up. If all are 0 it returns ones.
func normalise(weights []uint64) []uint64 {
	largest := slices.Max(weights)
	shift := max(bits.Len64(largest)-32, 0)
	w := make([]uint64, len(weights))
	for i, v := range weights {
		w[i] = min(v>>shift+min(v&(1<<shift-1), 1), 1<<32-1)
		if largest == 0 {
			w[i] = 1
		}
	}
	return w
}

// threshold returns the smallest t for which the slots that gain more than t,
// and one for each symbol, are at most Scale.
func threshold(w []uint64) uint64 {
	low, high := uint64(0), slices.Max(w)<<32 // the answer is in [low, high]
	for low < high {
		t := low + (high-low)/2
		if fits(w, t) {
			high = t
		} else {
			low = t + 1
		}
	}
	return low
}

func fits(w []uint64, t uint64) bool {
	left := Scale
	for _, v := range w {
		if left -= int(slotsAbove(v, t)); left < 0 {
			return false
		}
	}
	return true
}

// slotsAbove returns how many slots a symbol of weight w takes if it takes each
// that gains more than t after the first: the smallest f >= 1 such that
// w·slotGain(f) <= t, at most Scale.
func slotsAbove(w, t uint64) uint32 {
	if w == 0 {
		return 1
	}
	// From 1/(f+1) < ln(1+1/f) < 1/f, f is within 1 of w·2^32/t, but for rounding.
	gains := slotGains()
	f := uint64(Scale)
	if t > 0 {
		f = w << 32 / t
	}
	f = min(max(f, 1), Scale)
	for f > 1 && w*uint64(gains[f-1]) <= t {
		f--
	}
	for f < Scale && w*uint64(gains[f]) > t {
		f++
	}
	return uint32(f)
}

// slotGains returns, for each f from 1 to Scale-1, floor(2^32·ln(1+1/f)).
var slotGains = sync.OnceValue(func() *[Scale]uint32 {
	g := new([Scale]uint32)
	for f := 1; f < Scale; f++ {
		g[f] = slotGain(uint64(f))
	}
	return g
})

// slotGain sums ln(1+1/f) = 2·artanh(1/(2f+1)), the odd powers of y = 1/(2f+1)
// each divided by its exponent, in units of 2^-62.
func slotGain(f uint64) uint32 {
	d := 2*f + 1
	sum := uint64(0)
	for n, power := uint64(1), uint64(1<<62)/d; power > 0; n += 2 {
		sum += power / n
		power /= d * d
	}
	return uint32(sum >> (62 - 32 - 1))
}
