package main

import (
	"bytes"
	"fmt"
	"image"
	"io"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass"
)

func (p *program) encodeCommand() *cobra.Command {
	var (
		f   encodeFlags
		out outFlags
	)
	c := &cobra.Command{
		Use:   "encode IMAGE",
		Short: "Compress one image to an .hgi file",
		Long: `Encode compresses an image, PNG, JPEG, GIF, WebP, BMP or TIFF, of the size that
the model is for. "-" reads standard input and writes standard output.

Many images take far fewer bytes in one archive: see "hourglass pack".`,
		Example: `  hourglass encode shirt.png --model fashion-mnist --quality 70
  hourglass encode - --model my.safetensors <scan.png >scan.hgi`,
		Args: oneArgument(`the file of an image, or "-"`),
		RunE: func(_ *cobra.Command, args []string) error {
			out.complete(args[0], ".hgi")
			if err := out.check(); err != nil {
				return err
			}
			return p.encode(args[0], f, out)
		},
	}
	f.add(c)
	out.add(c, `file to write, or "-" (default: the image's name with .hgi)`)
	return c
}

// encodeResult is what encode has done, as JSON.
type encodeResult struct {
	File    string `json:"file"`
	Bytes   int    `json:"bytes"`
	Model   string `json:"model"`
	Quality int    `json:"quality"`
	Shape   []int  `json:"shape"` // (H, W, C)
}

func (p *program) encode(input string, f encodeFlags, out outFlags) error {
	m, err := neededModel(f.model)
	if err != nil {
		return err
	}
	img, err := p.readPicture(input, m)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	o := &hourglass.Options{
		Model: m, Quality: qualityOf(f.quality), Effort: f.effort, LosslessFallback: f.fallback, EmbedModel: f.embed,
	}
	if err := hourglass.Encode(&file, img, o); err != nil {
		return err
	}
	size := file.Len()
	if err := p.write(out, func(w io.Writer) error { _, err := file.WriteTo(w); return err }); err != nil {
		return err
	}
	coded := size
	if f.embed {
		coded -= len(m.File())
	}
	p.warnOfRate(m, o.Quality, 1, int64(coded))
	return p.printEncoded(out, encodeResult{out.path, size, m.ID().String(), o.Quality, modelShape(m)})
}

// qualityOf returns the quality that the flag --quality means.
func qualityOf(flag int) int {
	if flag == 0 {
		return hourglass.DefaultQuality
	}
	return flag
}

// modelShape returns the (H, W, C) of a model's images.
func modelShape(m *hourglass.Model) []int {
	c := m.Config()
	return []int{c.Height, c.Width, m.Channels()}
}

func (p *program) printEncoded(out outFlags, r encodeResult) error {
	switch {
	case out.path == standard:
		return nil
	case out.json:
		return p.printJSON(r)
	}
	_, err := fmt.Fprintf(p.out, "%s: %s bytes\n", r.File, thousands(int64(r.Bytes)))
	return err
}

// readPicture reads an image that must be of the size that m is for.
func (p *program) readPicture(name string, m *hourglass.Model) (image.Image, error) {
	in, err := p.openInput(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	img, err := decodePicture(in, m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", inputName(name), err)
	}
	return img, nil
}

// decodePicture decodes an image of any format. The size is checked before
// memory for it is taken.
func decodePicture(r io.Reader, m *hourglass.Model) (image.Image, error) {
	var head bytes.Buffer
	c, _, err := image.DecodeConfig(io.TeeReader(r, &head))
	if err != nil {
		return nil, err
	}
	if want := m.Config(); c.Width != want.Width || c.Height != want.Height {
		return nil, &hourglass.SizeError{Size: image.Pt(c.Width, c.Height), Model: m}
	}
	img, _, err := image.Decode(io.MultiReader(&head, r))
	return img, err
}
