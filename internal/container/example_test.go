package container_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// stored is a codec that stores pixels as they are.
type stored struct{}

func (stored) Model() container.ModelID { return container.IDOf([]byte("no model")) }

func (stored) EncodeBlock(dst []byte, _ container.Shape, _ uint8, pix []byte) ([]byte, error) {
	return append(dst, pix...), nil
}

func (stored) DecodeBlock(pix []byte, _ container.Shape, _ uint8, payload []byte) error {
	if len(payload) != len(pix) {
		return errors.New("stored: wrong length")
	}
	copy(pix, payload)
	return nil
}

func ExampleWriteImage() {
	m, err := container.EncodeImage(stored{}, container.Shape{Width: 3, Height: 1, Channels: 1}, 0, []byte{10, 20, 30})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := container.WriteImage(&file, m); err != nil {
		log.Fatal(err)
	}
	fmt.Println(file.Len(), "bytes")

	back, err := container.ReadImage(&file, nil)
	if err != nil {
		log.Fatal(err)
	}
	pix, err := back.Decode(stored{})
	fmt.Println(back.Shape, pix, err)
	// Output:
	// 19 bytes
	// 3x1x1 [10 20 30] <nil>
}

// An archive is written, read at random and in order, and damaged.
func Example() {
	var file bytes.Buffer
	w, err := container.NewWriter(&file, container.Header{
		Model:     stored{}.Model(),
		Shape:     container.Shape{Width: 2, Height: 1, Channels: 1},
		BlockSize: 2,
		Names:     true,
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	p, err := container.NewPacker(w, stored{})
	if err != nil {
		log.Fatal(err)
	}
	for i := range byte(5) {
		if err := p.Add([]byte{i, 10 * i}, container.Info{Name: fmt.Sprintf("%d.png", i)}); err != nil {
			log.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		log.Fatal(err)
	}

	data := file.Bytes()
	r, err := container.Open(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		log.Fatal(err)
	}
	images, err := container.NewImages(r, stored{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(images.At(4))

	data[bytes.Index(data, []byte{2, 20, 3, 30})]++
	for item, err := range images.All() {
		if damage := new(container.Damage); errors.As(err, &damage) {
			fmt.Println("images lost:", damage.Images)
			continue
		}
		fmt.Println(item.Number, item.Info.Name, item.Pix)
	}
	// Output:
	// [4 40] <nil>
	// 0 0.png [0 0]
	// 1 1.png [1 10]
	// images lost: 2
	// 4 4.png [4 40]
}
