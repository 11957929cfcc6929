package dataset

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// encoded returns the file that encode makes of m.
func encoded(t testing.TB, m image.Image, encode func(io.Writer, image.Image) error) *fstest.MapFile {
	t.Helper()
	var buf bytes.Buffer
	if err := encode(&buf, m); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: buf.Bytes()}
}

// plain returns a PNG of one colour.
func plain(t testing.TB, h, w int, c color.Color) *fstest.MapFile {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for p := range h * w {
		m.Set(p%w, p/w, c)
	}
	return encoded(t, m, png.Encode)
}

// webp3x2 is colours as a lossless WebP file, made with cwebp.
const webp3x2 = "5249464644000000574542505650384c370000002f024000002f40986db4419ce5f97fa741266d93bf7e677f" +
	"04d9361bc9ddeeefb0f90f34f248d67c07856c23c0a17b058ee522fa1fc30b00"

// colours is the image of the tests of formats, (2, 3, 3).
var colours = []uint8{
	255, 0, 0, 0, 255, 0, 0, 0, 255,
	10, 20, 30, 255, 255, 255, 128, 128, 128,
}

func TestReadFolderFormats(t *testing.T) {
	m := (&Set{N: 1, H: 2, W: 3, C: 3, Pixels: colours}).Image(0)
	var palette color.Palette
	for p := range 6 {
		palette = append(palette, m.At(p%3, p/3))
	}
	webp, err := hex.DecodeString(webp3x2)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"a.png":  encoded(t, m, png.Encode),
		"b.BMP":  encoded(t, m, bmp.Encode),
		"c.tiff": encoded(t, m, func(w io.Writer, m image.Image) error { return tiff.Encode(w, m, nil) }),
		"d.tif": encoded(t, m, func(w io.Writer, m image.Image) error {
			return tiff.Encode(w, m, &tiff.Options{Compression: tiff.Deflate})
		}),
		"e.gif":          encoded(t, m, func(w io.Writer, m image.Image) error { return gif.EncodeAll(w, oneFrame(m, palette)) }),
		"f.webp":         {Data: webp},
		"metadata.csv":   {Data: []byte("not a picture")},
		".hidden.png":    {Data: []byte("not a picture")},
		".git/x.png":     {Data: []byte("not a picture")},
		"sub/.x/y/z.jpg": {Data: []byte("not a picture")},
	}
	s, err := ReadFolder(t.Context(), files, FolderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if s.N != 6 || s.H != 2 || s.W != 3 || s.C != 3 || s.Labels != nil {
		t.Fatalf("N %d, H %d, W %d, C %d, labels %v", s.N, s.H, s.W, s.C, s.Labels)
	}
	for i := range s.N {
		if !slices.Equal(s.Pix(i), colours) {
			t.Errorf("picture %c: %v", 'a'+i, s.Pix(i))
		}
	}
}

func oneFrame(m image.Image, p color.Palette) *gif.GIF {
	frame := image.NewPaletted(m.Bounds(), p)
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			frame.Set(x, y, m.At(x, y))
		}
	}
	return &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}}
}

func TestReadFolderJPEG(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range m.Pix {
		m.Pix[i] = 200
	}
	s, err := ReadFolder(t.Context(), fstest.MapFS{
		"a.jpeg": encoded(t, m, func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }),
	}, FolderOptions{Grey: true})
	if err != nil {
		t.Fatal(err)
	}
	if s.C != 1 || !slices.Equal(s.Pixels, m.Pix) {
		t.Errorf("C %d, pixels %v", s.C, s.Pixels)
	}
}

func TestReadFolderGrey(t *testing.T) {
	m := (&Set{N: 1, H: 2, W: 3, C: 3, Pixels: colours}).Image(0)
	s, err := ReadFolder(t.Context(), fstest.MapFS{"a.png": encoded(t, m, png.Encode)}, FolderOptions{Grey: true})
	if err != nil {
		t.Fatal(err)
	}
	// 0.299 R + 0.587 G + 0.114 B
	if want := []uint8{76, 150, 29, 18, 255, 128}; !slices.Equal(s.Pixels, want) {
		t.Errorf("got %v, want %v", s.Pixels, want)
	}
	// Every grey stays what it is.
	ramp := image.NewGray(image.Rect(0, 0, 256, 1))
	for i := range ramp.Pix {
		ramp.Pix[i] = uint8(i)
	}
	s, err = ReadFolder(t.Context(), fstest.MapFS{"a.png": encoded(t, ramp, png.Encode)}, FolderOptions{Grey: true})
	if err != nil || !slices.Equal(s.Pixels, ramp.Pix) {
		t.Errorf("grey ramp: %v, error %v", s.Pixels, err)
	}
}

