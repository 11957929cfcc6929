package entropy_test

import (
	"math"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/entropy"
)

func TestTable(t *testing.T) {
	tab, err := entropy.NewTable(-1, []uint64{1, 6, 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if tab.Min() != -1 || tab.Max() != 1 || !tab.Open() {
		t.Errorf("range [%d, %d], open %t", tab.Min(), tab.Max(), tab.Open())
	}
	// 1/8, 6/8, 1/8 of 65535 slots, the escape having one.
	for v, want := range map[int32]uint32{-1: 8192, 0: 49151, 1: 8192, 2: 1, -2: 1, math.MinInt32: 1, math.MaxInt32: 1} {
		if got := tab.Freq(v); got != want {
			t.Errorf("frequency %d of %d, want %d", got, v, want)
		}
	}
	// An escape of 16 bits, the side, and gamma codes of 1 and 2.
	for v, want := range map[int32]float64{-1: 3, -2: 18, 2: 18, 3: 20} {
		if got := tab.Bits(v); math.Abs(got-want) > 1e-9 {
			t.Errorf("%d takes %f bits, want %f", v, got, want)
		}
	}
}

func TestClosedTable(t *testing.T) {
	tab, err := entropy.NewClosedTable(math.MaxInt32, []uint64{0})
	if err != nil {
		t.Fatal(err)
	}
	if tab.Open() || tab.Freq(math.MaxInt32) != entropy.Scale || tab.Freq(0) != 0 {
		t.Errorf("open %t, frequencies %d and %d", tab.Open(), tab.Freq(math.MaxInt32), tab.Freq(0))
	}
	if b := tab.Bits(math.MaxInt32); b != 0 {
		t.Errorf("what is certain takes %f bits", b)
	}
	if b := tab.Bits(0); !math.IsInf(b, 1) {
		t.Errorf("what is impossible takes %f bits", b)
	}
}

func TestTableErrors(t *testing.T) {
	for _, c := range []struct {
		min  int32
		n    int
		open bool
		want string
	}{
		{0, 0, true, "at least one value"},
		{0, 0, false, "at least one value"},
		{0, 65536, true, "too large"},
		{0, 65537, false, "too large"},
		{math.MaxInt32, 2, true, "beyond 32 bits"},
		{math.MinInt32, 65535, true, ""},
		{math.MaxInt32 - 65535, 65536, false, ""},
	} {
		var err error
		if c.open {
			_, err = entropy.NewTable(c.min, make([]uint64, c.n), 0)
		} else {
			_, err = entropy.NewClosedTable(c.min, make([]uint64, c.n))
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%d values from %d, open %t: %v, want %q", c.n, c.min, c.open, err, c.want)
		}
	}
}

// Escapes reach both ends of the 32-bit range, from both ends.
func TestEscapeExtremes(t *testing.T) {
	for _, min := range []int32{math.MinInt32, -1, 0, math.MaxInt32} {
		tab, err := entropy.NewTable(min, []uint64{1}, 0)
		if err != nil {
			t.Fatal(err)
		}
		values := []int32{math.MinInt32, math.MinInt32 + 1, -2, -1, 0, 1, 2, math.MaxInt32 - 1, math.MaxInt32}
		for _, c := range coders() {
			c.enc.PutAll(tab, values)
			c.dec.Reset(c.enc.Finish(nil))
			for _, v := range values {
				if got := c.dec.Get(tab); got != v {
					t.Errorf("%s, table at %d: %d came back as %d", c.name, min, v, got)
				}
			}
			if _, err := c.dec.Finish(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// An escape to a value that the table has, or to none of 32 bits, is corrupt.
func TestEscapeCorrupt(t *testing.T) {
	tab, err := entropy.NewTable(0, []uint64{1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	escaped, err := entropy.NewClosedTable(0, []uint64{1, 1}) // the same steps as tab's
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range coders() {
		for _, script := range [][2]int{{0, 31}, {1, 31}, {1, 32}, {1, 40}} { // side, zeros before the one
			c.enc.Put(escaped, 1)
			c.enc.PutBits(uint32(script[0]), 1)
			for range script[1] {
				c.enc.PutBits(0, 1)
			}
			c.enc.PutBits(1, 1)
			c.enc.PutBits(1<<31-1, 31)
			c.dec.Reset(c.enc.Finish(nil))
			c.dec.Get(tab)
			if err := c.dec.Err(); err != entropy.ErrCorrupt {
				t.Errorf("%s, side %d, %d zeros: %v", c.name, script[0], script[1], err)
			}
		}
	}
}
