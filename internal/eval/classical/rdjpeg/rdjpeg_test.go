package rdjpeg

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// smooth is a grey image with slopes, an edge and some noise.
func smooth(width, height int, seed uint64) *image.Gray {
	r := rand.New(rand.NewPCG(seed, 1))
	m := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := 60 + 40*math.Sin(float64(x)/9) + 30*math.Cos(float64(y)/7) + 6*r.NormFloat64()
			if x+2*y > width {
				v += 70
			}
			m.SetGray(x, y, color.Gray{Y: uint8(min(max(v, 0), 255))})
		}
	}
	return m
}

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// psnr compares images as RGB.
func psnr(a, b image.Image) float64 {
	var sum, n float64
	size := a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			ar, ag, ab, _ := a.At(x, y).RGBA()
			br, bg, bb, _ := b.At(x, y).RGBA()
			for _, d := range []float64{float64(ar) - float64(br), float64(ag) - float64(bg), float64(ab) - float64(bb)} {
				sum += d / 257 * d / 257
				n++
			}
		}
	}
	return 10 * math.Log10(255*255*n/sum)
}

func TestEncodeSizes(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {8, 8}, {9, 17}, {28, 28}, {100, 3}} {
		m := smooth(size.X, size.Y, 1)
		data, err := Encode(m, Options{Step: 2})
		if err != nil {
			t.Fatal(err)
		}
		back := decode(t, data)
		if back.Bounds().Size() != size {
			t.Fatalf("%v came back as %v", size, back.Bounds())
		}
		if got := psnr(m, back); got < 46 {
			t.Errorf("%v: PSNR %.1f with a step of 2", size, got)
		}
	}
}

// TestEncodeError checks the step: the error of a fine uniform quantiser is a
// twelfth of its square, and the trellis may only add to it.
func TestEncodeError(t *testing.T) {
	m := smooth(160, 120, 2)
	for _, step := range []int{4, 8, 16} {
		data, err := Encode(m, Options{Step: step})
		if err != nil {
			t.Fatal(err)
		}
		fine := 10 * math.Log10(12*255*255/float64(step*step))
		if got := psnr(m, decode(t, data)); got < fine-2.5 || got > fine+6 {
			t.Errorf("step %d: PSNR %.2f, a fine quantiser's is %.2f", step, got, fine)
		}
	}
}

// TestBeatsStandardEncoder compares with image/jpeg at the same size.
func TestBeatsStandardEncoder(t *testing.T) {
	m := smooth(280, 280, 3)
	for _, quality := range []int{30, 75, 90} {
		var w bytes.Buffer
		if err := jpeg.Encode(&w, m, &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		standard := psnr(m, decode(t, w.Bytes()))
		data := coarsest(t, m, standard)
		if float64(len(data)) > 0.9*float64(w.Len()) {
			t.Errorf("quality %d, %.1f dB: %d bytes, image/jpeg takes %d", quality, standard, len(data), w.Len())
		}
	}
}

// coarsest encodes with the largest step that reaches the PSNR.
func coarsest(t *testing.T, m image.Image, want float64) (best []byte) {
	t.Helper()
	low, high := 1, 256 // low reaches it, high does not
	for high-low > 1 {
		step := (low + high) / 2
		data, err := Encode(m, Options{Step: step})
		if err != nil {
			t.Fatal(err)
		}
		if psnr(m, decode(t, data)) >= want {
			low, best = step, data
		} else {
			high = step
		}
	}
	return best
}

func TestEncodeColour(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 45, 37))
	for y := range 37 {
		for x := range 45 {
			m.SetNRGBA(x, y, color.NRGBA{uint8(5 * x), uint8(6 * y), uint8(200 - 2*x), 255})
		}
	}
	var sizes [2]int
	for i, subsample := range []bool{false, true} {
		data, err := Encode(m, Options{Step: 6, Subsample: subsample})
		if err != nil {
			t.Fatal(err)
		}
		sizes[i] = len(data)
		if got := psnr(m, decode(t, data)); got < 36 {
			t.Errorf("subsample %v: PSNR %.1f", subsample, got)
		}
	}
	if sizes[1] >= sizes[0] {
		t.Errorf("%d bytes with half the chroma, %d with all", sizes[1], sizes[0])
	}
}

