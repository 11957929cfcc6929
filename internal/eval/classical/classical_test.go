package classical

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/eval"
)

// noise is a set of n images of random pixels.
func noise(n, height, width, channels int) *dataset.Set {
	s := &dataset.Set{Name: "noise", N: n, H: height, W: width, C: channels}
	s.Pixels = make([]uint8, n*s.Size())
	r := rand.New(rand.NewPCG(uint64(n), 1))
	for i := range s.Pixels {
		s.Pixels[i] = uint8(r.Uint32())
	}
	return s
}

// glyphs is a set of n grey images of characters.
func glyphs(t *testing.T, n int) *dataset.Set {
	t.Helper()
	split, err := dataset.Glyphs(t.Context(), dataset.GlyphOptions{Train: 1, Test: n})
	if err != nil {
		t.Fatal(err)
	}
	return split.Test
}

// exact is PNG behind a header of 9 bytes with the file's length, and a
// trailer of 3.
var exact = Format{
	Name:     "exact",
	Settings: []eval.Setting{{}},
	Encode: func(_ context.Context, m image.Image, _ eval.Setting) ([]byte, error) {
		w := bytes.NewBuffer([]byte("magic\x00\x00\x00\x00"))
		if err := png.Encode(w, m); err != nil {
			return nil, err
		}
		w.WriteString("end")
		binary.BigEndian.PutUint32(w.Bytes()[5:], uint32(w.Len()-11))
		return w.Bytes(), nil
	},
	Decode: func(_ context.Context, data []byte) (image.Image, error) {
		if n := binary.BigEndian.Uint32(data[5:]); int(n) != len(data)-11 || !bytes.HasSuffix(data, []byte("end")) {
			return nil, fmt.Errorf("damaged: %d bytes, not %d", len(data), n+11)
		}
		return png.Decode(bytes.NewReader(data[9:]))
	},
}

func TestArrangementsAreExact(t *testing.T) {
	for _, images := range []*dataset.Set{
		noise(1, 28, 28, 1), noise(7, 28, 28, 1), noise(100, 9, 17, 1), noise(37, 8, 12, 3), noise(300, 300, 250, 1),
	} {
		codecs := []eval.Codec{Files(exact), Mosaics(exact)}
		if images.N >= enough {
			codecs = append(codecs, Headerless(exact))
		}
		for _, c := range codecs {
			packed, err := c.Pack(t.Context(), images, eval.Setting{})
			if err != nil {
				t.Fatal(err)
			}
			pixels := make([]uint8, len(images.Pixels))
			if err := packed.Unpack(t.Context(), pixels); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(pixels, images.Pixels) {
				t.Errorf("%s of %d images: other pixels", c.Info().Name, images.N)
			}
		}
	}
}

