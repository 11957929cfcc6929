package plot_test

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"

	"github.com/hourglass-codec/hourglass/plot"
)

func ExampleSave() {
	dir, err := os.MkdirTemp("", "figures")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	figure := plot.LossCurves{
		Title:  "dense-2 on MNIST",
		YLabel: "mean squared error",
		Runs: []plot.LossRun{{
			Train:      []float64{0.0580, 0.0533, 0.0518, 0.0508, 0.0501},
			Validation: []float64{0.0555, 0.0529, 0.0517, 0.0509, 0.0503},
		}},
	}
	for _, name := range []string{"loss.png", "loss.svg"} {
		if err := plot.Save(filepath.Join(dir, name), figure); err != nil {
			panic(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// loss.png
	// loss.svg
}

func ExampleWrite() {
	var buf bytes.Buffer
	err := plot.Write(&buf, plot.PNG, plot.RateDistortion{
		Title: "Kodak",
		Curves: []plot.RateCurve{
			{Name: "JPEG", Rate: []float64{0.33, 0.59, 1.04, 2.35}, Quality: []float64{26.6, 29.8, 32.8, 37.9}},
			{Name: "Hourglass", Rate: []float64{0.20, 0.35, 0.60, 1.30}, Quality: []float64{27.1, 30.0, 33.0, 37.5}},
		},
	})
	if err != nil {
		panic(err)
	}
	config, err := png.DecodeConfig(&buf)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.1f inches wide\n", float64(config.Width)/plot.DPI)
	// Output: 6.5 inches wide
}

func ExampleReconstructions() {
	grey := func(level uint8) plot.Image {
		return plot.Image{Pix: bytes.Repeat([]byte{level}, 28*28), Width: 28, Height: 28, Channels: 1}
	}
	err := plot.Write(new(bytes.Buffer), plot.SVG, plot.Reconstructions{
		Title: "Five test images",
		Pairs: []plot.Pair{{Original: grey(10), Reconstruction: grey(12), Label: "7: Sneaker", Detail: "MSE 0.0001"}},
	})
	fmt.Println(err)
	// Output: <nil>
}
