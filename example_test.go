package hourglass_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"log"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/codec"
)

// untrained returns a model file, as hourglass train makes it of images; here
// nobody has trained it.
func untrained(height, width int) []byte {
	c := codec.Small(height, width, 1)
	var file bytes.Buffer
	if err := codec.WriteModel(&file, codec.NewNetwork(c, 1), make([]float64, len(c.Lambdas))); err != nil {
		log.Fatal(err)
	}
	return file.Bytes()
}

// ramp returns an image that grows brighter.
func ramp(slope int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, 28, 28))
	for y := range 28 {
		for x := range 28 {
			m.SetGray(x, y, color.Gray{Y: uint8(slope * (x + y))})
		}
	}
	return m
}

// An image is encoded to a file, and decoded.
func Example() {
	model, err := hourglass.ParseModel(untrained(28, 28))
	if err != nil {
		log.Fatal(err)
	}
	hourglass.Register(model)

	var file bytes.Buffer
	if err := hourglass.Encode(&file, ramp(4), &hourglass.Options{Model: model, Quality: 80}); err != nil {
		log.Fatal(err)
	}
	img, err := hourglass.Decode(&file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(img.Bounds())
	// Output: (0,0)-(28,28)
}

// Images are written to an archive, and one is read from it.
func ExampleArchiveWriter() {
	model, err := hourglass.ParseModel(untrained(28, 28))
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	w, err := hourglass.NewArchiveWriter(&file, &hourglass.ArchiveOptions{Model: model, Names: true, EmbedModel: true})
	if err != nil {
		log.Fatal(err)
	}
	for slope := range 5 {
		if err := w.Add(ramp(slope), hourglass.Info{Name: fmt.Sprintf("slope-%d.png", slope)}); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}

	a, err := hourglass.OpenArchive(bytes.NewReader(file.Bytes()), int64(file.Len()), nil)
	if err != nil {
		log.Fatal(err)
	}
	info, err := a.Info(3)
	if err != nil {
		log.Fatal(err)
	}
	img, err := a.At(3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(a.Len(), "images;", info.Name, img.Bounds())
	// Output: 5 images; slope-3.png (0,0)-(28,28)
}
