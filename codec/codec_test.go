package codec

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
)

// tiny returns a small architecture for images of the given shape.
func tiny(height, width, channels int) Config {
	c := Small(height, width, channels)
	c.Features, c.Blocks, c.Hidden, c.Groups, c.Global, c.Planes = 16, 1, 16, []int{2, 6}, 6, 4
	c.Lambdas = []float64{1, 4, 16}
	return c
}

// untrained returns a codec whose weights nobody has trained, but which are
// such that latents of all sizes occur.
func untrained(t testing.TB, c Config) *Codec {
	t.Helper()
	n := NewNetwork(c, 1)
	r := rand.New(rand.NewPCG(1, 2))
	for _, v := range n.Variables() {
		if len(v.Shape()) < 4 {
			for i := range v.Value().Data {
				v.Value().Data[i] += 0.3 * float32(r.NormFloat64())
			}
		}
	}
	var b bytes.Buffer
	if err := WriteModel(&b, n, make([]float64, len(c.Lambdas))); err != nil {
		t.Fatal(err)
	}
	k, err := Read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// pictures returns n smooth images with a little noise.
func pictures(c Config, n int) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	pix := make([]byte, 0, n*c.Height*c.Width*c.Channels)
	for range n {
		base, dy, dx := r.Float64()*255, r.NormFloat64()*8, r.NormFloat64()*8
		for i := range c.Height * c.Width * c.Channels {
			row, col := i/c.Channels/c.Width, i/c.Channels%c.Width
			v := base + dy*float64(row) + dx*float64(col) + 10*r.NormFloat64()
			pix = append(pix, byte(min(max(v, 0), 255)))
		}
	}
	return pix
}

var shapes = []Config{tiny(28, 28, 1), tiny(8, 8, 3), tiny(33, 18, 1), tiny(64, 40, 3), tiny(128, 128, 1)}

// TestRoundTrip checks that what the decoder sees is what the encoder saw: its
// latents, and so its pixels.
func TestRoundTrip(t *testing.T) {
	for _, c := range shapes {
		k := untrained(t, c)
		pix := pictures(c, 18)
		for _, q := range []int{1, 37, MaxQuality} {
			payload, err := k.Encode(nil, pix, EncodeOptions{Quality: q})
			if err != nil {
				t.Fatal(err)
			}
			coder := newCoder(k, q)
			if _, err := coder.encode(nil, pix, 18, EncodeOptions{Quality: q}); err != nil {
				t.Fatal(err)
			}
			sent := bytes.Clone(coder.known)
			got := make([]byte, len(pix))
			if err := coder.decode(got, payload, 18); err != nil {
				t.Fatalf("%dx%dx%d at quality %d: %v", c.Width, c.Height, c.Channels, q, err)
			}
			if !bytes.Equal(coder.known, sent) {
				t.Errorf("%dx%dx%d at quality %d: other latents arrived", c.Width, c.Height, c.Channels, q)
			}
		}
	}
}

// TestCompany checks that an image decodes to the same pixels in a block of any
// size.
func TestCompany(t *testing.T) {
	c := shapes[0]
	k := untrained(t, c)
	const n = MaxImages
	pix := pictures(c, n)
	size := len(pix) / n
	together := decoded(t, k, pix)
	for _, i := range []int{0, 5, 47, 63} {
		alone := decoded(t, k, pix[i*size:(i+1)*size])
		if !bytes.Equal(alone, together[i*size:(i+1)*size]) {
			t.Errorf("image %d has other pixels alone", i)
		}
	}
	if part := decoded(t, k, pix[:23*size]); !bytes.Equal(part, together[:23*size]) {
		t.Error("23 images have other pixels than among 64")
	}
}

func decoded(t testing.TB, k *Codec, pix []byte) []byte {
	t.Helper()
	payload, err := k.Encode(nil, pix, EncodeOptions{Quality: 60})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(pix))
	if err := k.Decode(got, payload, 60); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestConcurrentUse(t *testing.T) {
	c := shapes[0]
	k := untrained(t, c)
	pix := pictures(c, 3)
	want := decoded(t, k, pix)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 3 {
				if !bytes.Equal(decoded(t, k, pix), want) {
					t.Error("other pixels in company of other goroutines")
				}
			}
		})
	}
	wait.Wait()
}

