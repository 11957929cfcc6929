package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/nn"
	"github.com/hourglass-codec/hourglass/rd"
	"github.com/hourglass-codec/hourglass/train"
	"github.com/hourglass-codec/hourglass/zoo"
)

// A recipe is how something in the zoo is trained: an autoencoder for its
// reconstructions, a codec for rate and distortion.
type recipe struct {
	name, dataset     string
	epochs, batchSize int
	learningRate      float64
	input             graph.Shape // (H, W, C); nil: any
	codec             bool

	// split divides a set into images to train on and images to validate with.
	split func(*dataset.Split) *dataset.Split
	// learner makes what a run trains.
	learner func(o zoo.Options, s train.Settings, data *dataset.Split) learner
}

// learner is what a run trains, to be closed.
type learner interface {
	train.Learner
	Weights() []*graph.Variable
	Close()
}

// findRecipe returns the recipe of a model's name.
func findRecipe(name string) (recipe, error) {
	for _, c := range zoo.Codecs() {
		if c.Name == name {
			return codecRecipe(c), nil
		}
	}
	e, err := zoo.Lookup(name)
	if err != nil {
		err = fmt.Errorf("there is no model %q; choose one of %s", name, strings.Join(trainableNames(), ", "))
		if near := nearest(name, trainableNames()); near != "" {
			err = &adviceError{err, fmt.Sprintf("did you mean %s?", near)}
		}
		return recipe{}, err
	}
	return autoencoderRecipe(e), nil
}

func autoencoderRecipe(e zoo.Entry) recipe {
	return recipe{
		name: e.Name, dataset: e.Dataset, epochs: e.Epochs, batchSize: e.BatchSize, learningRate: e.LearningRate, input: e.Input,
		split:   func(s *dataset.Split) *dataset.Split { return s },
		learner: func(o zoo.Options, _ train.Settings, _ *dataset.Split) learner { return e.New(o) },
	}
}

func codecRecipe(c zoo.Codec) recipe {
	return recipe{
		name: c.Name, dataset: c.Dataset, epochs: c.Epochs, batchSize: c.BatchSize, learningRate: c.LearningRate,
		codec: true, split: holdOut,
		learner: func(o zoo.Options, s train.Settings, data *dataset.Split) learner {
			set := data.Train
			batches := (set.N + s.BatchSize - 1) / s.BatchSize
			return rd.NewLearner(c.Config(set.H, set.W, set.C), rd.Options{
				Seed: o.Seed, Steps: int64(s.Epochs) * int64(batches), LearningRate: o.LearningRate,
				Threads: o.Threads, Precision: o.Precision,
				Rounded: s.Rounded, Quality: s.Quality,
			})
		},
	}
}

// holdOut returns a split of the training images: the last twelfth of them is
// for validation. Those to test with take no part in training, not even in the
// choice of the best epoch.
func holdOut(s *dataset.Split) *dataset.Split {
	n := s.Train.N - s.Train.N/12
	return &dataset.Split{Train: s.Train.Slice(0, n), Test: s.Train.Slice(n, s.Train.N)}
}

// complete fills in what the user did not give.
func (r recipe) complete(f *trainFlags) error {
	f.data.name = cmp.Or(f.data.name, r.dataset)
	if err := f.data.absolute(); err != nil {
		return err
	}
	s := &f.settings
	if f.precision != "float32" {
		s.Precision = f.precision
	}
	s.Model, s.Dataset, s.Limit = r.name, f.data.name, f.data.limit
	if !r.codec {
		s.Rounded, s.Quality = 0, 0
	}
	if s.Quality < 0 || s.Quality > codec.MaxQuality {
		return fmt.Errorf("--quality %d: it must be from 1 to %d, or 0 for all", s.Quality, codec.MaxQuality)
	}
	s.Epochs = cmp.Or(s.Epochs, r.epochs)
	s.BatchSize = cmp.Or(s.BatchSize, r.batchSize)
	s.LearningRate = cmp.Or(s.LearningRate, r.learningRate)
	if f.from != "" {
		if err := startFrom(s, f.from); err != nil {
			return err
		}
	}
	f.out = cmp.Or(f.out, filepath.Join("runs", r.name+"-"+time.Now().Format("20060102-150405")))
	return nil
}

// open gets the images of a recipe, divided for training.
func (r recipe) open(ctx context.Context, p *program, f dataFlags) (*dataset.Split, error) {
	var split *dataset.Split
	var err error
	if r.input != nil {
		split, err = p.open(ctx, f, r.input)
	} else {
		split, err = p.openAny(ctx, f, dataset.Options{})
	}
	if err != nil {
		return nil, err
	}
	return r.split(split), nil
}

// startFrom makes the weights at path, a run or a file, those that a run of s
// begins with.
func startFrom(s *train.Settings, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	if info.IsDir() {
		run, err := train.Open(path)
		if err != nil {
			return err
		}
		if path, err = run.CheckpointPath(); err != nil {
			return err
		}
	}
	if s.From, err = filepath.Abs(path); err != nil {
		return err
	}
	s.FromSHA256, err = fileSHA256(path)
	return err
}

// fileSHA256 returns the SHA-256 of a file, in hexadecimal.
func fileSHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// restore gives a learner the weights that a run begins with.
func restore(l learner, s train.Settings) error {
	if s.From == "" {
		return nil
	}
	switch sum, err := fileSHA256(s.From); {
	case err != nil:
		return fmt.Errorf("the weights that the run begins with: %w", err)
	case sum != s.FromSHA256:
		return fmt.Errorf("%s is not what it was when the run began", s.From)
	}
	w, err := nn.LoadWeights(s.From)
	if err != nil {
		return err
	}
	return w.Restore(l.Weights())
}
