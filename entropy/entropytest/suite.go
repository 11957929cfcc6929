// Package entropytest is the conformance suite for coders with the interfaces
// of package entropy.
package entropytest

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hourglass-codec/hourglass/entropy"
)

// A Coder is what is tested.
type Coder struct {
	NewEncoder func() entropy.Encoder
	NewDecoder func() entropy.Decoder

	// Overhead is how many bytes a message may exceed the ideal length by, and
	// MeanOverhead by how many on average. A part of 0.00001 is allowed besides.
	Overhead, MeanOverhead float64

	// Golden is a directory of messages that never change. Update writes them.
	Golden string
	Update bool
}

// Test runs the suite.
func Test(t *testing.T, c Coder) {
	for _, s := range sources() {
		t.Run(s.name, func(t *testing.T) {
			t.Run("RoundTrip", func(t *testing.T) { c.testRoundTrip(t, s) })
			t.Run("Grouping", func(t *testing.T) { c.testGrouping(t, s) })
			t.Run("Overhead", func(t *testing.T) { c.testOverhead(t, s) })
			t.Run("Truncated", func(t *testing.T) { c.testTruncated(t, s) })
			t.Run("Flipped", func(t *testing.T) { c.testFlipped(t, s) })
			t.Run("Garbage", func(t *testing.T) { c.testGarbage(t, s) })
			t.Run("Golden", func(t *testing.T) { c.testGolden(t, s) })
		})
	}
	t.Run("MeanOverhead", c.testMeanOverhead)
	t.Run("Allocations", c.testAllocations)
	t.Run("Sequence", c.testSequence)
	t.Run("ClosedTable", c.testClosedTable)
	t.Run("Reset", c.testReset)
}

func (c Coder) encode(m message) []byte {
	e := c.NewEncoder()
	m.put(e)
	return e.Finish(nil)
}

func (c Coder) decode(m message, data []byte) (got message, n int, err error) {
	d := c.NewDecoder()
	d.Reset(data)
	got = m.get(d)
	n, err = d.Finish()
	return got, n, err
}

var lengths = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 100, 1000, 5003}

func (c Coder) testRoundTrip(t *testing.T, s source) {
	for _, n := range lengths {
		m := s.message(n)
		data := c.encode(m)
		for _, tail := range []string{"", "\x00", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
			got, used, err := c.decode(m, append(slices.Clone(data), tail...))
			if err != nil || used != len(data) {
				t.Fatalf("%d items before %q: used %d of %d bytes, %v", n, tail, used, len(data), err)
			}
			if i := firstDifference(got, m); i >= 0 {
				t.Fatalf("%d items: item %d is %v, want %v", n, i, got.items[i], m.items[i])
			}
		}
	}
}

func firstDifference(a, b message) int {
	for i := range a.items {
		if a.items[i] != b.items[i] {
			return i
		}
	}
	return -1
}

// testGrouping checks that the bulk calls equal single ones, in any division.
func (c Coder) testGrouping(t *testing.T, s source) {
	m := s.message(3000)
	ctx, values, ok := m.symbols()
	if !ok {
		return
	}
	want := c.encode(m)
	r := rand.New(rand.NewPCG(3, 4))
	e, d := c.NewEncoder(), c.NewDecoder()
	d.Reset(want)
	got := make([]int32, len(values))
	for i := 0; i < len(values); {
		j := min(i+r.IntN(60), len(values))
		if m.set.Len() == 1 && r.IntN(2) == 0 {
			e.PutAll(m.set.Table(0), values[i:j])
			d.GetAll(m.set.Table(0), got[i:j])
		} else {
			e.PutEach(m.set, ctx[i:j], values[i:j])
			d.GetEach(m.set, ctx[i:j], got[i:j])
		}
		i = j
	}
	if data := e.Finish(nil); !bytes.Equal(data, want) {
		t.Errorf("the bytes depend on the grouping of calls")
	}
	if n, err := d.Finish(); err != nil || n != len(want) || !slices.Equal(got, values) {
		t.Errorf("decoded in groups: %d of %d bytes, %v, equal: %t", n, len(want), err, slices.Equal(got, values))
	}
}

func (c Coder) testOverhead(t *testing.T, s source) {
	for _, n := range append(lengths, 100_000) {
		m := s.message(n)
		size, ideal := float64(len(c.encode(m))), m.ideal()/8
		if size > ideal*1.00001+c.Overhead {
			t.Errorf("%d items take %.0f bytes, ideally %.2f", n, size, ideal)
		}
		// No message can be shorter than what its items narrow the interval to.
		if size < ideal*0.99999-1e-6 {
			t.Errorf("%d items take %.0f bytes, less than their %.2f", n, size, ideal)
		}
	}
}

