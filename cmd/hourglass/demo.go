package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/train"
)

// demoFlags are the flags of the command demo.
type demoFlags struct {
	data    dataFlags
	out     string
	threads int
}

// demoPart is one model of the demo. The amounts of work are fixed, so that the
// demo shows the same on every machine; on two cores of 2024 they take about a
// minute together.
type demoPart struct {
	model  string
	images int // at most so many to train on
	epochs int
	batch  int
}

func demoParts() []demoPart {
	return []demoPart{
		{model: "conv-128", images: 20000, epochs: 8, batch: 64},
		{model: "dense-2", images: 60000, epochs: 14, batch: 256},
	}
}

func (p *program) demoCommand() *cobra.Command {
	var f demoFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "Train two models and a codec in a minute or two and show what they learned",
		Long: `Demo trains conv-128, which keeps 128 numbers of an image, and dense-2, which
keeps two, and a codec, with which it packs the test images and compares itself
with JPEG, WebP and AVIF; and makes a folder of pictures with a README.md that
explains them.

It needs no network: the images are Fashion-MNIST if it is on this machine (see
"hourglass datasets"), or else built-in ones of letters and digits.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.demo(c.Context(), f)
		},
	}
	f.data.add(c, "fashion-mnist if it is on this machine, or else glyphs")
	c.Flags().StringVar(&f.out, "out", "", "folder to make (default: hourglass-demo, or -2, -3, ... if it exists)")
	threadsFlag(c, &f.threads)
	return c
}

// demo makes the demo's folder.
func (p *program) demo(ctx context.Context, f demoFlags) error {
	if f.out == "" {
		f.out = unused("hourglass-demo")
	}
	if err := vacant(f.out); err != nil {
		return err // before a minute's work
	}
	data, err := p.demoData(ctx, f.data)
	if err != nil {
		return err
	}
	err = newFolder(f.out, func(dir string) error {
		var results []*demoResult
		for _, part := range demoParts() {
			r, err := p.demoTrain(ctx, part, data, dir, f.threads)
			if err != nil {
				return err
			}
			results = append(results, r)
		}
		codec, err := p.demoTrainCodec(ctx, data, dir, f.threads)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "README.md"), demoReadme(data, results, codec), 0o666)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "done: see %s and the pictures beside it\n", filepath.Join(f.out, "README.md"))
	return err
}

// unused returns name, or name-2, name-3 and so on, whichever no file has yet.
func unused(name string) string {
	free := name
	for i := 2; pathExists(free); i++ {
		free = fmt.Sprintf("%s-%d", name, i)
	}
	return free
}

// demoData returns the images for the demo.
func (p *program) demoData(ctx context.Context, f dataFlags) (*dataset.Split, error) {
	shape := []int{28, 28, 1}
	if f.name != "" {
		return p.open(ctx, f, shape)
	}
	f.name = dataset.NameFashionMNIST
	data, err := p.openAny(ctx, f, dataset.Options{Offline: true})
	if errors.Is(err, dataset.ErrNotFound) {
		p.remark("Fashion-MNIST is not on this machine: using the built-in glyphs")
		f.name = dataset.NameGlyphs
		return p.open(ctx, f, shape)
	}
	return data, err
}

// demoResult is what came of a part of the demo.
type demoResult struct {
	part     demoPart
	test     *evaluation
	pictures []string // kinds of figures
}

// demoTrain trains a model in a folder of its own in dir and draws its
// pictures.
func (p *program) demoTrain(ctx context.Context, part demoPart, data *dataset.Split, dir string, threads int) (*demoResult, error) {
	entry, err := lookup(part.model)
	if err != nil {
		return nil, err
	}
	data = &dataset.Split{Train: data.Train.Take(part.images), Test: data.Test}
	run, err := train.Create(filepath.Join(dir, part.model), train.Settings{
		Model: part.model, Dataset: data.Train.Name, Epochs: part.epochs, BatchSize: part.batch,
		LearningRate: entry.LearningRate, Seed: 1,
	}, data, programName())
	if err != nil {
		return nil, err
	}
	p.remark("%s: training on %s images of %s", part.model, thousands(int64(data.Train.N)), data.Train.Name)
	if _, err := p.trainRun(ctx, autoencoderRecipe(entry), run, data, train.Options{}, threads); err != nil {
		return nil, err
	}
	t, err := openTrained(run.Dir(), threads)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.demoResult(ctx, part, data)
}

// demoResult measures the model and draws its pictures.
func (t *trained) demoResult(ctx context.Context, part demoPart, data *dataset.Split) (*demoResult, error) {
	test, err := t.evaluate(ctx, data.Test)
	if err != nil {
		return nil, err
	}
	f := plotFlags{
		kinds: suitable(t), formats: []string{"png"}, count: 12, seed: 1,
		out: filepath.Join(t.run.Dir(), picturesName),
	}
	if err := os.Mkdir(f.out, 0o777); err != nil {
		return nil, err
	}
	_, err = t.draw(ctx, data, f)
	return &demoResult{part, test, f.kinds}, err
}
