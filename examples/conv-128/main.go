// Conv-128 is an autoencoder of convolutions on the pictures of clothes of
// Fashion-MNIST: pooling takes 28 by 28 pixels to a code of 4 by 4 by 8,
// upsampling takes it back.
//
//	go run ./examples/conv-128
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

// NewAutoEncoder makes an autoencoder for images of 28 by 28 grey pixels.
func NewAutoEncoder() *AutoEncoder {
	conv := func(name string, filters int, padding nn.Padding, x *nn.Node) *nn.Node {
		return nn.Conv2D{
			Name: name, Filters: filters, Kernel: [2]int{3, 3}, Padding: padding, Activation: nn.ReLU{},
		}.Apply(x)
	}
	pool := func(name string, x *nn.Node) *nn.Node { return nn.MaxPooling2D{Name: name, Padding: nn.Same}.Apply(x) }
	up := func(name string, x *nn.Node) *nn.Node { return nn.UpSampling2D{Name: name}.Apply(x) }

	b := &nn.Builder{Seed: 1}
	image := b.Input("image", 28, 28, 1)
	x := pool("encoder_pool_1", conv("encoder_conv_1", 16, nn.Same, image)) // (14, 14, 16)
	x = pool("encoder_pool_2", conv("encoder_conv_2", 8, nn.Same, x))       // (7, 7, 8)
	x = pool("encoder_pool_3", conv("encoder_conv_3", 8, nn.Same, x))       // (4, 4, 8)
	encoder := nn.NewModel("encoder_model", image, x)

	code := b.Input("code", 4, 4, 8)
	x = up("decoder_up_1", conv("decoder_conv_1", 8, nn.Same, code)) // (8, 8, 8)
	x = up("decoder_up_2", conv("decoder_conv_2", 8, nn.Same, x))    // (16, 16, 8)
	x = up("decoder_up_3", conv("decoder_conv_3", 16, nn.Valid, x))  // (28, 28, 16)
	x = nn.Conv2D{
		Name: "decoder_conv_4", Filters: 1, Kernel: [2]int{3, 3}, Padding: nn.Same, Activation: nn.Sigmoid{},
	}.Apply(x)
	decoder := nn.NewModel("decoder_model", code, x)

	both := nn.NewModel("autoencoder", image, decoder.Apply(encoder.Apply(image)))
	both.Compile(nn.CompileConfig{
		Optimizer: optim.Adam{LearningRate: optim.Constant(0.001)},
		Loss:      nn.MeanSquaredError,
	})
	return &AutoEncoder{encoder, decoder, both}
}

// Train fits the model to images (N, 28, 28, 1).
func (a *AutoEncoder) Train(ctx context.Context, images, test *graph.Tensor, epochs int) error {
	_, err := a.both.Fit(ctx, images, images, nn.FitConfig{
		Epochs: epochs, BatchSize: 128, Validation: &nn.Data{X: test},
		OnEpoch: func(p nn.Progress) error {
			fmt.Printf("epoch %d/%d: loss %.4f, validation loss %.4f\n", p.Epoch+1, epochs, p.Loss, p.ValidationLoss)
			return nil
		},
	})
	return err
}

// EncodedImage returns the code of an image.
func (a *AutoEncoder) EncodedImage(image []float32) (*graph.Tensor, error) {
	return a.encoder.Predict(graph.TensorOf(image, 1, 28, 28, 1))
}

// DecodedImage returns the image of a code.
func (a *AutoEncoder) DecodedImage(code *graph.Tensor) (*graph.Tensor, error) {
	return a.decoder.Predict(code)
}

func main() {
	log.SetFlags(0)
	data := flag.String("data", "fashion-mnist", "fashion-mnist, mnist, glyphs (which needs no files), or a folder with idx files")
	epochs := flag.Int("epochs", 10, "how often to go through the images")
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
	train, test := tensor(images.Train), tensor(images.Test)
	autoencoder := NewAutoEncoder()
	if err := autoencoder.both.Summary(os.Stdout); err != nil {
		return err
	}
	if err := autoencoder.Train(ctx, train, test, epochs); err != nil {
		return err
	}

	figure := plot.Reconstructions{Title: "Test images, encoded as 128 numbers and decoded"}
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

// tensor returns the images as numbers from 0 to 1, (N, H, W, C).
func tensor(s *dataset.Set) *graph.Tensor {
	t := graph.NewTensor(s.N, s.H, s.W, s.C)
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
