package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/train"
	"github.com/hourglass-codec/hourglass/zoo"
)

// runArgument describes the argument that openTrained takes.
const runArgument = "the folder of a run or a .safetensors file of a model"

// trained is a model that has been trained.
type trained struct {
	zoo.Autoencoder
	entry zoo.Entry
	path  string
	run   *train.Run // nil for a model that came as a file
}

// openTrained loads the best model of a run, or a model's file.
func openTrained(path string, threads int) (*trained, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: give %s", err, runArgument)
	}
	t := &trained{path: path}
	if info.IsDir() {
		if t.run, err = train.Open(path); err != nil {
			return nil, err
		}
		if r, err := findRecipe(t.run.Settings().Model); err == nil && r.codec {
			return nil, &adviceError{fmt.Errorf("%s is the run of a codec", path), "hourglass eval --model " + quote(path) + " measures it, hourglass pack uses it"}
		}
		t.path = t.run.BestPath()
		if _, err := os.Stat(t.path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s has no model yet: its first epoch is not done; go on with hourglass train --resume %s", path, quote(path))
		}
	}
	t.Autoencoder, t.entry, err = zoo.Load(t.path, zoo.Options{Threads: threads})
	return t, err
}

// images opens the images that the user asked for, or else those of the run, or
// else those of the model's tutorial.
func (p *program) images(ctx context.Context, t *trained, f dataFlags) (*dataset.Split, error) {
	switch {
	case f.name != "":
	case t.run != nil:
		f.name = t.run.Settings().Dataset
	default:
		f.name = t.entry.Dataset
	}
	return p.open(ctx, f, t.entry.Input)
}

// codeSize returns the numbers in a code.
func (t *trained) codeSize() int { return t.entry.Code.Elements() }

// computeBatch is how many images are computed between looks at the context.
const computeBatch = 1024

// encode returns the codes of a set, (N, codeSize).
func (t *trained) encode(ctx context.Context, s *dataset.Set) ([]float32, error) {
	codes := make([]float32, s.N*t.codeSize())
	err := inBatches(ctx, s, func(x []float32, i, n int) error {
		return t.Encode(codes[i*t.codeSize():], x, n)
	})
	return codes, err
}

// reconstruct returns what becomes of a set, (N, H, W, C).
func (t *trained) reconstruct(ctx context.Context, s *dataset.Set) ([]float32, error) {
	y := make([]float32, s.N*s.Size())
	err := inBatches(ctx, s, func(x []float32, i, n int) error {
		return t.Reconstruct(y[i*s.Size():], x, n)
	})
	return y, err
}

// inBatches calls compute for n images x, (n, H, W, C), from image i of s on,
// until all are done.
func inBatches(ctx context.Context, s *dataset.Set, compute func(x []float32, i, n int) error) error {
	x := make([]float32, computeBatch*s.Size())
	for i := 0; i < s.N; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n := s.Float32(x, i)
		if err := compute(x, i, n); err != nil {
			return err
		}
		i += n
	}
	return nil
}

// pixels rounds values from 0 ... 1 to 8 bits; what lies beyond is clipped.
func pixels(y []float32) []uint8 {
	pix := make([]uint8, len(y))
	for i, v := range y {
		pix[i] = uint8(math.Round(255 * float64(min(max(v, 0), 1))))
	}
	return pix
}

// part returns the named part of a split.
func part(s *dataset.Split, name string) (*dataset.Set, error) {
	switch name {
	case "test":
		return s.Test, nil
	case "train":
		return s.Train, nil
	}
	return nil, fmt.Errorf("--split %s: there are train and test", quote(name))
}
