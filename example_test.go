package hourglass_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"log"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/builtin"
)

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
	model, err := builtin.Model("fashion-mnist") // or hourglass.ParseModel of a file
	if err != nil {
		log.Fatal(err)
	}
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
	model, err := builtin.Model("fashion-mnist")
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	w, err := hourglass.NewArchiveWriter(&file, &hourglass.ArchiveOptions{Model: model, Names: true})
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