func TestHeaderlessBytes(t *testing.T) {
	images := noise(50, 9, 17, 1)
	whole, err := Files(exact).Pack(t.Context(), images, eval.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	less, err := Headerless(exact).Pack(t.Context(), images, eval.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	if whole.Shared() != 0 || whole.Bytes() != less.Bytes()+50*less.Shared() {
		t.Errorf("%d bytes whole, %d without the %d in common", whole.Bytes(), less.Bytes(), less.Shared())
	}
	// Header, PNG signature and header chunk, the last chunk and the trailer.
	if less.Shared() < 9+8+25+12+3 {
		t.Errorf("only %d bytes in common", less.Shared())
	}
}

func TestStrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var files, own [][]byte
	for range 30 {
		payload := make([]byte, 150+r.IntN(600))
		for i := range payload {
			payload[i] = uint8(r.Uint32())
		}
		own = append(own, payload)
		file := []byte("HEAD")
		file = binary.LittleEndian.AppendUint32(file, uint32(len(payload)+5))
		file = append(file, "more"...)
		file = binary.BigEndian.AppendUint32(file, uint32(len(payload)))
		files = append(files, append(append(file, payload...), "TAIL"...))
	}
	whole := slices.Clone(files)
	c, err := strip(files)
	if err != nil {
		t.Fatal(err)
	}
	if c.size() != 20 {
		t.Errorf("%d bytes in common, want 20", c.size())
	}
	for i, rest := range files {
		if !bytes.Equal(rest, own[i]) {
			t.Fatalf("file %d: %d bytes are left, want its %d", i, len(rest), len(own[i]))
		}
		if !bytes.Equal(c.restore(rest), whole[i]) {
			t.Fatalf("file %d is not restored", i)
		}
	}
}

func TestStripTooFew(t *testing.T) {
	if _, err := strip(make([][]byte, enough-1)); !errors.Is(err, errTooFew) {
		t.Error(err)
	}
}

func TestMosaicGrid(t *testing.T) {
	for _, test := range []struct {
		n, height, width int
		want             grid
		files            int
	}{
		{1000, 28, 28, grid{25, 40}, 1},
		{3600, 28, 28, grid{60, 60}, 1},
		{10000, 28, 28, grid{73, 73}, 2},
		{1, 28, 28, grid{1, 1}, 1},
		{13, 28, 28, grid{4, 4}, 1}, // a prime number: three blanks
		{5000, 128, 128, grid{16, 16}, 20},
		{70000, 28, 28, grid{73, 73}, 14},
		{3, 5000, 10, grid{1, 3}, 1},
	} {
		g := mosaicGrid(test.n, test.height, test.width)
		if g != test.want || g.count(test.n) != test.files {
			t.Errorf("%d images of %dx%d: %v in %d files, want %v in %d",
				test.n, test.width, test.height, g, g.count(test.n), test.want, test.files)
		}
	}
}

// TestMosaicPlaces checks the layout of the fourth of five images.
func TestMosaicPlaces(t *testing.T) {
	images := noise(5, 4, 6, 1)
	m := grid{2, 3}.mosaic(images, 0).(*image.Gray)
	if m.Rect != image.Rect(0, 0, 18, 8) {
		t.Fatalf("bounds %v", m.Rect)
	}
	if got, want := m.GrayAt(2, 5).Y, images.Pix(3)[1*6+2]; got != want {
		t.Errorf("pixel %d, want %d", got, want)
	}
	if got := m.GrayAt(17, 7).Y; got != 0 {
		t.Errorf("blank is %d", got)
	}
}

func TestSplitSize(t *testing.T) {
	images := noise(4, 4, 6, 1)
	if err := (grid{2, 2}).split(images, 0, image.NewGray(image.Rect(0, 0, 12, 7))); err == nil {
		t.Error("a mosaic that is too low was taken")
	}
}

func TestFromImage(t *testing.T) {
	samples := []uint8{0, 100, 255, 7, 8, 9}
	got := make([]uint8, 6)
	fromImage(got, toImage(samples, 3, 2, 1), 1)
	if !slices.Equal(got, samples) {
		t.Errorf("grey: %v", got)
	}
	fromImage(got, toImage(samples, 2, 1, 3), 3)
	if !slices.Equal(got, samples) {
		t.Errorf("RGB: %v", got)
	}
	rgba := image.NewRGBA(image.Rect(0, 0, 3, 2))
	luma := image.NewYCbCr(rgba.Rect, image.YCbCrSubsampleRatio420)
	for i, v := range samples {
		rgba.Set(i%3, i/3, color.Gray{Y: v})
		luma.Y[i/3*luma.YStride+i%3] = v
	}
	for _, m := range []image.Image{rgba, luma} {
		clear(got)
		fromImage(got, m, 1)
		if !slices.Equal(got, samples) {
			t.Errorf("%T: %v", m, got)
		}
	}
}

// TestFormats measures every format that is there on characters: the error
// must fall, and the size grow, from the worst to the best setting.
func TestFormats(t *testing.T) {
	images := glyphs(t, 100)
	for _, f := range Formats(false) {
		t.Run(f.Name, func(t *testing.T) {
			r, err := eval.Run(t.Context(), images, []eval.Codec{Mosaics(ends(f))}, eval.Options{})
			if err != nil {
				t.Fatal(err)
			}
			c := r.Curves[0]
			if c.Missing != "" {
				t.Skip(c.Missing)
			}
			points := c.Frontier()
			if len(points) != 2 {
				t.Fatalf("one setting beats the other in bytes and error: %+v", c.Points)
			}
			if low, high := points[0].PSNR(), points[1].PSNR(); low < 10 || low > 30 || high < 36 {
				t.Errorf("PSNR %.1f and %.1f at the ends", low, high)
			}
			if c.Version == "" {
				t.Error("no version")
			}
		})
	}
}

// ends leaves a format its first and its last setting.
func ends(f Format) Format {
	first, last := f.Settings[0], f.Settings[len(f.Settings)-1]
	f.Settings, f.Mosaic = []eval.Setting{first, last}, nil
	return f
}

func TestColour(t *testing.T) {
	images := noise(20, 16, 16, 3)
	for i := range images.Pixels { // less noise, and in all channels the same
		images.Pixels[i] = images.Pixels[i/3*3]/8 + uint8(100+i/48%16*4+i%3*20)
	}
	for _, f := range Formats(true) {
		t.Run(f.Name, func(t *testing.T) {
			r, err := eval.Run(t.Context(), images, []eval.Codec{Mosaics(ends(f))}, eval.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Curves[0].Missing != "" {
				t.Skip(r.Curves[0].Missing)
			}
			points := r.Curves[0].Frontier()
			if best := points[len(points)-1].PSNR(); best < 30 {
				t.Errorf("PSNR %.1f at best", best)
			}
		})
	}
}

func TestMissingTool(t *testing.T) {
	f := tool{name: "AVIF", encoder: "no-such-encoder", decoder: "no-such-decoder", debian: "some-package"}.format()
	r, err := eval.Run(t.Context(), noise(2, 8, 8, 1), []eval.Codec{Files(f)}, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Curves[0].Missing; !strings.HasPrefix(got, "not measured: no-such-encoder") || !strings.Contains(got, "some-package") {
		t.Errorf("missing: %q", got)
	}
}