func TestLuma(t *testing.T) {
	for i := range uint32(1 << 15) {
		c := color.RGBA{uint8(i << 3), uint8(i >> 5 << 3), uint8(i >> 7), 255}
		if got, want := luma(c.R, c.G, c.B), color.GrayModel.Convert(c).(color.Gray).Y; got != want {
			t.Fatalf("%v: %d, want %d", c, got, want)
		}
	}
}

func TestReadFolderTransparency(t *testing.T) {
	s, err := ReadFolder(t.Context(), fstest.MapFS{
		"a.png": plain(t, 4, 4, color.NRGBA{200, 0, 0, 0}),
		"b.png": plain(t, 4, 4, color.NRGBA{0, 0, 0, 128}),
		"c.png": plain(t, 8, 8, color.NRGBA{200, 0, 0, 0}),
	}, FolderOptions{H: 4, W: 4})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []uint8{255, 127, 255} {
		if got := s.Pix(i)[:3]; !slices.Equal(got, []uint8{want, want, want}) {
			t.Errorf("picture %d: %v, want %d", i, got, want)
		}
	}
}

func TestFitPart(t *testing.T) {
	tests := []struct {
		fit  Fit
		b    image.Rectangle
		h, w int
		want image.Rectangle
	}{
		{Cover, image.Rect(0, 0, 100, 50), 10, 10, image.Rect(25, 0, 75, 50)},
		{Cover, image.Rect(0, 0, 50, 100), 10, 10, image.Rect(0, 25, 50, 75)},
		{Cover, image.Rect(5, 5, 105, 55), 28, 28, image.Rect(30, 5, 80, 55)},
		{Cover, image.Rect(0, 0, 100, 50), 5, 10, image.Rect(0, 0, 100, 50)},
		{Cover, image.Rect(0, 0, 1000, 1), 500, 1, image.Rect(499, 0, 500, 1)},
		{Crop, image.Rect(0, 0, 9, 7), 4, 4, image.Rect(2, 1, 6, 5)},
		{Stretch, image.Rect(0, 0, 9, 7), 4, 4, image.Rect(0, 0, 9, 7)},
	}
	for _, tt := range tests {
		if got, err := tt.fit.part(tt.b, tt.h, tt.w); err != nil || got != tt.want {
			t.Errorf("%v of %v for %dx%d: %v, error %v, want %v", tt.fit, tt.b, tt.w, tt.h, got, err, tt.want)
		}
	}
}

// Pictures of any size and proportion, of one colour, keep it.
func TestReadFolderSizes(t *testing.T) {
	grey := color.NRGBA{90, 140, 200, 255}
	files := fstest.MapFS{}
	for i, size := range [][2]int{{1, 1}, {28, 28}, {300, 3}, {3, 300}, {57, 91}, {200, 200}} {
		files[fmt.Sprintf("%d.png", i)] = plain(t, size[0], size[1], grey)
	}
	for _, fit := range []Fit{Cover, Stretch} {
		s, err := ReadFolder(t.Context(), files, FolderOptions{H: 28, W: 28, Fit: fit})
		if err != nil {
			t.Fatal(err)
		}
		for p := 0; p < len(s.Pixels); p += 3 {
			if !slices.Equal(s.Pixels[p:p+3], []uint8{90, 140, 200}) {
				t.Fatalf("%v, picture %d: %v", fit, p/(28*28*3), s.Pixels[p:p+3])
			}
		}
	}
}

// A checkerboard of single pixels becomes even grey when halved: the filter is
// widened, not sampled.
func TestReadFolderShrinks(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range m.Pix {
		m.Pix[i] = uint8(255 * ((i + i/64) % 2))
	}
	s, err := ReadFolder(t.Context(), fstest.MapFS{"a.png": encoded(t, m, png.Encode)}, FolderOptions{H: 16, W: 16, Grey: true})
	if err != nil {
		t.Fatal(err)
	}
	for y := 2; y < 14; y++ {
		for _, v := range s.Pixels[y*16+2 : y*16+14] {
			if v < 126 || v > 129 {
				t.Fatalf("row %d: %v", y, s.Pixels[y*16:y*16+16])
			}
		}
	}
}

