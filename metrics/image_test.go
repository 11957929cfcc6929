package metrics

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"
)

// expected mirrors testdata/expected.json, which expected.py wrote.
type expected struct {
	Images []struct {
		Width, Height, Channels, Strength int
		MSE, PSNR, SSIM                   float64
		MSSSIM                            *float64 `json:"ms_ssim"`
	}
	PCHIP []struct {
		X, Y, Slopes, At, Values []float64
		Low, High, Integral      float64
	}
	BD []struct {
		Anchor, Test [][2]float64
		BDRate       float64 `json:"bd_rate"`
		BDPSNR       float64 `json:"bd_psnr"`
	}
}

func readExpected(t *testing.T) expected {
	t.Helper()
	data, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var e expected
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Images) == 0 || len(e.PCHIP) == 0 || len(e.BD) == 0 {
		t.Fatal("testdata/expected.json has an empty section")
	}
	return e
}

// pictures is the function of the same name in expected.py.
func pictures(width, height, channels, strength int) (a, b Image) {
	a = Image{Pix: make([]uint8, width*height*channels), Width: width, Height: height, Channels: channels}
	b = a
	b.Pix = make([]uint8, len(a.Pix))
	i := 0
	for y := range height {
		for x := range width {
			for c := range channels {
				v := (x*x/9 + y*y/7 + x*y/11 + 61*c) % 256
				noise := (x*7919+y*104729+c*1299709+(x*y)%251*31)%(2*strength+1) - strength
				a.Pix[i] = uint8(v)
				b.Pix[i] = uint8(min(max(v/8*8+noise, 0), 255))
				i++
			}
		}
	}
	return a, b
}

// spread copies m into a buffer with gaps between pixels and rows.
func spread(m Image, step, stride int) Image {
	out := Image{Width: m.Width, Height: m.Height, Channels: m.Channels, Step: step, Stride: stride}
	out.Pix = make([]uint8, m.Height*stride)
	for i := range out.Pix {
		out.Pix[i] = 0xA5
	}
	for y := range m.Height {
		for x := range m.Width {
			copy(out.Pix[y*stride+x*step:][:m.Channels], m.Pix[(y*m.Width+x)*m.Channels:])
		}
	}
	return out
}

type metric struct {
	name string
	f    func(a, b Image) (float64, error)
	want float64
}

func TestAgainstReference(t *testing.T) {
	for _, e := range readExpected(t).Images {
		a, b := pictures(e.Width, e.Height, e.Channels, e.Strength)
		wide := spread(b, e.Channels+1, e.Width*(e.Channels+1)+5)
		tests := []metric{{"MSE", MSE, e.MSE}, {"PSNR", PSNR, e.PSNR}, {"SSIM", SSIM, e.SSIM}}
		if e.MSSSIM != nil {
			tests = append(tests, metric{"MSSSIM", MSSSIM, *e.MSSSIM})
		} else if _, err := MSSSIM(a, b); !errors.Is(err, ErrTooSmall) {
			t.Errorf("%v: MSSSIM error %v, want ErrTooSmall", a, err)
		}
		for _, m := range tests {
			for _, other := range []Image{b, wide} {
				got, err := m.f(a, other)
				if err != nil || math.Abs(got-m.want) > 1e-9*math.Abs(m.want) {
					t.Errorf("%s of %v and %v = %.12g, %v; want %.12g", m.name, a, other, got, err, m.want)
				}
			}
		}
	}
}

func TestIdentical(t *testing.T) {
	a, _ := pictures(200, 190, 3, 1)
	for _, m := range []metric{{"MSE", MSE, 0}, {"SSIM", SSIM, 1}, {"MSSSIM", MSSSIM, 1}} {
		if got, err := m.f(a, a); err != nil || math.Abs(got-m.want) > 1e-12 {
			t.Errorf("%s of identical images = %g, %v; want %g", m.name, got, err, m.want)
		}
	}
	if got, err := PSNR(a, a); err != nil || !math.IsInf(got, 1) {
		t.Errorf("PSNR of identical images = %g, %v; want +Inf", got, err)
	}
}

func TestOpposite(t *testing.T) {
	a := Image{Pix: make([]uint8, 180*180), Width: 180, Height: 180, Channels: 1}
	b := a
	b.Pix = make([]uint8, len(a.Pix))
	for i := range a.Pix {
		a.Pix[i] = uint8(i % 2 * 255)
		b.Pix[i] = 255 - a.Pix[i]
	}
	if got, _ := MSE(a, b); got != 255*255 {
		t.Errorf("MSE of opposites = %g, want 65025", got)
	}
	if got, _ := PSNR(a, b); got != 0 {
		t.Errorf("PSNR of opposites = %g, want 0", got)
	}
	if got, _ := SSIM(a, b); got >= 0 {
		t.Errorf("SSIM of opposites = %g, want below 0", got)
	}
	if got, err := MSSSIM(a, b); err != nil || got != 0 {
		t.Errorf("MSSSIM of opposites = %g, %v; want 0: negative contrast counts as 0", got, err)
	}
}

func TestImageErrors(t *testing.T) {
	good := func(w, h, c int) Image {
		return Image{Pix: make([]uint8, w*h*c), Width: w, Height: h, Channels: c}
	}
	short := good(20, 20, 3)
	short.Pix = short.Pix[1:]
	narrow := good(20, 20, 3)
	narrow.Stride = 59
	overlap := good(20, 20, 3)
	overlap.Step = 2
	tests := []struct {
		name string
		f    func(a, b Image) (float64, error)
		a, b Image
		want error
	}{
		{"zero value", MSE, Image{}, Image{}, ErrShape},
		{"no pixels", MSE, good(0, 20, 3), good(0, 20, 3), ErrShape},
		{"width", PSNR, good(20, 20, 3), good(21, 20, 3), ErrShape},
		{"height", SSIM, good(20, 20, 3), good(20, 21, 3), ErrShape},
		{"channels", SSIM, good(20, 20, 3), good(20, 20, 1), ErrShape},
		{"too few bytes", MSE, good(20, 20, 3), short, ErrShape},
		{"stride below a row", MSE, narrow, good(20, 20, 3), ErrShape},
		{"step below channels", MSE, overlap, good(20, 20, 3), ErrShape},
		{"SSIM of 10 columns", SSIM, good(10, 20, 1), good(10, 20, 1), ErrTooSmall},
		{"SSIM of 10 rows", SSIM, good(20, 10, 1), good(20, 10, 1), ErrTooSmall},
		{"MS-SSIM of 175 columns", MSSSIM, good(175, 300, 1), good(175, 300, 1), ErrTooSmall},
	}
	for _, tt := range tests {
		if _, err := tt.f(tt.a, tt.b); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestBitsPerPixel(t *testing.T) {
	if got := BitsPerPixel(49152, 768, 512); got != 1 {
		t.Errorf("49152 bytes for 768x512 = %g bits per pixel, want 1", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("an image without pixels did not panic")
		}
	}()
	BitsPerPixel(1, 0, 5)
}

func BenchmarkSSIM(b *testing.B) {
	p, q := pictures(768, 512, 3, 20)
	for b.Loop() {
		if _, err := SSIM(p, q); err != nil {
			b.Fatal(err)
		}
	}
}
