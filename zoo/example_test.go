package zoo_test

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/zoo"
)

// Every model of the zoo is trained and used alike.
func Example() {
	entry, err := zoo.Lookup("dense-32")
	if err != nil {
		panic(err)
	}
	model := entry.New(zoo.Options{Seed: 1})
	defer model.Close()

	const n = 16
	images := make([]float32, n*entry.Input.Elements()) // black
	for range 10 {
		if _, err := model.Step(images, nil, n); err != nil {
			panic(err)
		}
	}
	codes := make([]float32, n*entry.Code.Elements())
	if err := model.Encode(codes, images, n); err != nil {
		panic(err)
	}
	fmt.Printf("%s: images %v, codes %v, %d steps\n", entry.Name, entry.Input, entry.Code, model.StepCount())
	// Output: dense-32: images (28, 28, 1), codes (32), 10 steps
}
