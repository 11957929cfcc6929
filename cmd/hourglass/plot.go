package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/plot"
)

// Kinds of figures.
const (
	kindReconstructions = "reconstructions"
	kindScatter         = "scatter"
	kindManifold        = "manifold"
	kindLoss            = "loss"
)

// picturesName is the folder of a run's figures.
const picturesName = "pictures"

func kinds() []string {
	return []string{kindReconstructions, kindScatter, kindManifold, kindLoss}
}

// plotFlags are the flags of the command plot.
type plotFlags struct {
	data    dataFlags
	kinds   []string
	formats []string
	out     string
	count   int
	seed    uint64
	threads int
}

func (p *program) plotCommand() *cobra.Command {
	var f plotFlags
	c := &cobra.Command{
		Use:   "plot RUN",
		Short: "Draw what a run learned",
		Long: `Plot draws figures of a run's best model:

  reconstructions  test images beside what becomes of them
  loss             the losses, epoch for epoch

and of a model whose codes are two numbers also

  scatter          the codes of the training images, coloured by class
  manifold         what a grid of codes decodes to`,
		Example: `  hourglass plot runs/dense-2-20260102-150405
  hourglass plot runs/thumbs --kind reconstructions --count 20 --format svg --out .`,
		Args: oneArgument("the folder of a run"),
		RunE: func(c *cobra.Command, args []string) error {
			return p.plot(c.Context(), args[0], f)
		},
	}
	f.data.add(c, "what the run was trained on")
	flags := c.Flags()
	flags.StringSliceVar(&f.kinds, "kind", nil, "figures to draw (default: all that suit the model)")
	flags.StringSliceVar(&f.formats, "format", []string{"png", "svg"}, "formats to write")
	flags.StringVar(&f.out, "out", "", "folder for the figures (default: RUN/pictures)")
	flags.IntVar(&f.count, "count", 12, "number of reconstructions")
	flags.Uint64Var(&f.seed, "seed", 1, "decides which images are reconstructed")
	threadsFlag(c, &f.threads)
	complete(c, "kind", kinds())
	complete(c, "format", []string{"png", "svg"})
	return c
}

// plot draws figures of the run in a folder.
func (p *program) plot(ctx context.Context, dir string, f plotFlags) error {
	t, err := openTrained(dir, f.threads)
	if err != nil {
		return err
	}
	defer t.Close()
	if t.run == nil {
		return fmt.Errorf("%s is a file: plot wants the folder of a run", dir)
	}
	if err := f.complete(t); err != nil {
		return err
	}
	images, err := p.images(ctx, t, f.data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.out, 0o777); err != nil {
		return &adviceError{err, "choose a folder that can be written to by --out"}
	}
	paths, err := t.draw(ctx, images, f)
	for _, path := range paths {
		fmt.Fprintln(p.out, path)
	}
	return err
}

// complete checks the flags and fills in what the user did not give.
func (f *plotFlags) complete(t *trained) error {
	if len(f.kinds) == 0 {
		f.kinds = suitable(t)
	}
	for _, k := range f.kinds {
		if !slices.Contains(kinds(), k) {
			return fmt.Errorf("--kind %s: there are %s", quote(k), strings.Join(kinds(), ", "))
		}
		if !slices.Contains(suitable(t), k) {
			return fmt.Errorf("--kind %s wants codes of two numbers, those of %s have %d", k, t.entry.Name, t.codeSize())
		}
	}
	for _, format := range f.formats {
		if _, err := plot.FormatOf("figure." + format); err != nil {
			return fmt.Errorf("--format %s: there are png and svg", quote(format))
		}
	}
	if f.count < 1 {
		return fmt.Errorf("--count %d: at least 1 is needed", f.count)
	}
	if f.out == "" {
		f.out = filepath.Join(t.run.Dir(), picturesName)
	}
	return nil
}

// suitable returns the kinds of figures that a model has.
func suitable(t *trained) []string {
	if t.codeSize() == 2 {
		return kinds()
	}
	return []string{kindReconstructions, kindLoss}
}

// draw writes the figures and returns the paths of those written.
func (t *trained) draw(ctx context.Context, images *dataset.Split, f plotFlags) (paths []string, err error) {
	for _, kind := range f.kinds {
		figure, err := t.figure(ctx, kind, images, f)
		if err != nil {
			return paths, err
		}
		for _, format := range f.formats {
			path := filepath.Join(f.out, kind+"."+format)
			if err := plot.Save(path, figure); err != nil {
				return paths, err
			}
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// figure returns a figure of the given kind.
func (t *trained) figure(ctx context.Context, kind string, images *dataset.Split, f plotFlags) (plot.Figure, error) {
	switch kind {
	case kindReconstructions:
		return t.reconstructions(ctx, images.Test, f.count, f.seed)
	case kindLoss:
		log, err := t.run.Log()
		if err != nil {
			return nil, err
		}
		return lossCurves(log), nil
	}
	points, err := t.points(ctx, images.Train)
	if err != nil {
		return nil, err
	}
	if kind == kindScatter {
		return t.scatter(images.Train, points), nil
	}
	return t.manifold(points)
}
