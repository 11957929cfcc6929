package entropy_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hourglass-codec/hourglass/entropy"
)

// price returns the ideal length of bits by an adaptive model, in bits.
func price(bits []int) float64 {
	var m entropy.Bit
	e := entropy.NewRangeEncoder()
	total := 0.0
	for _, b := range bits {
		total += m.Bits(b)
		e.PutBit(&m, b)
	}
	return total
}

func TestBitLearns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, p := range []float64{0, 0.01, 0.1, 0.5, 0.9, 1} {
		bits := make([]int, 20000)
		ones := 0
		for i := range bits {
			if r.Float64() < p {
				bits[i] = 1
				ones++
			}
		}
		q := float64(ones) / float64(len(bits))
		ideal := 0.0
		for _, x := range []float64{q, 1 - q} {
			if x > 0 {
				ideal -= float64(len(bits)) * x * math.Log2(x)
			}
		}
		got := price(bits)
		t.Logf("p = %.2f: %.0f bits, at least %.0f", p, got, ideal)
		// An average over 1/a bits has the variance a/(2-a) of one bit's; that of
		// the mean of the two averages, 0.0062, costs 1/(2·ln 2) as many bits a
		// bit, whatever p is.
		if got > ideal+0.006*float64(len(bits))+20 {
			t.Errorf("p = %.2f: %.0f bits, at least %.0f", p, got, ideal)
		}
	}
}

// The first bits count in small messages: runs of 8, 32 and 128 equal bits take
// not much more than log2(n+1), the price of an unknown constant probability.
func TestBitStarts(t *testing.T) {
	for n, most := range map[int]float64{8: 3.0, 32: 4.5, 128: 6} {
		for bit := range 2 {
			bits := make([]int, n)
			for i := range bits {
				bits[i] = bit
			}
			if got := price(bits); got > most {
				t.Errorf("%d times %d: %.2f bits, more than %.1f", n, bit, got, most)
			}
		}
	}
}

// 0 and 1 are treated alike.
func TestBitSymmetry(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	bits, opposite := make([]int, 1000), make([]int, 1000)
	for i := range bits {
		bits[i] = r.IntN(4) / 3
		opposite[i] = 1 - bits[i]
	}
	if a, b := price(bits), price(opposite); math.Abs(a-b) > 0.01 {
		t.Errorf("%.3f and %.3f bits", a, b)
	}
}

// A model of few labels beats their number of bits; one of small numbers beats
// gamma codes.
func TestTreeAndUint(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	e := entropy.NewRangeEncoder()
	tree := entropy.NewTree(4)
	for range 1000 {
		tree.Put(e, uint32(r.IntN(10)))
	}
	if n, ideal := len(e.Finish(nil)), 1000*math.Log2(10)/8; float64(n) > ideal*1.04 {
		t.Errorf("1000 labels of 10 take %d bytes, ideally %.0f", n, ideal)
	}
	var number entropy.Uint
	for range 1000 {
		number.Put(e, 0)
	}
	number.Put(e, math.MaxUint32-1)
	msg := e.Finish(nil)
	if len(msg) > 14 {
		t.Errorf("1000 zeros and a large number take %d bytes", len(msg))
	}
	d := entropy.NewRangeDecoder(msg)
	number = entropy.Uint{}
	for range 1000 {
		if v := number.Get(d); v != 0 {
			t.Fatalf("0 came back as %d", v)
		}
	}
	if v := number.Get(d); v != math.MaxUint32-1 {
		t.Errorf("came back as %d", v)
	}
	if _, err := d.Finish(); err != nil {
		t.Error(err)
	}
}

func TestAdaptivePanics(t *testing.T) {
	e := entropy.NewRangeEncoder()
	for name, f := range map[string]func(){
		"bit":      func() { e.PutBit(new(entropy.Bit), 2) },
		"tree":     func() { entropy.NewTree(3).Put(e, 8) },
		"new tree": func() { entropy.NewTree(0) },
		"uint":     func() { new(entropy.Uint).Put(e, math.MaxUint32) },
		"bits":     func() { e.PutBits(0, 33) },
		"contexts": func() { e.PutEach(entropy.NewSet(), nil, []int32{1}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
