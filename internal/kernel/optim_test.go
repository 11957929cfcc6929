package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// An update is an optimiser with its scalars: s holds the variable, its
// states and its gradient last.
type update struct {
	name   string
	slices int
	run    func(s [][]float32)
	// want is the textbook formula in float64 for one element, in place.
	want func(x []float64)
}

var (
	testSGD      = SGDStep[float32]{Scale: 0.5, Rate: 0.1, Momentum: 0.9}
	testAdaptive = AdaptiveStep[float32]{Scale: 0.5, Rate: 0.1, Epsilon: 1e-7, Decay: 0.9, OneMinus: 0.1}
	testAdam     = AdamStep[float32]{
		Scale: 0.5, Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.999, OneMinusBeta2: 0.001,
		Rate: 0.01 / (1 - 0.81), RootCorrection: float32(1 / math.Sqrt(1-0.999*0.999)), Epsilon: 1e-8, Decay: 0.01 * 0.1,
	}
)

var updates = []update{
	{"SGD", 2, func(s [][]float32) { SGD(s[0], s[1], testSGD) }, func(x []float64) { x[0] -= 0.1 * 0.5 * x[1] }},
	{"Momentum", 3, func(s [][]float32) { Momentum(s[0], s[1], s[2], testSGD) }, func(x []float64) {
		x[1] = 0.9*x[1] + 0.5*x[2]
		x[0] -= 0.1 * x[1]
	}},
	{"Nesterov", 3, func(s [][]float32) { Nesterov(s[0], s[1], s[2], testSGD) }, func(x []float64) {
		x[1] = 0.9*x[1] + 0.5*x[2]
		x[0] -= 0.1 * (0.9*x[1] + 0.5*x[2])
	}},
	{"Adagrad", 3, func(s [][]float32) { Adagrad(s[0], s[1], s[2], testAdaptive) }, func(x []float64) {
		x[1] += 0.25 * x[2] * x[2]
		x[0] -= 0.1 * 0.5 * x[2] / (math.Sqrt(x[1]) + 1e-7)
	}},
	{"RMSprop", 3, func(s [][]float32) { RMSprop(s[0], s[1], s[2], testAdaptive) }, func(x []float64) {
		x[1] = 0.9*x[1] + 0.1*0.25*x[2]*x[2]
		x[0] -= 0.1 * 0.5 * x[2] / (math.Sqrt(x[1]) + 1e-7)
	}},
	{"Adam", 4, func(s [][]float32) { Adam(s[0], s[1], s[2], s[3], testAdam) }, func(x []float64) {
		g := 0.5 * x[3]
		x[1] = 0.9*x[1] + 0.1*g
		x[2] = 0.999*x[2] + 0.001*g*g
		mHat, vHat := x[1]/(1-0.9*0.9), x[2]/(1-0.999*0.999) // t = 2
		x[0] -= 0.01 * (mHat/(math.Sqrt(vHat)+1e-8) + 0.1*x[0])
	}},
}

// updateInputs returns w, states >= 0 and g of length n with guards.
func updateInputs(rng *rand.Rand, slices, n int) (s [][]float32, check func(t *testing.T)) {
	var around []guards[float32]
	for i := range slices {
		x, g := guarded[float32](n)
		for j := range x {
			x[j] = float32(rng.NormFloat64())
			if i > 0 && i < slices-1 {
				x[j] = abs32(x[j])
			}
		}
		s, around = append(s, x), append(around, g)
	}
	return s, func(t *testing.T) {
		t.Helper()
		for _, g := range around {
			g.check(t)
		}
	}
}

func TestUpdateFormulas(t *testing.T) {
	for _, u := range updates {
		s, _ := updateInputs(rand.New(rand.NewPCG(1, 1)), u.slices, 50)
		want := make([][]float64, 50)
		for i := range want {
			for _, x := range s {
				want[i] = append(want[i], float64(x[i]))
			}
			u.want(want[i])
		}
		u.run(s)
		for i, w := range want {
			for k := range w {
				if got := float64(s[k][i]); math.Abs(got-w[k]) > 4e-7*(1+math.Abs(w[k])) {
					t.Errorf("%s: slice %d, element %d is %v, want %v", u.name, k, i, got, w[k])
				}
			}
		}
	}
}

func TestUpdateSameBitsAtEveryLevel(t *testing.T) {
	for _, u := range updates {
		for _, n := range testLengths {
			var want [][]float32
			forLevels(t, func(t *testing.T) {
				s, check := updateInputs(rand.New(rand.NewPCG(2, uint64(n))), u.slices, n)
				u.run(s)
				check(t)
				if want == nil {
					want = s
				}
				for k := range s {
					compare(t, fmt.Sprintf("%s slice %d", u.name, k), s[k], want[k], [3][]float32{})
				}
			})
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	const n = 1 << 16
	for _, u := range updates {
		for _, l := range Supported() {
			b.Run(fmt.Sprintf("%s/%v", u.name, l), func(b *testing.B) {
				defer SetLevel(SetLevel(l))
				s, _ := updateInputs(rand.New(rand.NewPCG(1, 1)), u.slices, n)
				b.SetBytes(int64(4 * n * (2*u.slices - 1)))
				for b.Loop() {
					u.run(s)
				}
			})
		}
	}
}
