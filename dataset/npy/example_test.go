package npy_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/hourglass-codec/hourglass/dataset/npy"
)

// The 2-number codes of three images, for numpy.load.
func ExampleWrite() {
	codes := []float32{0.5, -1, 2.25, 0, 3, 1}
	var file bytes.Buffer
	if err := npy.Write(&file, []int{3, 2}, codes); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", file.Bytes()[10:69])

	shape, back, err := npy.Read[float32](&file, npy.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(shape, back)
	// Output:
	// "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"
	// [3 2] [0.5 -1 2.25 0 3 1]
}
