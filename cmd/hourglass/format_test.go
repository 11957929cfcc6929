package main

import (
	"testing"
	"time"
)

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 60000: "60,000", 1234567: "1,234,567", -999: "-999", -1000: "-1,000"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 123 * time.Millisecond: "120ms", 59 * time.Second: "59s", 65 * time.Second: "1m05s",
		59*time.Minute + 59*time.Second: "59m59s", 2*time.Hour + 4*time.Minute: "2h04m",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{"runs/a-1": "runs/a-1", "a b": "'a b'", "it's": `'it'\''s'`, "": "''"} {
		if got := quote(s); got != want {
			t.Errorf("quote(%q) = %s, want %s", s, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"dense-2", "sigmoid-32", "dense-32", "conv-128"}
	for name, want := range map[string]string{
		"conv128": "conv-128", "CONV-128": "conv-128", "conv": "conv-128", "dense2": "dense-2", "sigmoid": "sigmoid-32",
		"transformer": "", "": "", "x": "",
	} {
		if got := nearest(name, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestTicks(t *testing.T) {
	var points [][2]float64
	for i := range 1000 {
		points = append(points, [2]float64{float64((i * 7) % 1000), 5})
	}
	x := ticks(points, 0)
	if len(x) != manifoldSide || x[0] != 10 || x[manifoldSide-1] != 989 {
		t.Errorf("ticks of 0 ... 999 are %v", x)
	}
	if y := ticks(points, 1); y[0] != 5 || y[manifoldSide-1] != 6 {
		t.Errorf("ticks of equal coordinates are %v", y)
	}
}

func TestPixels(t *testing.T) {
	got := pixels([]float32{-1, 0, 0.5, 1, 2, 0.25})
	for i, want := range []uint8{0, 0, 128, 255, 255, 64} {
		if got[i] != want {
			t.Errorf("pixel %d is %d, want %d", i, got[i], want)
		}
	}
}
