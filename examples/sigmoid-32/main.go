// Sigmoid-32 is an autoencoder written with the low-level API alone: weights
// and biases are variables, layers are sums and products, and training is the
// gradient of a loss. Compare it with dense-32, the same in a few layers. With
// its sigmoid code and Adagrad it learns slowly.
//
//	go run ./examples/sigmoid-32
//
// It writes reconstructions.png.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/optim"
	"github.com/hourglass-codec/hourglass/plot"
)

// AutoEncoder turns images into codes and back.
type AutoEncoder struct {
	session                       *graph.Session[float32]
	image, encoded, decoded, loss *graph.Node
	training                      []*graph.Node
}

// NewAutoEncoder makes an autoencoder of inputDim pixels and codeDim numbers. A
// learning rate may be given; it is 0.1 otherwise.
func NewAutoEncoder(inputDim, codeDim int, learningRate ...float64) *AutoEncoder {
	rate := 0.1
	if len(learningRate) > 0 {
		rate = learningRate[0]
	}
	encoderWeights := graph.NewVariable("encoder weights", glorot(inputDim, codeDim))
	encoderBias := graph.NewVariable("encoder bias", graph.NewTensor(codeDim))
	decoderWeights := graph.NewVariable("decoder weights", glorot(codeDim, inputDim))
	decoderBias := graph.NewVariable("decoder bias", graph.NewTensor(inputDim))

	a := &AutoEncoder{session: graph.NewSession[float32](graph.SessionOptions{})}
	a.image = graph.Placeholder("image", graph.Unknown, inputDim)
	a.encoded = graph.Sigmoid(graph.Add(graph.MatMul(a.image, encoderWeights), encoderBias))
	a.decoded = graph.Add(graph.MatMul(a.encoded, decoderWeights), decoderBias)
	a.loss = graph.Mean(graph.Square(graph.Sub(a.decoded, a.image)))
	a.training = optim.Adagrad{LearningRate: optim.Constant(rate)}.Minimize(a.loss,
		[]*graph.Variable{encoderWeights, encoderBias, decoderWeights, decoderBias})
	return a
}

// glorot returns random weights of a scale that keeps signals alive (Glorot and
// Bengio, 2010).
func glorot(in, out int) *graph.Tensor {
	limit := math.Sqrt(6 / float64(in+out))
	r := rand.New(rand.NewPCG(1, uint64(in)))
	t := graph.NewTensor(in, out)
	for i := range t.Data {
		t.Data[i] = float32(limit * (2*r.Float64() - 1))
	}
	return t
}

// run computes a node for images (N, inputDim), and what else there is to do.
func (a *AutoEncoder) run(images *graph.Tensor, fetch *graph.Node, also ...*graph.Node) (*graph.Tensor, error) {
	out, err := a.session.Run(map[*graph.Node]*graph.Tensor{a.image: images}, append([]*graph.Node{fetch}, also...)...)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// Train makes one step on a batch of images (N, inputDim) and returns the loss
// before it.
func (a *AutoEncoder) Train(images *graph.Tensor) (float32, error) {
	loss, err := a.run(images, a.loss, a.training...)
	if err != nil {
		return 0, err
	}
	return loss.Data[0], nil
}

// EncodedImage returns the code of an image.
func (a *AutoEncoder) EncodedImage(image []float32) (*graph.Tensor, error) {
	return a.run(graph.TensorOf(image, 1, len(image)), a.encoded)
}

// DecodedImage returns what becomes of an original, encoded and decoded.
func (a *AutoEncoder) DecodedImage(original []float32) (*graph.Tensor, error) {
	return a.run(graph.TensorOf(original, 1, len(original)), a.decoded)
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
	if size := images.Train.Size(); size != 784 {
		return fmt.Errorf("images of %d numbers, want 784: 28 by 28 grey pixels", size)
	}
	const batchSize = 256
	autoencoder := NewAutoEncoder(784, 32)
	batches := dataset.NewBatches(images.Train, dataset.BatchOptions{Size: batchSize, Shuffle: true})
	buffer := make([]float32, batchSize*784)
	for epoch := range epochs {
		sum := 0.0
		for _, batch := range batches.Epoch(epoch, buffer) {
			if err := ctx.Err(); err != nil {
				return err
			}
			loss, err := autoencoder.Train(graph.TensorOf(batch, len(batch)/784, 784))
			if err != nil {
				return err
			}
			sum += float64(loss)
		}
		fmt.Printf("epoch %d/%d: loss %.4f\n", epoch+1, epochs, sum/float64(batches.Len()))
	}

	figure := plot.Reconstructions{Title: "Test images, encoded as 32 numbers and decoded"}
	for i := range 10 {
		original := make([]float32, 784)
		images.Test.Float32(original, i)
		decoded, err := autoencoder.DecodedImage(original)
		if err != nil {
			return err
		}
		figure.Pairs = append(figure.Pairs, plot.Pair{
			Original: picture(original), Reconstruction: picture(decoded.Data), Label: images.Test.Class(i),
		})
	}
	return plot.Save("reconstructions.png", figure)
}

// picture returns an image of 28 by 28 numbers from 0 to 1.
func picture(x []float32) plot.Image {
	m := plot.Image{Pix: make([]uint8, len(x)), Width: 28, Height: 28, Channels: 1}
	for i, v := range x {
		m.Pix[i] = uint8(min(max(v, 0), 1)*255 + 0.5)
	}
	return m
}
