package hourglass

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// picture returns an image that is like no other, grey or in colour.
func picture(m *Model, number int) image.Image {
	rng := rand.New(rand.NewPCG(uint64(number), 1))
	pix := make([]byte, m.shape.Bytes())
	for i := range pix {
		pix[i] = byte(20*i/m.shape.Width + 13*number + rng.IntN(9))
	}
	return imageOf(pix, m.shape)
}

// encoded returns an .hgi file of picture 0.
func encoded(t testing.TB, m *Model, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, picture(m, 0), &Options{Model: m, Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEncode(t *testing.T) {
	for _, m := range []*Model{untrained(t, 8, 12, 1, 1), untrained(t, 9, 8, 3, 1)} {
		var file bytes.Buffer
		if err := Encode(&file, picture(m, 0), &Options{Model: m, Quality: 100}); err != nil {
			t.Fatal(err)
		}
		data := file.Bytes()
		config, err := DecodeConfig(bytes.NewReader(data))
		if err != nil || config != m.Config() {
			t.Errorf("%v: %+v, %v", m, config, err)
		}
		o := &DecodeOptions{Models: []*Model{m}}
		got, err := DecodeWith(iotest.OneByteReader(&file), o)
		if err != nil {
			t.Fatal(err)
		}
		if got.ColorModel() != config.ColorModel || got.Bounds() != image.Rect(0, 0, config.Width, config.Height) {
			t.Errorf("%v: an image of %v", m, got.Bounds())
		}
		again, err := DecodeWith(bytes.NewReader(data), o)
		if err != nil || !samePixels(got, again) {
			t.Errorf("%v: decoded twice, other pixels, %v", m, err)
		}
		if head := len(data) - payloadSize(t, data); head > 16 {
			t.Errorf("%v: %d bytes around the payload", m, head)
		}
	}
}

func payloadSize(t *testing.T, data []byte) int {
	t.Helper()
	m, err := container.ReadImage(bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	return len(m.Payload)
}

func samePixels(a, b image.Image) bool {
	return a.Bounds() == b.Bounds() && bytes.Equal(appendPix(nil, a, 3), appendPix(nil, b, 3))
}

func TestQuality(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	if !bytes.Equal(encoded(t, m, 0), encoded(t, m, DefaultQuality)) {
		t.Error("0 is not the default quality")
	}
	if bytes.Equal(encoded(t, m, MinQuality), encoded(t, m, MaxQuality)) {
		t.Error("quality makes no difference")
	}
}

// What the model is not for at all is stored without loss, if that is asked for.
func TestLosslessFallback(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	noise := image.NewGray(image.Rect(0, 0, 8, 8))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(rng.Uint32())
	}
	for _, fallback := range []bool{false, true} {
		var b bytes.Buffer
		if err := Encode(&b, noise, &Options{Model: m, Quality: 20, LosslessFallback: fallback}); err != nil {
			t.Fatal(err)
		}
		got, err := DecodeWith(&b, &DecodeOptions{Models: []*Model{m}})
		if err != nil || samePixels(got, noise) != fallback {
			t.Errorf("fallback %t, the same pixels: %t, %v", fallback, samePixels(got, noise), err)
		}
	}
	o := ArchiveOptions{Model: m, Quality: 20, LosslessFallback: true}
	var b bytes.Buffer
	w, err := NewArchiveWriter(&b, &o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(noise, Info{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, &memFile{b.Bytes()}, &DecodeOptions{Models: []*Model{m}}).At(0); err != nil || !samePixels(got, noise) {
		t.Errorf("in an archive: other pixels, %v", err)
	}
}

func TestEncodeMistakes(t *testing.T) {
	m := untrained(t, 8, 12, 1, 1)
	right := picture(m, 0)
	for _, test := range []struct {
		img  image.Image
		o    *Options
		want string
	}{
		{right, nil, "no model"},
		{right, &Options{}, "no model"},
		{right, &Options{Model: m, Quality: 101}, "quality 101: it must be from 1 to 100"},
		{right, &Options{Model: m, Quality: -1}, "quality -1"},
		{image.NewGray(image.Rect(0, 0, 8, 12)), &Options{Model: m}, "8x12 pixels; the model is for images of 12x8"},
	} {
		var b bytes.Buffer
		err := Encode(&b, test.img, test.o)
		if err == nil || !strings.Contains(err.Error(), test.want) || b.Len() > 0 {
			t.Errorf("%+v: %v, and %d bytes", test.o, err, b.Len())
		}
	}
	var size *SizeError
	err := Encode(new(bytes.Buffer), image.NewGray(image.Rect(5, 5, 6, 6)), &Options{Model: m})
	if !errors.As(err, &size) || size.Size != image.Pt(1, 1) || size.Model != m {
		t.Errorf("%v", err)
	}
}

// The pixels that a model is given do not depend on how an image is stored.
func TestAppendPix(t *testing.T) {
	const w, h = 6, 4
	big := image.Rect(-3, -2, w+5, h+2)
	part := image.Rect(1, 1, 1+w, 1+h)
	gray := image.NewGray(big)
	rgba, nrgba, nrgba64 := image.NewRGBA(big), image.NewNRGBA(big), image.NewNRGBA64(big)
	for i := range gray.Pix {
		gray.Pix[i] = byte(7 * i)
		x, y := i%big.Dx()-3, i/big.Dx()-2
		c := color.RGBA{byte(3 * i), byte(5 * i), byte(7 * i), 255}
		for _, m := range []draw.Image{rgba, nrgba, nrgba64} {
			m.Set(x, y, c)
		}
	}
	var luma, tripled []byte
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			luma = append(luma, color.GrayModel.Convert(rgba.At(x, y)).(color.Gray).Y)
			g := gray.GrayAt(x, y).Y
			tripled = append(tripled, g, g, g)
		}
	}
	colours := appendPix(nil, rgba.SubImage(part), 3)
	for _, m := range []image.Image{nrgba.SubImage(part), nrgba64.SubImage(part)} {
		if !bytes.Equal(appendPix(nil, m, 3), colours) {
			t.Errorf("%T: other colours", m)
		}
		if !bytes.Equal(appendPix(nil, m, 1), luma) {
			t.Errorf("%T: another luma", m)
		}
	}
	if got := appendPix(nil, gray.SubImage(part), 3); !bytes.Equal(got, tripled) {
		t.Error("a grey image is not grey in three channels")
	}
	rows := image.Rect(big.Min.X, 0, big.Max.X, 2) // of the whole width: the stride is right
	if got := appendPix(nil, rgba.SubImage(rows), 3); !bytes.Equal(got, appendPix(nil, nrgba.SubImage(rows), 3)) {
		t.Error("whole rows of an RGBA have other colours")
	}
}

func TestTransparency(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	m.SetNRGBA(1, 0, color.NRGBA{200, 100, 0, 255})
	m.SetNRGBA(2, 0, color.NRGBA{0, 0, 0, 128})
	want := []byte{255, 255, 255, 200, 100, 0, 127, 127, 127}
	if got := appendPix(nil, m, 3); !bytes.Equal(got, want) {
		t.Errorf("%d, want %d", got, want)
	}
	rgba := image.NewRGBA(m.Rect)
	draw.Draw(rgba, m.Rect, m, image.Point{}, draw.Src)
	if got := appendPix(nil, rgba, 3); !bytes.Equal(got, want) {
		t.Errorf("RGBA: %d, want %d", got, want)
	}
}

func TestEmbeddedModel(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	var b bytes.Buffer
	if err := Encode(&b, picture(m, 0), &Options{Model: m, EmbedModel: true}); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	want, err := DecodeWith(bytes.NewReader(encoded(t, m, 0)), &DecodeOptions{Models: []*Model{m}})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []*DecodeOptions{nil, {Models: []*Model{m}}} {
		if got, err := DecodeWith(bytes.NewReader(data), o); err != nil || !samePixels(got, want) {
			t.Errorf("%+v: other pixels, %v", o, err)
		}
	}
	if _, err := DecodeWith(bytes.NewReader(data), &DecodeOptions{IgnoreEmbedded: true}); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("the model inside was used: %v", err)
	}
	if _, err := DecodeWith(bytes.NewReader(data), &DecodeOptions{Limits: Limits{MaxModel: len(m.File()) - 1}}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
}

// What names a model but is not of its shape, or holds what is no model, was
// not made by this package.
func TestForgedImages(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	noModel := []byte("no model")
	for name, forged := range map[string]*container.Image{
		"another shape":     {Model: m.id.Short(), Shape: container.Shape{Width: 9, Height: 8, Channels: 1}, Quality: 50},
		"another quality":   {Model: m.id.Short(), Shape: m.shape, Quality: 0},
		"no payload":        {Model: m.id.Short(), Shape: m.shape, Quality: 50},
		"no model":          {Model: container.IDOf(noModel).Short(), Shape: m.shape, Quality: 50, Chunks: []container.Chunk{{Type: container.ChunkModel, Data: noModel}}},
		"another's model":   {Model: m.id.Short(), Shape: m.shape, Quality: 50, Chunks: []container.Chunk{{Type: container.ChunkModel, Data: noModel}}},
		"much too large":    {Model: m.id.Short(), Shape: container.Shape{Width: 65535, Height: 65535, Channels: 3}, Quality: 50},
		"a thread of model": {Model: m.id.Short(), Shape: container.Shape{Width: 65535, Height: 1, Channels: 1}, Quality: 50},
	} {
		var b bytes.Buffer
		if err := container.WriteImage(&b, forged); err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeWith(&b, &DecodeOptions{Models: []*Model{m}}); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Any flipped bit and any cut give an error of a kind, never an image.
func TestImageDamage(t *testing.T) {
	m := untrained(t, 8, 8, 1, 1)
	o := &DecodeOptions{Models: []*Model{m}}
	data := encoded(t, m, 50)
	check := func(bad []byte, what string, at int) {
		if img, err := DecodeWith(bytes.NewReader(bad), o); img != nil || !typed(err) {
			t.Fatalf("%s at %d: %v", what, at, err)
		}
		if _, err := DecodeConfig(bytes.NewReader(bad)); err != nil && !typed(err) {
			t.Fatalf("%s at %d: DecodeConfig: %v", what, at, err)
		}
	}
	for n := range data {
		check(data[:n], "cut", n)
	}
	for bit := range 8 * len(data) {
		bad := bytes.Clone(data)
		bad[bit/8] ^= 1 << (bit % 8)
		check(bad, "bit", bit)
	}
	check(append(bytes.Clone(data), 0), "more", len(data))
}

// Errors of the reader below are passed on.
func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	if _, err := Decode(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("Decode: %v", err)
	}
	if _, err := DecodeConfig(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("DecodeConfig: %v", err)
	}
}
