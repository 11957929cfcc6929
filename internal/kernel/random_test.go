package kernel

import (
	"fmt"
	"math"
	"testing"
)

// The vectors are those of kat_vectors in the authors' Random123 library.
func TestPhiloxKnownAnswers(t *testing.T) {
	const f = math.MaxUint32
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{f, f, f, f}, [2]uint32{f, f}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := philox4x32(c.counter, c.key); got != c.want {
			t.Errorf("philox4x32(%x, %x) = %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

// TestRandomLayout checks the documented place of each word in a stream, also
// where the counter crosses 2³².
func TestRandomLayout(t *testing.T) {
	const key, step = 0x123456789abcdef0, 0xfedcba9876543210
	for _, offset := range []uint64{0, 64, 1<<34 - 128} {
		for _, n := range []int{0, 1, 63, 64, 65, 500} {
			forLevels(t, func(t *testing.T) {
				dst, around := guarded[float32](n)
				Uniform(dst, key, step, offset, 0, 1)
				around.check(t)
				for i, got := range dst {
					e := offset + uint64(i)
					w := philoxCounter(key, step, e/64*16+e%16)[e%64/16]
					if want := float32(w>>8) / (1 << 24); got != want {
						t.Fatalf("element %d is %v, want %v", e, got, want)
					}
				}
			})
		}
	}
}

func TestRandomSameBitsAtEveryLevel(t *testing.T) {
	const n, key, step, offset = 64*1000 + 17, 99, 3, 640
	fill := map[string]func(dst []float32){
		"uniform": func(dst []float32) { Uniform(dst, key, step, offset, -2, 3) },
		"normal":  func(dst []float32) { Normal(dst, key, step, offset, 0.5, 2) },
	}
	for name, f := range fill {
		var want []float32
		forLevels(t, func(t *testing.T) {
			got, around := guarded[float32](n)
			f(got)
			around.check(t)
			if want == nil {
				want = got
			}
			compare(t, name, got, want, [3][]float32{})
			part := make([]float32, 128)
			if name == "normal" {
				Normal(part, key, step, offset+6400, 0.5, 2)
				compare(t, "a part alone", part, want[6400:6528], [3][]float32{})
			}
		})
	}
}

func TestRandomMoments(t *testing.T) {
	const n = 1 << 20
	x := make([]float64, n)
	moments := func() (m [5]float64) {
		for _, v := range x {
			for k := range m {
				m[k] += math.Pow(v, float64(k)) / n
			}
		}
		return m
	}
	check := func(name string, got, want [5]float64) {
		for k := range got {
			if math.Abs(got[k]-want[k]) > 0.03 {
				t.Errorf("%s: moment %d is %.4f, want %.4f", name, k, got[k], want[k])
			}
		}
	}
	Uniform(x, 1, 2, 0, -1, 1)
	check("uniform", moments(), [5]float64{1, 0, 1. / 3, 0, 1. / 5})
	Normal(x, 1, 3, 0, 0, 1)
	check("normal", moments(), [5]float64{1, 0, 1, 0, 3})
	tail := 0
	for _, v := range x {
		if math.Abs(v) > 3 {
			tail++
		}
	}
	if want := 0.0027 * n; math.Abs(float64(tail)-want) > 5*math.Sqrt(want) {
		t.Errorf("%d of %d normal numbers beyond 3, want about %.0f", tail, n, want)
	}
}

func BenchmarkRandom(b *testing.B) {
	dst := Alloc[float32](4096)
	for name, f := range map[string]func(){
		"Uniform": func() { Uniform(dst, 1, 2, 0, 0, 1) },
		"Normal":  func() { Normal(dst, 1, 2, 0, 0, 1) },
	} {
		for _, l := range Supported() {
			b.Run(fmt.Sprintf("%s/%v", name, l), func(b *testing.B) {
				defer SetLevel(SetLevel(l))
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(len(dst))*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "elem/ns")
			})
		}
	}
}
