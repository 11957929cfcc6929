package safetensors

import (
	"math"
	"testing"
)

func TestHalfRoundTrip(t *testing.T) {
	for h := range 1 << 16 {
		v := fromHalf(uint16(h))
		if math.IsNaN(float64(v)) {
			continue
		}
		if got := toHalf(v); got != uint16(h) {
			t.Fatalf("half %#04x is %v, which becomes %#04x", h, v, got)
		}
	}
}

// TestHalfRounds looks at the numbers halfway between two halves and just
// beside: ties go to the even one.
func TestHalfRounds(t *testing.T) {
	for h := uint16(0); h < 0x7bff; h++ {
		low, high := float64(fromHalf(h)), float64(fromHalf(h+1))
		middle := float32((low + high) / 2)
		even := h + h&1
		for _, c := range []struct {
			v    float32
			want uint16
		}{
			{middle, even},
			{math.Nextafter32(middle, 0), h},
			{math.Nextafter32(middle, 1e9), h + 1},
			{-middle, even | 0x8000},
		} {
			if got := toHalf(c.v); got != c.want {
				t.Fatalf("%v becomes %#04x, want %#04x", c.v, got, c.want)
			}
		}
	}
}

func TestHalfBeyond(t *testing.T) {
	for v, want := range map[float32]uint16{65504: 0x7bff, 65519.9: 0x7bff, 65520: 0x7c00, -1e30: 0xfc00, float32(math.Inf(1)): 0x7c00} {
		if got := toHalf(v); got != want {
			t.Errorf("%v becomes %#04x, want %#04x", v, got, want)
		}
	}
	if got := toHalf(float32(math.NaN())); got&0x7c00 != 0x7c00 || got&0x3ff == 0 {
		t.Errorf("NaN becomes %#04x", got)
	}
}