func (c Coder) testTruncated(t *testing.T, s source) {
	for _, n := range []int{1, 2, 5, 30, 200} {
		m := s.message(n)
		data := c.encode(m)
		for i := range data {
			_, _, err := c.decode(m, data[:i:i])
			if !errors.Is(err, entropy.ErrTruncated) && !errors.Is(err, entropy.ErrCorrupt) {
				t.Fatalf("%d items cut from %d bytes to %d: %v", n, len(data), i, err)
			}
		}
	}
}

func (c Coder) testFlipped(t *testing.T, s source) {
	for _, n := range []int{1, 5, 60} {
		m := s.message(n)
		data := c.encode(m)
		for i := range 8 * len(data) {
			bad := slices.Clone(data)
			bad[i/8] ^= 1 << (i % 8)
			got, err := c.check(t, m, bad)
			if err == nil && firstDifference(got, m) < 0 {
				t.Fatalf("bit %d of %d bytes does not matter", i, len(data))
			}
		}
	}
}

// check decodes any bytes: to an error, or to the items that the encoder makes
// just these bytes of.
func (c Coder) check(t *testing.T, m message, data []byte) (message, error) {
	t.Helper()
	got, n, err := c.decode(m, data)
	switch {
	case err == nil:
		if again := c.encode(got); !bytes.Equal(again, data[:n]) {
			t.Fatalf("% x decodes without an error to what is coded as % x", data[:n], again)
		}
	case !errors.Is(err, entropy.ErrTruncated) && !errors.Is(err, entropy.ErrCorrupt):
		t.Fatalf("%v is neither ErrTruncated nor ErrCorrupt", err)
	}
	return got, err
}

func (c Coder) testGarbage(t *testing.T, s source) {
	r := rand.New(rand.NewPCG(5, 6))
	m := s.message(100)
	for range 500 {
		data := make([]byte, r.IntN(120))
		for i := range data {
			data[i] = byte(r.Uint32() >> r.IntN(32))
		}
		if _, err := c.check(t, m, data); err == nil {
			continue
		}
		d := c.NewDecoder()
		d.Reset(data)
		m.get(d)
		first := d.Err()
		m.get(d)
		if first != nil && d.Err() != first {
			t.Fatalf("the error changed from %v to %v", first, d.Err())
		}
	}
}

func (c Coder) testGolden(t *testing.T, s source) {
	m := s.message(120)
	path := filepath.Join(c.Golden, s.name+".bin")
	data := c.encode(m)
	if c.Update {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("the format has changed: coded as % x, before as % x", data, want)
	}
	got, n, err := c.decode(m, want)
	if err != nil || n != len(want) || firstDifference(got, m) >= 0 {
		t.Errorf("a message of old decodes with %d of %d bytes, %v, differing at item %d", n, len(want), err, firstDifference(got, m))
	}
}

func (c Coder) testMeanOverhead(t *testing.T) {
	s, total := sources()[bell], 0.0
	const messages = 400
	for n := range messages {
		m := s.message(20 + n/4)
		total += float64(len(c.encode(m))) - m.ideal()/8
	}
	mean := total / messages
	t.Logf("%.3f bytes above the ideal on average", mean)
	if mean > c.MeanOverhead {
		t.Errorf("messages exceed the ideal by %.2f bytes on average, more than %.2f", mean, c.MeanOverhead)
	}
}

func (c Coder) testAllocations(t *testing.T) {
	var contexts source
	for _, s := range sources() {
		if s.name == "contexts" {
			contexts = s
		}
	}
	ctx, values, _ := contexts.message(1000).symbols()
	e, d := c.NewEncoder(), c.NewDecoder()
	var data []byte
	got := make([]int32, len(values))
	n := testing.AllocsPerRun(10, func() {
		e.PutEach(contexts.set, ctx, values)
		e.PutBits(5, 3)
		data = e.Finish(data[:0])
		d.Reset(data)
		d.GetEach(contexts.set, ctx, got)
		d.GetBits(3)
	})
	if _, err := d.Finish(); err != nil || !slices.Equal(got, values) {
		t.Errorf("decoding: %v", err)
	}
	if n != 0 {
		t.Errorf("%.0f allocations a message", n)
	}
}

