package pca

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/eval"
)

// mixtures is a set of n images of 6x5 pixels: a mean image plus two patterns
// with random weights, of standard deviations 40 and 10, rounded to pixels.
func mixtures(n int, seed uint64) *dataset.Set {
	s := &dataset.Set{Name: "mixtures", N: n, H: 5, W: 6, C: 1, Pixels: make([]uint8, n*30)}
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range n {
		a, b := 40*r.NormFloat64(), 10*r.NormFloat64()
		for j := range 30 {
			x := 128 + a*patterns[0][j] + b*patterns[1][j]
			s.Pixels[i*30+j] = uint8(math.Round(min(max(x, 0), 255)))
		}
	}
	return s
}

// patterns are orthonormal.
var patterns = func() (p [2][30]float64) {
	for j := range 30 {
		p[0][j] = math.Sqrt(2.0/30) * math.Cos(math.Pi*(float64(j)+0.5)/30)
		p[1][j] = math.Sqrt(2.0/30) * math.Cos(3*math.Pi*(float64(j)+0.5)/30)
	}
	return p
}()

func TestEigen(t *testing.T) {
	for _, n := range []int{1, 2, 3, 40} {
		r := rand.New(rand.NewPCG(uint64(n), 2))
		a := newMatrix(n)
		for i := range n {
			for j := range i + 1 {
				a[i][j] = r.NormFloat64()
				a[j][i] = a[i][j]
			}
		}
		checkEigen(t, a)
	}
	checkEigen(t, newMatrix(5))                                                   // all zero
	checkEigen(t, matrix{{2, 0, 0}, {0, 2, 0}, {0, 0, 2}})                        // all equal
	checkEigen(t, matrix{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}})                        // rank one
	checkEigen(t, matrix{{0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 3}, {0, 0, 3, 0}}) // two blocks
}

// checkEigen checks a·v = λ·v, that the v are orthonormal, and the order.
func checkEigen(t *testing.T, a matrix) {
	t.Helper()
	n := len(a)
	work := newMatrix(n)
	for i := range a {
		copy(work[i], a[i])
	}
	values, vectors, err := eigen(work)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range vectors {
		if k > 0 && values[k] > values[k-1] {
			t.Errorf("n=%d: eigenvalue %d is larger than the one before", n, k)
		}
		for i := range n {
			if d := dot(a[i], v) - values[k]*v[i]; math.Abs(d) > 1e-12*float64(n) {
				t.Errorf("n=%d: eigenvector %d is off by %g", n, k, d)
			}
		}
		for q := range k + 1 {
			want := 0.0
			if q == k {
				want = 1
			}
			if d := dot(vectors[q], v) - want; math.Abs(d) > 1e-12*float64(n) {
				t.Errorf("n=%d: product of eigenvectors %d and %d is off by %g", n, q, k, d)
			}
		}
	}
}

func TestFitFindsPatterns(t *testing.T) {
	m, err := Fit(t.Context(), mixtures(3000, 1))
	if err != nil {
		t.Fatal(err)
	}
	for k, pattern := range patterns {
		sum := 0.0
		for j, x := range pattern {
			sum += x * float64(m.basis[k*30+j])
		}
		if math.Abs(sum) < 0.99 {
			t.Errorf("component %d has %.4f of its pattern", k, sum)
		}
	}
}

// TestCodec checks rate and error against theory: a Gaussian of deviation σ,
// quantised with a step below σ, takes log2(σ·sqrt(2πe)/step) bits, and
// step²/(24·σ²·ln 2) more since the step is not that small, and is off by
// step²/12 on average.
func TestCodec(t *testing.T) {
	m, err := Fit(t.Context(), mixtures(20000, 1))
	if err != nil {
		t.Fatal(err)
	}
	const step = 8.0
	p, err := eval.Measure(t.Context(), Codec{m}, mixtures(20000, 2), eval.Setting{Quality: step})
	if err != nil {
		t.Fatal(err)
	}
	bits := 0.0
	for _, sigma := range []float64{40, 10} {
		bits += math.Log2(sigma*math.Sqrt(2*math.Pi*math.E)/step) + step*step/(24*sigma*sigma*math.Ln2)
	}
	if got := 8 * p.BytesPerImage(); math.Abs(got-bits) > 0.04 {
		t.Errorf("%.3f bits an image, want %.3f", got, bits)
	}
	// Both components, and up to a twelfth each for the rounding of the images
	// and of the result.
	low, high := 2*step*step/12/30, 2*step*step/12/30+2.0/12
	if p.MSE < low || p.MSE > high {
		t.Errorf("MSE %.4f, want %.4f to %.4f", p.MSE, low, high)
	}
}

func TestUnseenLevels(t *testing.T) {
	f := frequencies{least: -1, counts: []int{1, 8, 1}, total: 10, possible: 5}
	sum := 0.0
	for l := float32(-2); l <= 2; l++ {
		sum += f.of(l)
	}
	if math.Abs(sum-1) > 1e-12 || f.of(2) <= 0 {
		t.Errorf("frequencies add up to %g, an unseen level has %g", sum, f.of(2))
	}
}

func TestErrors(t *testing.T) {
	large := &dataset.Set{N: 1, H: 65, W: 64, C: 1, Pixels: make([]uint8, 65*64)}
	if _, err := Fit(t.Context(), large); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	m, err := Fit(t.Context(), mixtures(100, 1))
	if err != nil {
		t.Fatal(err)
	}
	other := &dataset.Set{N: 1, H: 5, W: 5, C: 1, Pixels: make([]uint8, 25)}
	if _, err := (Codec{m}).Pack(t.Context(), other, eval.Setting{Quality: 8}); err == nil {
		t.Error("images of another size were packed")
	}
}

// TestFashionMNIST compares with figures that were measured independently, bytes
// an image at a PSNR on the test images.
func TestFashionMNIST(t *testing.T) {
	if os.Getenv(dataset.EnvDir) == "" {
		t.Skipf("%s is not set: it names a folder with fashion-mnist", dataset.EnvDir)
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	split, err := dataset.Open(t.Context(), dataset.NameFashionMNIST, dataset.Options{Dirs: dataset.DataDirs(""), Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Fit(t.Context(), split.Train)
	if err != nil {
		t.Fatal(err)
	}
	curve := eval.Curve{}
	for _, step := range []float64{200, 141, 100, 71, 50} {
		p, err := eval.Measure(t.Context(), Codec{m}, split.Test.Take(2000), eval.Setting{Quality: step})
		if err != nil {
			t.Fatal(err)
		}
		curve.Points = append(curve.Points, p)
	}
	for _, want := range []struct{ psnr, bytes float64 }{{20.2, 22}, {21.8, 36}, {23.7, 58}, {25.8, 86}} {
		got, ok := curve.BytesAt(want.psnr)
		if !ok || math.Abs(got/want.bytes-1) > 0.04 {
			t.Errorf("%.1f bytes at %g dB, want %g", got, want.psnr, want.bytes)
		}
	}
}
