// Dense-2 squeezes the digits of MNIST through two numbers and looks at them:
// an autoencoder of dense layers in the functional style.
//
//	go run ./examples/dense-2
//
// It writes reconstructions.png, five digits and what became of them, and
// codes.png, the codes of all training images in the plane.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/nn"
	"github.com/hourglass-codec/hourglass/optim"
	"github.com/hourglass-codec/hourglass/plot"
)

func main() {
	log.SetFlags(0)
	data := flag.String("data", "mnist", "mnist, fashion-mnist, glyphs (which needs no files), or a folder with idx files")
	epochs := flag.Int("epochs", 20, "how often to go through the images")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *data, *epochs); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, data string, epochs int) error {
	// The images, each a row of 784 numbers from 0 to 1.
	images, err := dataset.Open(ctx, data, dataset.Options{Dirs: dataset.DataDirs("")})
	if err != nil {
		return fmt.Errorf("%w\n(-data glyphs needs no files)", err)
	}
	train, test := flatten(images.Train), flatten(images.Test)

	// The encoder: 784 -> 300 -> 2.
	b := &nn.Builder{Seed: 1}
	encoderInput := b.Input("encoder_input", 784)
	x := nn.Dense{Name: "encoder_dense_1", Units: 300}.Apply(encoderInput)
	x = nn.LeakyReLU{Name: "encoder_leakyrelu_1"}.Apply(x)
	x = nn.Dense{Name: "encoder_dense_2", Units: 2}.Apply(x)
	code := nn.LeakyReLU{Name: "encoder_output"}.Apply(x)
	encoder := nn.NewModel("encoder_model", encoderInput, code)

	// The decoder: 2 -> 300 -> 784.
	decoderInput := b.Input("decoder_input", 2)
	x = nn.Dense{Name: "decoder_dense_1", Units: 300}.Apply(decoderInput)
	x = nn.LeakyReLU{Name: "decoder_leakyrelu_1"}.Apply(x)
	x = nn.Dense{Name: "decoder_dense_2", Units: 784}.Apply(x)
	image := nn.LeakyReLU{Name: "decoder_output"}.Apply(x)
	decoder := nn.NewModel("decoder_model", decoderInput, image)

	// Both together share their weights.
	aeInput := b.Input("AE_input", 784)
	ae := nn.NewModel("AE", aeInput, decoder.Apply(encoder.Apply(aeInput)))
	for _, m := range []*nn.Model{encoder, decoder, ae} {
		if err := m.Summary(os.Stdout); err != nil {
			return err
		}
	}

	ae.Compile(nn.CompileConfig{
		Optimizer: optim.Adam{LearningRate: optim.Constant(0.0005)},
		Loss:      nn.MeanSquaredError,
	})
	if _, err := ae.Fit(ctx, train, train, nn.FitConfig{
		Epochs: epochs, BatchSize: 256, Validation: &nn.Data{X: test},
		OnEpoch: func(p nn.Progress) error {
			fmt.Printf("epoch %d/%d: loss %.4f, validation loss %.4f\n", p.Epoch+1, epochs, p.Loss, p.ValidationLoss)
			return nil
		},
	}); err != nil {
		return err
	}

	codes, err := encoder.Predict(train)
	if err != nil {
		return err
	}
	decoded, err := ae.Predict(test)
	if err != nil {
		return err
	}
	if err := plot.Save("codes.png", scatter(images.Train, codes)); err != nil {
		return err
	}
	return plot.Save("reconstructions.png", reconstructions(images.Test, decoded))
}

// flatten returns the images as rows, (N, H*W*C).
func flatten(s *dataset.Set) *graph.Tensor {
	t := graph.NewTensor(s.N, s.Size())
	s.Float32(t.Data, 0)
	return t
}

// scatter shows codes (N, 2), coloured by class.
func scatter(s *dataset.Set, codes *graph.Tensor) plot.Scatter {
	f := plot.Scatter{Title: "Codes of the training images", Labels: s.Labels, ClassNames: s.Classes}
	for i := range s.N {
		f.Points = append(f.Points, [2]float64{float64(codes.Data[2*i]), float64(codes.Data[2*i+1])})
	}
	return f
}

// reconstructions shows five random images above what they were decoded to.
func reconstructions(s *dataset.Set, decoded *graph.Tensor) plot.Reconstructions {
	f := plot.Reconstructions{Title: "Test images, encoded as two numbers and decoded"}
	for _, i := range rand.Perm(s.N)[:5] {
		pix, mse := make([]uint8, s.Size()), 0.0
		for k, p := range s.Pix(i) {
			v := min(max(decoded.Data[i*s.Size()+k], 0), 1)
			pix[k] = uint8(v*255 + 0.5)
			mse += float64((v-float32(p)/255)*(v-float32(p)/255)) / float64(s.Size())
		}
		f.Pairs = append(f.Pairs, plot.Pair{
			Original:       plot.Image{Pix: s.Pix(i), Width: s.W, Height: s.H, Channels: s.C},
			Reconstruction: plot.Image{Pix: pix, Width: s.W, Height: s.H, Channels: s.C},
			Label:          s.Class(i), Detail: fmt.Sprintf("MSE %.4f", mse),
		})
	}
	return f
}
