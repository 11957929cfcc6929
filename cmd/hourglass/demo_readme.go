package main

import (
	"bytes"
	"fmt"
	"path"

	"github.com/hourglass-codec/hourglass/dataset"
)

// demoReadme writes the README.md of the demo's folder.
func demoReadme(data *dataset.Split, results []*demoResult, codec *demoCodec) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# What the autoencoders learned

An autoencoder squeezes an image through a few numbers, its code, and draws it
again from them. "hourglass demo" trained two on images of %s and
tried them on %s images that they had not seen:

| model | trained on | pixels | code | mean squared error | PSNR |
| --- | --- | --- | --- | --- | --- |
`, data.Train.Name, thousands(int64(data.Test.N)))
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %s images, %d times | %d | %d numbers | %.4f | %.2f dB |\n", r.test.Model,
			thousands(int64(min(r.part.images, data.Train.N))), r.part.epochs, data.Train.Size(), r.test.Code, r.test.Loss, r.test.PSNR)
	}
	b.WriteString("\nThe error is of pixels from 0, black, to 1, white. Less error, or more dB, is better.\n")
	for _, r := range results {
		fmt.Fprintf(&b, "\n## %s\n", r.test.Model)
		for _, kind := range r.pictures {
			fmt.Fprintf(&b, "\n%s\n\n![%s of %s](%s)\n", demoText(kind, r.test), kind, r.test.Model, path.Join(r.test.Model, picturesName, kind+".png"))
		}
	}
	b.WriteString(demoCodecText(codec))
	fmt.Fprintf(&b, `
## Going on

The folders are runs: "hourglass evaluate", "hourglass predict" and "hourglass
plot" take them. "hourglass train" trains a model in full; "hourglass models"
lists all.
`)
	return b.Bytes()
}

// demoText explains a kind of figure.
func demoText(kind string, e *evaluation) string {
	switch kind {
	case kindReconstructions:
		return fmt.Sprintf("Test images, and below each what the model draws from its %d numbers, with\nthe error.", e.Code)
	case kindScatter:
		return "The codes of the images that it was trained on: each image is a point, coloured\nby class. Nobody told the model the classes; images that look alike come to lie\ntogether."
	case kindManifold:
		return "The way back: what the model draws from each point of a grid over the same plane."
	}
	return "How the error fell: on the images trained on, and on the test images."
}
