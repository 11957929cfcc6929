package nn_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/nn"
	"github.com/hourglass-codec/hourglass/optim"
)

// An autoencoder is made of an encoder and a decoder that share their weights
// with it. Trained, the parts are of use alone.
func Example() {
	b := &nn.Builder{Seed: 1}
	x := b.Input("x", 8)
	encoder := nn.NewModel("encoder", x, nn.Dense{Units: 3, Activation: nn.Tanh{}}.Apply(x))
	z := b.Input("z", 3)
	hidden := nn.Dense{Units: 16, Activation: nn.ReLU{}}.Apply(z)
	decoder := nn.NewModel("decoder", z, nn.Dense{Units: 8}.Apply(hidden))
	autoencoder := nn.NewModel("autoencoder", x, decoder.Apply(encoder.Apply(x)))

	// Eight samples, each with a 1 at another place.
	samples := graph.NewTensor(8, 8)
	for i := range 8 {
		samples.Data[i*8+i] = 1
	}
	autoencoder.Compile(nn.CompileConfig{
		Optimizer: optim.Adam{LearningRate: optim.Constant(0.02)},
		Loss:      nn.MeanSquaredError,
	})
	history, err := autoencoder.Fit(context.Background(), samples, nil, nn.FitConfig{Epochs: 400})
	if err != nil {
		panic(err)
	}
	codes, err := encoder.Predict(samples)
	if err != nil {
		panic(err)
	}
	fmt.Println("codes:", codes.Shape)
	fmt.Println("the loss is less than a tenth of what it was:", history.Loss[399] < history.Loss[0]/10)
	// Output:
	// codes: (8, 3)
	// the loss is less than a tenth of what it was: true
}

func ExampleModel_Summary() {
	b := &nn.Builder{}
	x := b.Input("image", 28, 28, 1)
	y := nn.Conv2D{Filters: 16, Kernel: [2]int{3, 3}, Padding: nn.Same, Activation: nn.ReLU{}}.Apply(x)
	y = nn.MaxPooling2D{Padding: nn.Same}.Apply(y)
	y = nn.Flatten{}.Apply(y)
	model := nn.NewModel("classifier", x, nn.Dense{Units: 10, Activation: nn.Softmax{}}.Apply(y))
	var table strings.Builder
	if err := model.Summary(&table); err != nil {
		panic(err)
	}
	for line := range strings.Lines(table.String()) {
		fmt.Println(strings.TrimRight(line, " \n"))
	}
	// Output:
	// _________________________________________________________________
	// Layer (type)                 Output Shape              Param #
	// =================================================================
	// image (InputLayer)           [(None, 28, 28, 1)]       0
	// _________________________________________________________________
	// conv2d (Conv2D)              (None, 28, 28, 16)        160
	// _________________________________________________________________
	// max_pooling2d (MaxPooling2D) (None, 14, 14, 16)        0
	// _________________________________________________________________
	// flatten (Flatten)            (None, 3136)              0
	// _________________________________________________________________
	// dense (Dense)                (None, 10)                31370
	// =================================================================
	// Total params: 31,530
	// Trainable params: 31,530
	// Non-trainable params: 0
	// _________________________________________________________________
}

// A file holds the whole model, not only its weights.
func ExampleRead() {
	b := &nn.Builder{Seed: 1}
	x := b.Input("x", 4)
	model := nn.NewModel("line", x, nn.Dense{Units: 1}.Apply(x))
	var file bytes.Buffer // or use Save and Load with a path
	if err := model.Write(&file); err != nil {
		panic(err)
	}
	again, err := nn.Read(&file, file.Len())
	if err != nil {
		panic(err)
	}
	for _, v := range again.Weights() {
		fmt.Println(again.Name(), v.Name(), v.Shape())
	}
	// Output:
	// line dense/kernel (4, 1)
	// line dense/bias (1)
}

// A Trainer is for loops of one's own.
func ExampleTrainer() {
	b := &nn.Builder{Seed: 1}
	x := b.Input("x", 1)
	model := nn.NewModel("double", x, nn.Dense{Units: 1}.Apply(x))
	trainer := nn.NewTrainer(model, nn.CompileConfig{Optimizer: optim.SGD{LearningRate: optim.Constant(0.1)}})
	defer trainer.Close()
	inputs, targets := []float32{-1, 0, 1, 2}, []float32{-2, 0, 2, 4}
	for range 200 {
		if _, err := trainer.Step(inputs, targets, 4); err != nil {
			panic(err)
		}
	}
	y, err := model.Predict(graph.TensorOf([]float32{10}, 1, 1))
	if err != nil {
		panic(err)
	}
	fmt.Printf("after %d steps, twice 10 is %.2f\n", trainer.StepCount(), y.Data[0])
	// Output: after 200 steps, twice 10 is 20.00
}
