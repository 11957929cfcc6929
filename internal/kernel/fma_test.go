package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// fmaExact computes x*y+z exactly and rounds once.
func fmaExact(x, y, z float32) float32 {
	big32 := func(v float32) *big.Float { return new(big.Float).SetPrec(2000).SetFloat64(float64(v)) }
	sum := new(big.Float).SetPrec(2000).Mul(big32(x), big32(y))
	sum.Add(sum, big32(z))
	f, _ := sum.Float32()
	return f
}

func TestFMA32AgainstExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(spread int) float32 {
		m := math.Float32frombits(uint32(rng.IntN(1<<24)) | 127<<23)
		if rng.IntN(3) == 0 { // few mantissa bits: ties become likely
			m = float32(rng.IntN(9)+1) / 4
		}
		v := float32(math.Ldexp(float64(m), rng.IntN(2*spread+1)-spread))
		if rng.IntN(2) == 0 {
			v = -v
		}
		return v
	}
	for _, spread := range []int{1, 12, 26, 60, 75, 120} {
		for range 200_000 {
			x, y, z := random(spread), random(spread), random(spread)
			if rng.IntN(2) == 0 { // put z where the product's rounding point is
				z = float32(math.Ldexp(float64(x)*float64(y), rng.IntN(60)-30))
			}
			got, want := fma32(x, y, z), fmaExact(x, y, z)
			if math.Float32bits(got) != math.Float32bits(want) && !(got == 0 && want == 0) {
				t.Fatalf("fma32(%x, %x, %x) = %x, want %x", x, y, z, got, want)
			}
		}
	}
}

func TestFMA32Special(t *testing.T) {
	inf := float32(math.Inf(1))
	nan := float32(math.NaN())
	for _, c := range [][4]float32{{inf, 1, 1, inf}, {inf, 0, 1, nan}, {inf, 1, -inf, nan}, {nan, 1, 1, nan}, {1, 2, 3, 5}, {0, 5, 0, 0}, {1, 1, -1, 0}} {
		got := fma32(c[0], c[1], c[2])
		if got != c[3] && !(got != got && c[3] != c[3]) {
			t.Errorf("fma32(%v, %v, %v) = %v, want %v", c[0], c[1], c[2], got, c[3])
		}
	}
}
