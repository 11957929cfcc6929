package codec

import (
	"math"
	"testing"
)

func TestExp2(t *testing.T) {
	for x := int32(minLog); x <= maxLog; x += 7 {
		for _, unit := range []int{gainBits, inverseBits} {
			want := math.Exp2(float64(x)/octave + float64(unit))
			if got := float64(exp2(x, unit)); math.Abs(got-want) > 1+want*1e-12 {
				t.Fatalf("2^(%d/%d) is %v in 2^-%d, want %v", x, octave, got, unit, want)
			}
		}
	}
}

func TestPlace(t *testing.T) {
	if p := place(1, 8); p != (quality{0, 0}) {
		t.Errorf("quality 1 is at %v", p)
	}
	if p := place(MaxQuality, 8); p != (quality{6, 99}) {
		t.Errorf("quality %d is at %v", MaxQuality, p)
	}
	table := []int32{-300, 0, 100, 700}
	last := int32(math.MinInt32)
	for q := 1; q <= MaxQuality; q++ {
		v := place(q, 4).of(table, 1, 0)
		want := 3 * float64(q-1) / 99
		exact := float64(table[min(int(want), 2)]) + (want-math.Floor(min(want, 2.999)))*float64(table[min(int(want), 2)+1]-table[min(int(want), 2)])
		if v < last || math.Abs(float64(v)-exact) > 0.51 {
			t.Errorf("quality %d: %d after %d, want %v", q, v, last, exact)
		}
		last = v
	}
}

func TestRequantScale(t *testing.T) {
	for _, x := range []float32{0.2499, 0.1, 1.0 / 3 / 8, 1e-3, 1.7e-5} {
		m, s, err := requantScale(x)
		if got := math.Ldexp(float64(m), -int(s)); err != nil || got != float64(x) {
			t.Errorf("%v becomes %d*2^-%d = %v (%v)", x, m, s, got, err)
		}
	}
	if _, _, err := requantScale(0.25); err == nil {
		t.Error("a quarter is accepted")
	}
	if m, s, err := requantScale(1e-30); m != 0 || s != 46 || err != nil {
		t.Errorf("1e-30 becomes %d*2^-%d, %v", m, s, err)
	}
}

func TestInUnits(t *testing.T) {
	for _, x := range []float32{1e-6, 0.001, 0.3, 1, 7.5, 300} {
		for _, unit := range []int{16, 20, 32, 36} {
			want := math.Floor(min(math.Ldexp(float64(x), unit), 1<<31))
			got := float64(inUnits(x, unit))
			if math.Ldexp(float64(x), unit) >= 1<<31 {
				if got < 1<<30 {
					t.Errorf("%v in 2^-%d is %v", x, unit, got)
				}
				continue
			}
			if got != want {
				t.Errorf("%v in 2^-%d is %v, want %v", x, unit, got, want)
			}
		}
	}
}

func TestScaleIndex(t *testing.T) {
	for log := int64(-6 * octave); log < 8*octave; log += 13 {
		want := math.Round((float64(log)/octave + 4) / (40.0 / 256))
		want = min(max(want, 0), 63)
		if got := scaleIndex(log); math.Abs(float64(got)-want) > 1 || float64(got) != want && math.Abs(math.Mod((float64(log)/octave+4)/(40.0/256), 1)-0.5) > 1e-6 {
			t.Fatalf("scale 2^(%d/%d) has place %d, want %v", log, octave, got, want)
		}
	}
}