func TestReadFolderLabels(t *testing.T) {
	black, white := plain(t, 2, 2, color.Black), plain(t, 2, 2, color.White)
	files := fstest.MapFS{
		"shoe/2.png": white, "shoe/10.png": black, "bag/deep/1.png": white, "a b/9.png": black,
	}
	s, err := ReadFolder(t.Context(), files, FolderOptions{Labels: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Classes, []string{"a b", "bag", "shoe"}) || !slices.Equal(s.Labels, []int{0, 1, 2, 2}) {
		t.Errorf("classes %q, labels %v", s.Classes, s.Labels)
	}
	if s.Pix(2)[0] != 0 || s.Pix(3)[0] != 255 { // shoe/10.png before shoe/2.png
		t.Error("pictures are not in the order of their paths")
	}
	files["loose.png"] = black
	if _, err := ReadFolder(t.Context(), files, FolderOptions{Labels: true}); err == nil || !strings.Contains(err.Error(), "loose.png") {
		t.Errorf("a picture without label: error %v", err)
	}
}

func TestReadFolderErrors(t *testing.T) {
	good := plain(t, 4, 4, color.White)
	cut := &fstest.MapFile{Data: good.Data[:len(good.Data)-20]}
	// A PNG header that promises 4 thousand million pixels.
	huge := &fstest.MapFile{Data: bytes.Clone(plain(t, 1, 1, color.White).Data)}
	copy(huge.Data[16:], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff})
	huge.Data = fixPNGHeader(huge.Data)

	var size *SizeError
	var path *fs.PathError
	tests := []struct {
		name  string
		files fstest.MapFS
		o     FolderOptions
		is    func(error) bool
	}{
		{"no pictures", fstest.MapFS{"a.txt": good}, FolderOptions{}, func(err error) bool {
			return strings.Contains(err.Error(), "no pictures")
		}},
		{"not a picture", fstest.MapFS{"a.png": good, "b.png": {Data: []byte("hello")}, "c.png": good}, FolderOptions{}, func(err error) bool {
			return errors.As(err, &path) && path.Path == "b.png" && errors.Is(err, image.ErrFormat)
		}},
		{"cut off", fstest.MapFS{"a.png": good, "b/c.png": cut, "d.png": {}}, FolderOptions{}, func(err error) bool {
			return errors.As(err, &path) && path.Path == "b/c.png" && errors.As(err, new(png.FormatError))
		}},
		{"huge header", fstest.MapFS{"a.png": good, "b.png": huge}, FolderOptions{}, func(err error) bool {
			return errors.As(err, &path) && path.Path == "b.png" && errors.As(err, &size) && size.H == 65535
		}},
		{"over MaxPixels", fstest.MapFS{"a.png": good}, FolderOptions{MaxPixels: 15}, func(err error) bool {
			return errors.As(err, &size)
		}},
		{"too small to crop", fstest.MapFS{"a.png": good}, FolderOptions{H: 4, W: 5, Fit: Crop}, func(err error) bool {
			return errors.As(err, &size) && size.W == 4
		}},
		{"like a thread", fstest.MapFS{"a.png": encoded(t, image.NewGray(image.Rect(0, 0, 1, 1<<20)), png.Encode)},
			FolderOptions{H: 28, W: 28, Fit: Stretch}, func(err error) bool {
				return errors.As(err, &size) && size.H == 1<<20
			}},
		{"only one side", fstest.MapFS{"a.png": good}, FolderOptions{H: 4}, func(err error) bool {
			return strings.Contains(err.Error(), "both")
		}},
		{"over MaxBytes", fstest.MapFS{"a.png": good, "b.png": good}, FolderOptions{H: 10, W: 10, MaxBytes: 599}, func(err error) bool {
			return strings.Contains(err.Error(), "599")
		}},
		{"sides that overflow", fstest.MapFS{"a.png": good}, FolderOptions{H: 1 << 30, W: 1 << 30}, func(err error) bool {
			return strings.Contains(err.Error(), "limit")
		}},
	}
	for _, tt := range tests {
		if s, err := ReadFolder(t.Context(), tt.files, tt.o); err == nil || !tt.is(err) {
			t.Errorf("%s: got %v, error %v", tt.name, s, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ReadFolder(ctx, fstest.MapFS{"a.png": good}, FolderOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func FuzzReadPicture(f *testing.F) {
	m := (&Set{N: 1, H: 2, W: 3, C: 3, Pixels: colours}).Image(0)
	webp, _ := hex.DecodeString(webp3x2)
	f.Add(webp)
	f.Add(encoded(f, m, png.Encode).Data)
	f.Add(encoded(f, m, bmp.Encode).Data)
	f.Add(encoded(f, m, func(w io.Writer, m image.Image) error { return tiff.Encode(w, m, nil) }).Data)
	f.Add(encoded(f, m, func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }).Data)
	f.Add(encoded(f, m, func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) }).Data)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadFolder(t.Context(), fstest.MapFS{"a.png": {Data: data}}, FolderOptions{H: 5, W: 4, MaxPixels: 1 << 16})
		if err == nil && len(s.Pixels) != 60 {
			t.Errorf("%d samples", len(s.Pixels))
		}
	})
}

// fixPNGHeader makes the check sum of a PNG file's first chunk right.
func fixPNGHeader(b []byte) []byte {
	sum := crc32.ChecksumIEEE(b[12:29])
	binary.BigEndian.PutUint32(b[29:], sum)
	return b
}