// testSequence checks that messages can be read one after another.
func (c Coder) testSequence(t *testing.T) {
	var data []byte
	e := c.NewEncoder()
	for _, s := range sources() {
		s.message(50).put(e)
		data = e.Finish(data)
	}
	d := c.NewDecoder()
	for _, s := range sources() {
		m := s.message(50)
		d.Reset(data)
		got := m.get(d)
		n, err := d.Finish()
		if err != nil || firstDifference(got, m) >= 0 {
			t.Fatalf("%s: %v, differs at %d", s.name, err, firstDifference(got, m))
		}
		data = data[n:]
	}
	if len(data) != 0 {
		t.Errorf("%d bytes left over", len(data))
	}
}

func (c Coder) testClosedTable(t *testing.T) {
	for _, v := range []int32{-1, 2, -1 << 31, 1<<31 - 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("no panic for %d in a closed table of 0 and 1", v)
				}
			}()
			c.NewEncoder().Put(tables().Table(skewed), v)
		}()
	}
}

func (c Coder) testReset(t *testing.T) {
	e := c.NewEncoder()
	e.PutBits(1234567, 32)
	e.Reset()
	e.PutBits(5, 7)
	want := c.NewEncoder()
	want.PutBits(5, 7)
	if got, want := e.Finish([]byte("abc")), want.Finish([]byte("abc")); !bytes.Equal(got, want) {
		t.Errorf("after Reset % x, want % x", got, want)
	}
}

// Fuzz decodes arbitrary bytes: the first few say what is to be decoded from
// the rest. Whatever decodes without an error must be what the encoder writes.
func Fuzz(f *testing.F, c Coder) {
	list := sources()
	for i, s := range list {
		for _, n := range []int{1, 25, 200} {
			f.Add(byte(i), uint16(n), c.encode(s.message(n)))
		}
	}
	f.Fuzz(func(t *testing.T, which byte, n uint16, data []byte) {
		s := list[int(which)%len(list)]
		c.check(t, s.message(int(n%2048)), data)
	})
}

// FuzzRoundTrip codes arbitrary items by an arbitrary table.
func FuzzRoundTrip(f *testing.F, c Coder) {
	f.Add(int32(0), []byte{1, 2, 3}, byte(1), []byte("\x00\x01\x02\x00\x05"))
	f.Add(int32(-5), []byte{0, 0, 255, 7}, byte(0), []byte("abcdefghijklmnopqrstuvwxyz"))
	f.Add(int32(1<<31-4), []byte{9, 1, 1}, byte(200), []byte("\xff\x00\xff\x80\x7f"))
	f.Fuzz(func(t *testing.T, min int32, weights []byte, escape byte, script []byte) {
		m, err := scripted(min, weights, escape, script)
		if err != nil {
			return
		}
		data := c.encode(m)
		got, n, err := c.decode(m, data)
		if err != nil || n != len(data) {
			t.Fatalf("used %d of %d bytes: %v", n, len(data), err)
		}
		if i := firstDifference(got, m); i >= 0 {
			t.Fatalf("item %d is %v, want %v", i, got.items[i], m.items[i])
		}
		if limit := m.ideal()/8*1.00001 + c.Overhead; float64(len(data)) > limit {
			t.Fatalf("%d bytes, more than %.2f", len(data), limit)
		}
	})
}

// scripted makes an item of each two bytes of the script.
func scripted(min int32, weights []byte, escape byte, script []byte) (message, error) {
	w := make([]uint64, len(weights))
	for i, v := range weights {
		w[i] = 1 << (v % 64) * uint64(v/64)
	}
	table, err := entropy.NewTable(min, w, uint64(escape))
	if err != nil {
		return message{}, err
	}
	m := message{set: entropy.NewSet(table)}
	for ; len(script) >= 2; script = script[2:] {
		v := int64(script[1])
		switch k := kind(script[0] % byte(numKinds)); k {
		case symbol:
			m.items = append(m.items, item{k, 0, int64(int32(int64(min) + (v-64)<<(script[0]/8)))})
		case plain:
			m.items = append(m.items, item{k, 8 + int(script[0]/16), v})
		case adaptive:
			m.items = append(m.items, item{k, int(v>>1) % numBits, v & 1})
		case tree:
			m.items = append(m.items, item{k, 0, v % (1 << treeBits)})
		case number:
			m.items = append(m.items, item{k, 0, v << (script[0] / 16)})
		}
	}
	return m, nil
}
