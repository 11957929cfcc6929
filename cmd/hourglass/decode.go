package main

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass"
)

func (p *program) decodeCommand() *cobra.Command {
	var (
		model  string
		number int
		out    outFlags
	)
	c := &cobra.Command{
		Use:   "decode FILE",
		Short: "Make a PNG file of an .hgi file, or of one image of an archive",
		Long: `Decode makes a PNG file of an .hgi file, or with --number of one image of an
.hga archive, without decoding more than that image's block. "-" reads standard
input and writes standard output.`,
		Example: `  hourglass decode shirt.hgi
  hourglass decode shirts.hga --number 41999 --out shirt.png`,
		Args: oneArgument(`an .hgi or .hga file, or "-"`),
		RunE: func(c *cobra.Command, args []string) error {
			extension := ".png"
			if number >= 0 {
				extension = fmt.Sprintf("-%d.png", number)
			}
			out.complete(args[0], extension)
			if err := out.check(); err != nil {
				return err
			}
			return p.decode(args[0], model, number, out)
		},
	}
	modelFlag(c, &model, "model to decode with, if it is neither built in nor in the file")
	c.Flags().IntVar(&number, "number", -1, "which image of an archive, counted from 0")
	out.add(c, `file to write, or "-" (default: the file's name with .png)`)
	return c
}

// decodeResult is what decode has done, as JSON.
type decodeResult struct {
	File   string `json:"file"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

func (p *program) decode(input, model string, number int, out outFlags) error {
	o, err := decodeOptions(model, 1)
	if err != nil {
		return err
	}
	in, err := p.openSeekable(input)
	if err != nil {
		return err
	}
	defer in.close()
	img, err := in.image(o, number)
	if err != nil {
		return fmt.Errorf("%s: %w", inputName(input), adviseModel(err))
	}
	if err := p.write(out, func(w io.Writer) error { return png.Encode(w, img) }); err != nil {
		return err
	}
	size := img.Bounds().Size()
	switch {
	case out.path == standard:
		return nil
	case out.json:
		return p.printJSON(decodeResult{out.path, size.X, size.Y})
	}
	_, err = fmt.Fprintf(p.out, "%s: %dx%d pixels\n", out.path, size.X, size.Y)
	return err
}

// image decodes the image of an .hgi file, or one by number of an archive.
func (s *seekable) image(o *hourglass.DecodeOptions, number int) (image.Image, error) {
	kind, err := s.kind()
	switch {
	case err != nil:
		return nil, err
	case kind == kindArchive && number < 0:
		return nil, fmt.Errorf("it is an archive: say which image by --number, or take all by hourglass unpack")
	case kind == kindArchive:
		return s.imageAt(o, number)
	case number >= 0:
		return nil, fmt.Errorf("--number %d: it is no archive", number)
	}
	return hourglass.DecodeWith(s.reader(), o)
}

func (s *seekable) imageAt(o *hourglass.DecodeOptions, number int) (image.Image, error) {
	a, err := hourglass.OpenArchive(s, s.size, o)
	if err != nil {
		return nil, err
	}
	if number >= a.Len() {
		return nil, fmt.Errorf("--number %d: it has %s images", number, thousands(int64(a.Len())))
	}
	return a.At(number)
}
