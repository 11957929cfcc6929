// Dense-32 is an autoencoder of two layers, one to a code of 32 numbers and one
// back, on the pictures of clothes of Fashion-MNIST. Compare it with
// sigmoid-32, the same without the high-level API.
//
//	go run ./examples/dense-32
//
// It writes reconstructions.png.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/nn"
	"github.com/hourglass-codec/hourglass/optim"
	"github.com/hourglass-codec/hourglass/plot"
)

// AutoEncoder turns images into codes and codes into images.
type AutoEncoder struct {
	encoder, decoder, both *nn.Model
}

// NewAutoEncoder makes an autoencoder of inputDim pixels and codeDim numbers.
func NewAutoEncoder(inputDim, codeDim int) *AutoEncoder {
	b := &nn.Builder{Seed: 1}
	image := b.Input("image", inputDim)
	encoder := nn.NewModel("encoder_model", image,
		nn.Dense{Name: "encoder", Units: codeDim, Activation: nn.ReLU{}}.Apply(image))
	code := b.Input("code", codeDim)
	decoder := nn.NewModel("decoder_model", code,
		nn.Dense{Name: "decoder", Units: inputDim, Activation: nn.Sigmoid{}}.Apply(code))

	both := nn.NewModel("autoencoder", image, decoder.Apply(encoder.Apply(image)))
	both.Compile(nn.CompileConfig{
		Optimizer: optim.Adam{LearningRate: optim.Constant(0.001)},
		Loss:      nn.MeanSquaredError,
	})
	return &AutoEncoder{encoder, decoder, both}
}

// Train fits the model to images (N, inputDim).
func (a *AutoEncoder) Train(ctx context.Context, images, test *graph.Tensor, epochs int) error {
	_, err := a.both.Fit(ctx, images, images, nn.FitConfig{
		Epochs: epochs, BatchSize: 256, Validation: &nn.Data{X: test},
		OnEpoch: func(p nn.Progress) error {
			fmt.Printf("epoch %d/%d: loss %.4f, validation loss %.4f\n", p.Epoch+1, epochs, p.Loss, p.ValidationLoss)
			return nil
		},
	})
	return err
}

// EncodedImage returns the code of an image.
func (a *AutoEncoder) EncodedImage(image []float32) (*graph.Tensor, error) {
	return a.encoder.Predict(graph.TensorOf(image, 1, len(image)))
}

// DecodedImage returns the image of a code.
func (a *AutoEncoder) DecodedImage(code *graph.Tensor) (*graph.Tensor, error) {
	return a.decoder.Predict(code)
}

func main() {
	log.SetFlags(0)
	data := flag.String("data", "fashion-mnist", "fashion-mnist, mnist, glyphs (which needs no files), or a folder with idx files")
	epochs := flag.Int("epochs", 20, "how often to go through the images")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *data, *epochs); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, data string, epochs int) error {
	images, err := dataset.Open(ctx, data, dataset.Options{Dirs: dataset.DataDirs("")})
	if err != nil {
		return fmt.Errorf("%w\n(-data glyphs needs no files)", err)
	}
	train, test := flatten(images.Train), flatten(images.Test)
	autoencoder := NewAutoEncoder(784, 32)
	if err := autoencoder.Train(ctx, train, test, epochs); err != nil {
		return err
	}

	figure := plot.Reconstructions{Title: "Test images, encoded as 32 numbers and decoded"}
	for i := range 10 {
		original := test.Data[i*784 : (i+1)*784]
		code, err := autoencoder.EncodedImage(original)
		if err != nil {
			return err
		}
		decoded, err := autoencoder.DecodedImage(code)
		if err != nil {
			return err
		}
		figure.Pairs = append(figure.Pairs, plot.Pair{
			Original: picture(original), Reconstruction: picture(decoded.Data), Label: images.Test.Class(i),
		})
	}
	return plot.Save("reconstructions.png", figure)
}

// flatten returns the images as rows of numbers from 0 to 1, (N, H*W*C).
func flatten(s *dataset.Set) *graph.Tensor {
	t := graph.NewTensor(s.N, s.Size())
	s.Float32(t.Data, 0)
	return t
}

// picture returns an image of 28 by 28 numbers from 0 to 1.
func picture(x []float32) plot.Image {
	m := plot.Image{Pix: make([]uint8, len(x)), Width: 28, Height: 28, Channels: 1}
	for i, v := range x {
		m.Pix[i] = uint8(min(max(v, 0), 1)*255 + 0.5)
	}
	return m
}