// TestEncodeAll checks that files of a set differ only after their headers.
func TestEncodeAll(t *testing.T) {
	var images []image.Image
	for i := range 40 {
		images = append(images, smooth(28, 28, uint64(i)))
	}
	files, err := EncodeAll(images, Options{Step: 20})
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.Index(files[0], []byte{0xFF, sos}) + 10
	for i, f := range files {
		if !bytes.Equal(f[:end], files[0][:end]) {
			t.Fatalf("file %d has another header", i)
		}
		if got := psnr(images[i], decode(t, f)); got < 30 {
			t.Errorf("image %d: PSNR %.1f", i, got)
		}
	}
}

// TestScripts checks that every sequence of scans gives the same pixels.
func TestScripts(t *testing.T) {
	pictures, err := newPictures([]image.Image{smooth(300, 90, 4)}, Options{Step: 60})
	if err != nil {
		t.Fatal(err)
	}
	optimise(pictures)
	want := decode(t, sequential.encode(pictures)[0]).(*image.Gray)
	for _, s := range scripts[1:] {
		if got := decode(t, s.encode(pictures)[0]).(*image.Gray); !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%v gives other pixels", s.bands)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, step := range []int{0, 256} {
		if _, err := Encode(smooth(8, 8, 1), Options{Step: step}); !errors.Is(err, ErrOptions) {
			t.Errorf("step %d: %v", step, err)
		}
	}
	if _, err := Encode(image.NewGray(image.Rect(0, 0, 0, 4)), Options{Step: 3}); !errors.Is(err, ErrOptions) {
		t.Errorf("no pixels: %v", err)
	}
}

// TestTransform checks against the formula of T.81, A.3.3.
func TestTransform(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var samples [64]float64
	for i := range samples {
		samples[i] = 255*r.Float64() - 128
	}
	b := transformed(&samples)
	for k, place := range zigzag {
		v, u := place/8, place%8
		want := 0.25
		if u == 0 {
			want *= math.Sqrt(0.5)
		}
		if v == 0 {
			want *= math.Sqrt(0.5)
		}
		sum := 0.0
		for i, s := range samples {
			sum += s * math.Cos(float64((2*(i%8)+1)*u)*math.Pi/16) * math.Cos(float64((2*(i/8)+1)*v)*math.Pi/16)
		}
		if want *= sum; math.Abs(b.exact[k]-want) > 1e-9 {
			t.Errorf("coefficient %d: %g, want %g", k, b.exact[k], want)
		}
	}
}

// TestNewTable checks the limits on codes: a complete prefix code but for the
// code of ones, of at most 16 bits, and no rarer symbol with a shorter code.
func TestNewTable(t *testing.T) {
	var fibonacci, flat, one [256]int
	a, b := 1, 1
	for s := range 40 {
		fibonacci[s] = a
		a, b = b, a+b
	}
	for s := range flat {
		flat[s] = 1
	}
	one[7] = 5
	for name, counts := range map[string]*[256]int{"fibonacci": &fibonacci, "flat": &flat, "one": &one} {
		table := newTable(counts)
		space := 0.0
		for s, n := range counts {
			length := table.length[s]
			if (n > 0) != (length > 0) || length > 16 {
				t.Fatalf("%s: symbol %d, counted %d times, has a code of %d bits", name, s, n, length)
			}
			if length == 0 {
				continue
			}
			space += math.Ldexp(1, -length)
			if table.code[s] == 1<<length-1 {
				t.Errorf("%s: symbol %d has the code of ones", name, s)
			}
			for q, m := range counts {
				if m > n && table.length[q] > length {
					t.Errorf("%s: symbol %d, counted %d times, has a longer code than %d, counted %d times", name, q, m, s, n)
				}
			}
		}
		if space >= 1 {
			t.Errorf("%s: codes fill %g of the space", name, space)
		}
	}
}

func ExampleEncode() {
	m := image.NewGray(image.Rect(0, 0, 28, 28))
	data, err := Encode(m, Options{Step: 16})
	if err != nil {
		panic(err)
	}
	back, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	fmt.Println(back.Bounds())
	// Output: (0,0)-(28,28)
}