// TestDamage cuts a payload short at every byte and flips every bit: there is
// an error, or pixels, but no panic; and every cut gives an error.
func TestDamage(t *testing.T) {
	c := tiny(16, 16, 1)
	k := untrained(t, c)
	pix := pictures(c, 2)
	payload, err := k.Encode(nil, pix, EncodeOptions{Quality: 50})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(pix))
	for i := range payload {
		if err := k.Decode(got, payload[:i], 50); !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut after %d bytes of %d: %v", i, len(payload), err)
		}
	}
	if err := k.Decode(got, append(bytes.Clone(payload), 0), 50); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a byte too many: %v", err)
	}
	for bit := range 8 * len(payload) {
		damaged := bytes.Clone(payload)
		damaged[bit/8] ^= 1 << (bit % 8)
		if err := k.Decode(got, damaged, 50); err != nil && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrCorrupt) {
			t.Errorf("bit %d flipped: %v", bit, err)
		}
	}
}

func TestMistakes(t *testing.T) {
	c := tiny(16, 16, 1)
	k := untrained(t, c)
	image := make([]byte, 256)
	for name, call := range map[string]func() error{
		"no images":       func() error { _, err := k.Encode(nil, nil, EncodeOptions{Quality: 50}); return err },
		"half an image":   func() error { _, err := k.Encode(nil, image[:128], EncodeOptions{Quality: 50}); return err },
		"65 images":       func() error { _, err := k.Encode(nil, make([]byte, 65*256), EncodeOptions{Quality: 50}); return err },
		"quality 0":       func() error { _, err := k.Encode(nil, image, EncodeOptions{}); return err },
		"quality 101":     func() error { return k.Decode(image, nil, 101) },
		"decode no image": func() error { return k.Decode(nil, nil, 50) },
	} {
		if call() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestFactorised checks that a codec without context codes each image without
// regard to others and round-trips too.
func TestFactorised(t *testing.T) {
	c := tiny(28, 28, 1)
	c.Factorised, c.Global = true, 0
	k := untrained(t, c)
	pix := pictures(c, 17)
	decoded(t, k, pix)
}

// TestFallback stores noise, which no codec expects, among pictures: it comes
// back exactly, and they as they would have without it.
func TestFallback(t *testing.T) {
	c := shapes[0]
	k := untrained(t, c)
	pix := pictures(c, 20)
	size := len(pix) / 20
	r := rand.New(rand.NewPCG(5, 6))
	for _, image := range []int{0, 17} {
		for i := range size {
			pix[image*size+i] = byte(r.Uint32())
		}
	}
	coder := newCoder(k, 60)
	coder.start(20)
	if err := coder.analyse(pix, 20); err != nil {
		t.Fatal(err)
	}
	coder.lossless[0], coder.lossless[17] = true, true
	if err := coder.putLatents(20); err != nil {
		t.Fatal(err)
	}
	coder.putLossless(pix, 20)
	want := decoded(t, k, pix)
	got := make([]byte, len(pix))
	if err := k.Decode(got, coder.message.Finish(nil), 60); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		w := want[i*size : (i+1)*size]
		if i%17 == 0 {
			w = pix[i*size : (i+1)*size]
		}
		if !bytes.Equal(got[i*size:(i+1)*size], w) {
			t.Errorf("image %d came back otherwise", i)
		}
	}
}

func TestChooseLossless(t *testing.T) {
	k := &coder{lossless: make([]bool, 3)}
	k.bits = []float64{100, 401, 400}
	if !k.chooseLossless(400) || k.lossless[0] || !k.lossless[1] || k.lossless[2] {
		t.Errorf("without latents: %v", k.lossless)
	}
	if k.chooseLossless(1000) {
		t.Error("an image is said to take too many bits that does not")
	}
}

// TestRefinementPays checks that refined latents cost less, in bits and
// distortion, and decode to what the encoder meant.
func TestRefinementPays(t *testing.T) {
	c := shapes[0]
	k := untrained(t, c)
	const n, q = 20, 60
	pix := pictures(c, n)
	cost := func(effort int) (sum float64) {
		payload, err := k.Encode(nil, pix, EncodeOptions{Quality: q, Effort: effort})
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(pix))
		if err := k.Decode(got, payload, q); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			d := float64(got[i]) - float64(pix[i])
			sum += d * d
		}
		return 8*float64(len(payload)) + k.Lambda(q)*sum/float64(len(pix)/n)
	}
	plain := cost(0)
	if refined := cost(8); refined >= plain {
		t.Errorf("refined latents cost %.0f bits, plain ones %.0f", refined, plain)
	}
}
