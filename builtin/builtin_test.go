package builtin

import (
	"bytes"
	"image"
	"testing"

	"github.com/hourglass-codec/hourglass"
)

const maxModel = 500_000 // bytes

// Each model is small, parses, and is found when image.Decode reads what it
// encoded.
func TestModels(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			m, err := Model(name)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(m.File()); n > maxModel {
				t.Errorf("%d bytes", n)
			}
			if got := NameOf(m.ID()); got != name {
				t.Errorf("its ID is that of %q", got)
			}
			c := m.Config()
			var b bytes.Buffer
			if err := hourglass.Encode(&b, image.NewGray(image.Rect(0, 0, c.Width, c.Height)), &hourglass.Options{Model: m}); err != nil {
				t.Fatal(err)
			}
			img, format, err := image.Decode(&b)
			if err != nil || format != "hgi" || img.Bounds() != image.Rect(0, 0, c.Width, c.Height) {
				t.Errorf("format %q, %v", format, err)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	// The header of an image of 3x2 pixels; there is no more to it.
	c, format, err := image.DecodeConfig(bytes.NewReader([]byte{'H', 'G', 'I', 0x90, 1, 2, 3, 4, 5, 2, 1, 50}))
	if err != nil || format != "hgi" || c.Width != 3 || c.Height != 2 {
		t.Errorf("%+v, format %q, %v", c, format, err)
	}
}

func TestUnknownName(t *testing.T) {
	if _, err := Model("no such model"); err == nil {
		t.Error("there is a model of that name")
	}
	if name := NameOf(hourglass.ModelID{}); name != "" {
		t.Errorf("an ID without a model is that of %q", name)
	}
}
