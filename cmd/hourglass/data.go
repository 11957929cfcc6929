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
	"github.com/hourglass-codec/hourglass/graph"
)

// dataFlags say which images to take.
type dataFlags struct {
	name  string // --dataset
	dir   string // --data
	limit int    // --limit
}

func (f *dataFlags) add(c *cobra.Command, defaultName string) {
	c.Flags().StringVar(&f.name, "dataset", "", fmt.Sprintf("%s, or the path of an idx file or a folder of pictures (default: %s)",
		strings.Join(datasetNames(), ", "), defaultName))
	c.Flags().StringVar(&f.dir, "data", "", "folder that has the sets already (default: $"+dataset.EnvDir+")")
	c.Flags().IntVar(&f.limit, "limit", 0, "use only so many images (default: all)")
	complete(c, "dataset", datasetNames())
}

// absolute makes the set's name, if it is a path, independent of the working
// folder.
func (f *dataFlags) absolute() error {
	if slices.Contains(datasetNames(), f.name) || !pathExists(f.name) {
		return nil
	}
	var err error
	f.name, err = filepath.Abs(f.name)
	return err
}

// Numbers of images that the set of glyphs has by default.
const (
	glyphsTrain = 60000
	glyphsTest  = 10000
)

// open gets the images, which must have the shape (H, W, C) that a model takes;
// pictures in a folder are made so.
func (p *program) open(ctx context.Context, f dataFlags, shape graph.Shape) (*dataset.Split, error) {
	o := dataset.Options{Folder: dataset.FolderOptions{H: shape[0], W: shape[1], Grey: shape[2] == 1}}
	split, err := p.openAny(ctx, f, o)
	if err != nil {
		return nil, err
	}
	s := split.Train
	if got := []int{s.H, s.W, s.C}; !slices.Equal(got, shape) {
		return nil, fmt.Errorf("the images of %s are %s (rows x columns x channels), the model takes %s: choose another set or model",
			f.name, dims(got), dims(shape))
	}
	return split, nil
}

// openAny gets images of any shape, downloading them if need be and o allows.
func (p *program) openAny(ctx context.Context, f dataFlags, o dataset.Options) (*dataset.Split, error) {
	if f.limit < 0 {
		return nil, fmt.Errorf("--limit %d: it must not be negative", f.limit)
	}
	if f.limit > 0 {
		o.Glyphs = dataset.GlyphOptions{Train: min(f.limit, glyphsTrain), Test: min(f.limit, glyphsTest)}
	}
	download := p.downloads()
	o.Dirs, o.Logger, o.Progress = dataset.DataDirs(f.dir), p.logger(), download.show
	split, err := dataset.Open(ctx, f.name, o)
	download.close()
	if err != nil {
		return nil, f.advise(err)
	}
	if f.limit > 0 {
		split = &dataset.Split{Train: split.Train.Take(f.limit), Test: split.Test.Take(f.limit)}
	}
	return split, nil
}

// advise says which set the user may have meant if there is none of the name.
func (f *dataFlags) advise(err error) error {
	if slices.Contains(datasetNames(), f.name) || pathExists(f.name) {
		return err
	}
	if near := nearest(filepath.Base(f.name), datasetNames()); near != "" {
		return &adviceError{err, fmt.Sprintf("did you mean %s?", near)}
	}
	return err
}

func pathExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
