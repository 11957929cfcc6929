package container

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
)

func encodeImage(t testing.TB, m *Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteImage(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImageRoundTrip(t *testing.T) {
	meta := []Chunk{{ChunkEXIF, []byte("exif")}, {ChunkOrientation, []byte{6}}, {ChunkModel, []byte(testModel)}, {ChunkPrivate + 3, nil}}
	for _, s := range []Shape{{1, 1, 1}, {28, 28, 1}, {128, 128, 3}, {129, 1, 3}, {200, 150, 3}, {MaxSide, 1, 1}} {
		for _, chunks := range [][]Chunk{nil, meta} {
			m, err := EncodeImage(deflated, s, 200, pixels(s, 3))
			if err != nil {
				t.Fatal(err)
			}
			m.Chunks = chunks
			data := encodeImage(t, m)
			got, err := ReadImage(bytes.NewReader(data), nil)
			if err != nil {
				t.Fatalf("%v: %v", s, err)
			}
			checkImage(t, got, m, s)
			c, err := ReadConfig(bytes.NewReader(data))
			if err != nil || c.Shape != s || c.Model != m.Model || c.Quality != 200 {
				t.Errorf("%v: config %+v, %v", s, c, err)
			}
		}
	}
}

func checkImage(t *testing.T, got, want *Image, s Shape) {
	t.Helper()
	for i := range got.Chunks {
		if got.Chunks[i].Type != want.Chunks[i].Type || !bytes.Equal(got.Chunks[i].Data, want.Chunks[i].Data) {
			t.Errorf("chunk %d is %v, want %v", i, got.Chunks[i], want.Chunks[i])
		}
	}
	if len(got.Chunks) != len(want.Chunks) || !bytes.Equal(got.Payload, want.Payload) || got.Model != want.Model {
		t.Errorf("%v: got %+v, want %+v", s, got, want)
	}
	pix, err := got.Decode(deflated)
	if err != nil || !bytes.Equal(pix, pixels(s, 3)) {
		t.Errorf("%v: other pixels, error %v", s, err)
	}
}

func TestImageOverhead(t *testing.T) {
	for _, s := range []Shape{{8, 8, 1}, {28, 28, 1}, {128, 128, 3}} {
		for _, n := range []int{0, 30, 150, 1 << 16} {
			m := &Image{Shape: s, Quality: 255, Payload: make([]byte, n)}
			if got := len(encodeImage(t, m)) - n; got != 16 {
				t.Errorf("%v, payload of %d bytes: %d bytes of header and trailer, want 16", s, n, got)
			}
		}
	}
}

func TestImageModel(t *testing.T) {
	m, err := EncodeImage(raw, Shape{2, 2, 1}, 0, make([]byte, 4))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.EmbeddedModel(); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("no model: %v", err)
	}
	if _, err := m.Decode(rawCodec{"another"}); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("another codec: %v", err)
	}
	m.Chunks = []Chunk{{ChunkModel, []byte(testModel)}}
	if got, err := m.EmbeddedModel(); err != nil || string(got) != testModel {
		t.Errorf("model %q, %v", got, err)
	}
	m.Chunks[0].Data = []byte("another")
	if _, err := m.EmbeddedModel(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("wrong model: %v", err)
	}
}

func TestWriteImageRefuses(t *testing.T) {
	for _, m := range []*Image{
		{Shape: Shape{0, 1, 1}},
		{Shape: Shape{1, MaxSide + 1, 1}},
		{Shape: Shape{1, 1, 2}},
		{Shape: Shape{1, 1, 1}, Chunks: []Chunk{{chunkBlock, nil}}},
		{Shape: Shape{1, 1, 1}, Chunks: []Chunk{{chunkInfo, nil}}},
	} {
		if err := WriteImage(&bytes.Buffer{}, m); err == nil {
			t.Errorf("%+v was written", m)
		}
	}
}

