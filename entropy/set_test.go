package entropy_test

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/hourglass-codec/hourglass/entropy"
)

func sampleSet() *entropy.Set {
	return entropy.NewSet(skewed(), gaussian(0.3), gaussian(5), uniform())
}

func setBytes(t testing.TB, s *entropy.Set) []byte {
	b, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSetBinary(t *testing.T) {
	s := sampleSet()
	b := setBytes(t, s)
	got, rest, err := entropy.ReadSet(append(bytes.Clone(b), "rest"...))
	if err != nil || string(rest) != "rest" || got.Len() != s.Len() {
		t.Fatalf("%v, then %q", err, rest)
	}
	for i := range s.Len() {
		a, b := s.Table(i), got.Table(i)
		if a.Min() != b.Min() || a.Max() != b.Max() || a.Open() != b.Open() {
			t.Fatalf("table %d: [%d, %d], want [%d, %d]", i, b.Min(), b.Max(), a.Min(), a.Max())
		}
		for v := a.Min() - 1; v <= a.Max()+1; v++ {
			if a.Freq(v) != b.Freq(v) {
				t.Fatalf("table %d: frequency %d of %d, want %d", i, b.Freq(v), v, a.Freq(v))
			}
		}
	}
	for n := range b {
		if _, _, err := entropy.ReadSet(b[:n]); !errors.Is(err, entropy.ErrTruncated) && !errors.Is(err, entropy.ErrCorrupt) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(b), err)
		}
	}
}

func TestReadSetErrors(t *testing.T) {
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":               {nil, entropy.ErrTruncated},
		"half a number":         {[]byte{0x80}, entropy.ErrTruncated},
		"a long number":         {[]byte{0x80, 0x00}, entropy.ErrCorrupt},
		"more than 64 bits":     {bytes.Repeat([]byte{0xff}, 11), entropy.ErrCorrupt},
		"more tables than fit":  {[]byte{9, 0, 2}, entropy.ErrCorrupt},
		"no tables":             {[]byte{0}, nil},
		"certain":               {[]byte{1, 0, 2}, nil},
		"no values":             {[]byte{1, 0, 1}, entropy.ErrCorrupt},
		"min of 33 bits":        {[]byte{1, 0x80, 0x80, 0x80, 0x80, 0x10, 2}, entropy.ErrCorrupt},
		"values beyond 2^31":    {[]byte{1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 4, 0}, entropy.ErrCorrupt},
		"largest frequency":     {[]byte{1, 0, 3, 0xfe, 0xff, 3}, nil},
		"nothing for the last":  {[]byte{1, 0, 3, 0xff, 0xff, 3}, entropy.ErrCorrupt},
		"more symbols than fit": {[]byte{1, 0, 0xff, 1, 0}, entropy.ErrTruncated},
	} {
		_, _, err := entropy.ReadSet(c.b)
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// Whatever the bytes say, they cost memory in proportion to their number.
func TestReadSetMemory(t *testing.T) {
	tiny := append([]byte{0xe8, 7}, bytes.Repeat([]byte{0, 2}, 1000)...) // 1000 tables of one value
	wide := append([]byte{1, 0, 0xfe, 0xff, 7}, make([]byte, 65534)...)  // a table of 65535 values
	for name, b := range map[string][]byte{
		"tiny": tiny, "wide": wide, "long": append([]byte{1, 0, 0xfe, 0xff, 7}, 0), "many": {0xff, 0xff, 0xff, 0xff, 7},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := entropy.ReadSet(b)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(200*len(b)+4096) {
			t.Errorf("%s: %d bytes cost %d (%v)", name, len(b), n, err)
		} else {
			t.Logf("%s: %d bytes cost %d (%v)", name, len(b), n, err)
		}
	}
}

func FuzzReadSet(f *testing.F) {
	f.Add(setBytes(f, sampleSet()))
	f.Add(setBytes(f, entropy.NewSet(skewed())))
	f.Add([]byte{1, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, rest, err := entropy.ReadSet(b)
		if err != nil {
			if !errors.Is(err, entropy.ErrCorrupt) && !errors.Is(err, entropy.ErrTruncated) {
				t.Fatal(err)
			}
			return
		}
		if again := setBytes(t, s); !bytes.Equal(again, b[:len(b)-len(rest)]) {
			t.Fatalf("% x was read and written as % x", b, again)
		}
		for i := range s.Len() {
			sum := uint32(0)
			tab := s.Table(i)
			for v := int64(tab.Min()); v <= int64(tab.Max()); v++ {
				sum += tab.Freq(int32(v))
			}
			if sum == 0 || sum > entropy.Scale || sum < entropy.Scale && !tab.Open() {
				t.Fatalf("table %d: frequencies add up to %d", i, sum)
			}
		}
	})
}
