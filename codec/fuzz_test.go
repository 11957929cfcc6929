package codec

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"time"
)

// smallest returns an architecture of few weights.
func smallest() Config {
	c := tiny(8, 8, 1)
	c.Features, c.Hidden, c.Groups, c.Global, c.Planes, c.Blocks = 2, 2, []int{1, 1}, 1, 1, 1
	c.Lambdas = []float64{1, 2}
	return c
}

// FuzzRead reads any bytes as a model: it is refused, or it encodes and decodes.
func FuzzRead(f *testing.F) {
	f.Add(untrained(f, smallest()).File())
	factorised := smallest()
	factorised.Factorised, factorised.Global = true, 0
	f.Add(untrained(f, factorised).File())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := Read(file)
		if err != nil {
			if !errors.Is(err, ErrModel) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		pix := make([]byte, c.Config().Height*c.Config().Width*c.Config().Channels)
		for i := range pix {
			pix[i] = byte(i * i)
		}
		payload, err := c.Encode(nil, pix, EncodeOptions{Quality: 50})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Decode(pix, payload, 50); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzDecode decodes any bytes: there are pixels or an error of a known kind.
func FuzzDecode(f *testing.F) {
	c := untrained(f, smallest())
	for n := 1; n <= 3; n++ {
		pix := pictures(c.Config(), n)
		for _, q := range []int{1, 100} {
			payload, err := c.Encode(nil, pix, EncodeOptions{Quality: q})
			if err != nil {
				f.Fatal(err)
			}
			f.Add(payload, byte(n), byte(q))
		}
	}
	k := newCoder(c, 10)
	f.Add(withoutLatents(f, k, pictures(c.Config(), 2)), byte(2), byte(10))
	f.Fuzz(func(t *testing.T, payload []byte, n, quality byte) {
		pix := make([]byte, 64*(1+int(n)%4))
		q := 1 + int(quality)%MaxQuality
		err := c.Decode(pix, payload, q)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		again := make([]byte, len(pix))
		if err := c.Decode(again, payload, q); err != nil || !bytes.Equal(pix, again) {
			t.Fatalf("decoded again: %v, equal: %v", err, bytes.Equal(pix, again))
		}
	})
}

// withoutLatents returns a payload of images stored without loss.
func withoutLatents(t testing.TB, k *coder, pix []byte) []byte {
	n := len(pix) / 64
	k.start(n)
	if err := k.analyse(pix, n); err != nil {
		t.Fatal(err)
	}
	for i := range k.lossless {
		k.lossless[i] = true
	}
	if err := k.putLatents(n); err != nil {
		t.Fatal(err)
	}
	k.putLossless(pix, n)
	return k.message.Finish(nil)
}

// TestHostilePayload decodes few bytes that claim to be a whole block: that is
// found out, or the images are small enough.
func TestHostilePayload(t *testing.T) {
	c := untrained(t, Small(28, 28, 1))
	pix := make([]byte, MaxImages*28*28)
	for _, fill := range []byte{0, 0x55, 0xff} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		err := c.Decode(pix, bytes.Repeat([]byte{fill}, 80), 100)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) {
			t.Errorf("bytes %#x: %v", fill, err)
		}
		n := after.TotalAlloc - before.TotalAlloc
		if n > 16<<20 {
			t.Errorf("bytes %#x: %d bytes allocated", fill, n)
		}
		t.Logf("bytes %#x: %d bytes allocated in %v", fill, n, took)
	}
}