// Any cut and any flipped bit must be noticed.
func TestImageDamage(t *testing.T) {
	m, err := EncodeImage(deflated, Shape{9, 130, 3}, 9, pixels(Shape{9, 130, 3}, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, chunks := range [][]Chunk{nil, {{ChunkModel, []byte(testModel)}, {ChunkICC, []byte("icc")}}} {
		m.Chunks = chunks
		data := encodeImage(t, m)
		for n := range data {
			if _, err := ReadImage(bytes.NewReader(data[:n]), nil); !typed(err) {
				t.Errorf("cut to %d bytes: %v", n, err)
			}
		}
		for bit := range 8 * len(data) {
			bad := bytes.Clone(data)
			bad[bit/8] ^= 1 << (bit % 8)
			if _, err := ReadImage(bytes.NewReader(bad), nil); !typed(err) {
				t.Errorf("bit %d flipped: %v", bit, err)
			}
		}
		if _, err := ReadImage(bytes.NewReader(append(data, 0)), nil); !errors.Is(err, ErrCorrupt) {
			t.Errorf("a byte after the end: %v", err)
		}
	}
}

// seal replaces the checksum at the end.
func seal(b []byte) []byte {
	return appendCRC(slices.Clone(b[:len(b)-crcSize]), b[:len(b)-crcSize])
}

func TestImageErrors(t *testing.T) {
	s := Shape{28, 28, 1}
	good := encodeImage(t, &Image{Shape: s, Payload: []byte("payload")})
	chunked := encodeImage(t, &Image{Shape: s, Chunks: []Chunk{{ChunkEXIF, []byte("exif")}}, Payload: []byte("payload")})
	change := func(data []byte, at int, with ...byte) []byte {
		return seal(slices.Concat(data[:at], with, data[at+len(with):]))
	}
	critical := slices.Concat(chunked[:12], appendChunk(nil, nil, 0x05, []byte("exif")), chunked[12+10:])
	for _, c := range []struct {
		name   string
		data   []byte
		limits *Limits
		want   error
	}{
		{"good", good, nil, nil},
		{"chunked", chunked, nil, nil},
		{"empty", nil, nil, ErrTruncated},
		{"another type", []byte("GIF89a: something else"), nil, ErrFormat},
		{"version 2", change(good, 3, 0xA0), nil, ErrVersion},
		{"7-bit channel", change(good, 3, 0x10), nil, ErrFormat},
		{"2 channels", change(good, 3, 0x91), nil, ErrVersion},
		{"unknown flag", change(good, 3, 0x98), nil, ErrVersion},
		{"long width", change(good, 9, 0x9B, 0x00), nil, ErrCorrupt},
		{"huge width", change(good, 9, 0xFF, 0xFF, 0x7F), nil, ErrCorrupt},
		{"chunks announced, none there", change(change(good, 3, 0x94), 12, 0), nil, ErrCorrupt},
		{"critical chunk", seal(critical), nil, ErrVersion},
		{"too many pixels", good, &Limits{MaxPixels: 100}, ErrTooLarge},
		{"large payload", good, &Limits{MaxPayload: 3}, ErrTooLarge},
		{"large metadata", chunked, &Limits{MaxMeta: 3}, ErrTooLarge},
		{"few bytes for the pixels", encodeImage(t, &Image{Shape: Shape{4096, 4096, 3}, Payload: make([]byte, 4095)}), nil, ErrTooLarge},
		{"just enough", encodeImage(t, &Image{Shape: Shape{4096, 4096, 3}, Payload: make([]byte, 4096)}), nil, nil},
	} {
		if _, err := ReadImage(bytes.NewReader(c.data), c.limits); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestReadImageKeepsReaderErrors(t *testing.T) {
	data := encodeImage(t, &Image{Shape: Shape{28, 28, 1}, Payload: make([]byte, 20)})
	for n := range data {
		r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(errCrash))
		if _, err := ReadImage(r, nil); err != errCrash {
			t.Errorf("a reader that fails after %d bytes: %v", n, err)
		}
	}
}
