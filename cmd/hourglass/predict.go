package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/dataset/npy"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
)

func (p *program) predictCommand() *cobra.Command {
	var (
		data       dataFlags
		split, out string
		asPNG      bool
		threads    int
	)
	c := &cobra.Command{
		Use:   "predict RUN|MODEL.safetensors",
		Short: "Write codes and reconstructions to files",
		Long: `Predict encodes images and decodes them again. It makes a folder with

  codes.npy            (images, code), float32
  reconstructions.npy  (images, rows, columns, channels), float32 from 0 to 1

for numpy.load, or with --png codes.npy and a PNG file for each image.`,
		Example: `  hourglass predict runs/thumbs --limit 100 --out codes
  hourglass predict runs/thumbs --dataset ~/thumbnails --split train --png`,
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
			if err := newFolder(out, func(dir string) error { return t.predict(c.Context(), set, dir, asPNG) }); err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.out, "%s images of %s: %s\n", thousands(int64(set.N)), set.Name, out)
			return err
		},
	}
	data.add(c, "what the run was trained on")
	splitFlag(c, &split)
	c.Flags().StringVar(&out, "out", "predictions", "folder to make")
	c.Flags().BoolVar(&asPNG, "png", false, "write reconstructions as PNG files")
	threadsFlag(c, &threads)
	return c
}

// predict writes the codes and reconstructions of a set to a folder.
func (t *trained) predict(ctx context.Context, s *dataset.Set, dir string, asPNG bool) error {
	codes, err := t.encode(ctx, s)
	if err != nil {
		return err
	}
	y, err := t.reconstruct(ctx, s)
	if err != nil {
		return err
	}
	if err := npy.WriteFile(filepath.Join(dir, "codes.npy"), append([]int{s.N}, t.entry.Code...), codes); err != nil {
		return err
	}
	if asPNG {
		return writePNGs(ctx, dir, s, pixels(y))
	}
	return npy.WriteFile(filepath.Join(dir, "reconstructions.npy"), []int{s.N, s.H, s.W, s.C}, y)
}

// writePNGs writes pix, (N, H, W, C), as files named for the images' numbers in
// the set s, which they are like.
func writePNGs(ctx context.Context, dir string, s *dataset.Set, pix []uint8) error {
	like := *s
	like.Pixels = pix
	for i := range like.N {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := writePNG(filepath.Join(dir, fmt.Sprintf("%05d.png", i)), like.Image(i)); err != nil {
			return err
		}
	}
	return nil
}

func writePNG(path string, m image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, m), f.Close())
}

// newFolder makes a folder, which must not exist or be empty, with what fill
// puts into it; it appears once all is there.
func newFolder(dir string, fill func(tmp string) error) error {
	if err := vacant(dir); err != nil {
		return err
	}
	begun := false
	err := atomicfile.MakeFolder(dir, func(tmp string) error {
		begun = true
		return fill(tmp)
	})
	if err != nil && !begun {
		return &adviceError{err, "choose a folder that can be written to by --out"}
	}
	return err
}

// vacant returns an error if something is at dir that is no empty folder.
func vacant(dir string) error {
	if !atomicfile.Vacant(dir) {
		return fmt.Errorf("%s exists already and is not an empty folder: choose another by --out", dir)
	}
	return nil
}
