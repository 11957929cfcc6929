package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/metrics"
)

func (p *program) evaluateCommand() *cobra.Command {
	var (
		data    dataFlags
		split   string
		threads int
		asJSON  bool
	)
	c := &cobra.Command{
		Use:   "evaluate RUN|MODEL.safetensors",
		Short: "Measure a model's reconstructions on the test images",
		Long: `Evaluate reconstructs images and measures the error: MSE and PSNR over all
pixels, rounded to 8 bits, and the loss, which is the mean squared error of
pixels from 0 to 1 before rounding.`,
		Example: `  hourglass evaluate runs/thumbs
  hourglass evaluate runs/thumbs/best.safetensors --dataset mnist --json`,
		Args: oneArgument(runArgument),
		RunE: func(c *cobra.Command, args []string) error {
			t, err := openTrained(args[0], threads)
			if err != nil {
				return err
			}
			defer t.Close()
			images, err := p.images(c.Context(), t, data)
			if err != nil {
				return err
			}
			set, err := part(images, split)
			if err != nil {
				return err
			}
			e, err := t.evaluate(c.Context(), set)
			if err != nil {
				return err
			}
			if asJSON {
				return p.printJSON(e)
			}
			return p.printEvaluation(e, split)
		},
	}
	data.add(c, "what the run was trained on")
	splitFlag(c, &split)
	threadsFlag(c, &threads)
	jsonFlag(c, &asJSON)
	return c
}

// splitFlag adds the flag --split.
func splitFlag(c *cobra.Command, split *string) {
	c.Flags().StringVar(split, "split", "test", "which images: test or train")
	complete(c, "split", []string{"test", "train"})
}

// evaluation is how well a model reconstructs a set.
type evaluation struct {
	Model   string  `json:"model"`
	File    string  `json:"file"`
	Dataset string  `json:"dataset"`
	Images  int     `json:"images"`
	Shape   []int   `json:"shape"` // of an image: (H, W, C)
	Code    int     `json:"code"`  // numbers
	Loss    float64 `json:"loss"`
	MSE     float64 `json:"mse"`  // of 8-bit pixels
	PSNR    float64 `json:"psnr"` // dB
}

// evaluate measures the model on a set.
func (t *trained) evaluate(ctx context.Context, s *dataset.Set) (*evaluation, error) {
	y, err := t.reconstruct(ctx, s)
	if err != nil {
		return nil, err
	}
	mse, err := metrics.MSE(column(s.Pixels, s), column(pixels(y), s))
	if err != nil {
		return nil, err
	}
	return &evaluation{
		Model: t.entry.Name, File: t.path, Dataset: s.Name, Images: s.N, Shape: []int{s.H, s.W, s.C},
		Code: t.codeSize(), Loss: meanSquaredError(s.Pixels, y), MSE: mse, PSNR: metrics.PSNRFromMSE(mse),
	}, nil
}

// column views the images of a set, or others like them, as one below the other.
func column(pix []uint8, s *dataset.Set) metrics.Image {
	return metrics.Image{Pix: pix, Width: s.W, Height: len(pix) / (s.W * s.C), Channels: s.C}
}

// meanSquaredError compares pixels, taken as 0 ... 1, with what became of them.
func meanSquaredError(pix []uint8, y []float32) float64 {
	sum := 0.0
	for i, p := range pix {
		d := float64(p)/255 - float64(y[i])
		sum += float64(d * d)
	}
	return sum / float64(len(pix))
}

func (p *program) printEvaluation(e *evaluation, split string) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "model\t%s (%s)\n", e.Model, e.File)
	fmt.Fprintf(w, "images\t%s %s images of %s, %s\n", thousands(int64(e.Images)), split, e.Dataset, dims(e.Shape))
	fmt.Fprintf(w, "code\t%d numbers for %d\n", e.Code, e.Shape[0]*e.Shape[1]*e.Shape[2])
	fmt.Fprintf(w, "loss\t%.5f\n", e.Loss)
	fmt.Fprintf(w, "MSE\t%.2f\n", e.MSE)
	fmt.Fprintf(w, "PSNR\t%.2f dB\n", e.PSNR)
	return w.Flush()
}
