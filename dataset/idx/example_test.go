package idx_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"log"

	"github.com/hourglass-codec/hourglass/dataset/idx"
)

// Two images of 2x3 pixels, written, compressed and read back.
func Example() {
	images := &idx.Array{
		Shape: []int{2, 2, 3},
		Data:  []uint8{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110},
	}
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	if err := idx.Write(z, images); err != nil {
		log.Fatal(err)
	}
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}

	back, err := idx.Read(&file, idx.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(back.Shape, back.Data[6:])
	// Output: [2 2 3] [60 70 80 90 100 110]
}
