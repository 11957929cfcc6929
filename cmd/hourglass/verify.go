package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/internal/container"
)

// verifyFlags are the flags of the command verify.
type verifyFlags struct {
	model     string
	checksums bool
	threads   int
	json      bool
}

func (p *program) verifyCommand() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify FILE...",
		Short: "Check .hgi and .hga files, and say what is damaged",
		Long: `Verify reads files from end to end, checks all checksums and decodes all images.
It says which parts of an archive are damaged and which images are lost; "hourglass
unpack --keep-going" saves the others. The exit status is 1 if anything is wrong.`,
		Example: `  hourglass verify thumbs.hga
  hourglass verify --checksums *.hga`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.verify(c.Context(), f, args)
		},
	}
	modelFlag(c, &f.model, "model to decode with, if it is neither built in nor in the file")
	c.Flags().BoolVar(&f.checksums, "checksums", false, "do not decode: faster, and needs no model")
	threadsFlag(c, &f.threads)
	jsonFlag(c, &f.json)
	return c
}

// verification is what verify finds in a file, as JSON.
type verification struct {
	File    string       `json:"file"`
	OK      bool         `json:"ok"`
	Images  int          `json:"images"` // intact
	Total   int          `json:"total"`  // that there are or should be
	Damages []damageInfo `json:"damages,omitempty"`
	Error   string       `json:"error,omitempty"` // why nothing more can be said
}

func (p *program) verify(ctx context.Context, f verifyFlags, names []string) error {
	o, err := decodeOptions(f.model, f.threads)
	if err != nil {
		return err
	}
	var all []*verification
	bad := 0
	for _, name := range names {
		v, err := p.verifyFile(ctx, name, o, f.checksums)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			v = &verification{Error: adviseModel(err).Error()}
		}
		v.File = inputName(name)
		if all = append(all, v); !v.OK {
			bad++
		}
		if !f.json {
			p.printVerification(v)
		}
	}
	if f.json {
		if err := p.printJSON(all); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d files are not in order", bad, len(all))
	}
	return nil
}

func (p *program) verifyFile(ctx context.Context, name string, o *hourglass.DecodeOptions, checksums bool) (*verification, error) {
	in, err := p.openSeekable(name)
	if err != nil {
		return nil, err
	}
	defer in.close()
	kind, err := in.kind()
	switch {
	case err != nil:
		return nil, err
	case kind == kindOther:
		return nil, errors.New("it is neither an .hgi nor an .hga file")
	case kind == kindArchive:
		return p.verifyArchive(ctx, in, o, checksums)
	case checksums:
		_, err = container.ReadImage(in.reader(), nil)
	default:
		_, err = hourglass.DecodeWith(in.reader(), o)
	}
	if err != nil {
		return nil, err
	}
	return &verification{OK: true, Images: 1, Total: 1}, nil
}

func (p *program) verifyArchive(ctx context.Context, in *seekable, o *hourglass.DecodeOptions, checksums bool) (*verification, error) {
	verify, passes := hourglass.VerifyArchive, 3 // two for checksums, one to decode
	if checksums {
		verify, passes = hourglass.VerifyChecksums, 1
	}
	const kilo = 1000
	bar := p.countBar("verifying", "kB", 0, passes*int(in.size)/kilo)
	defer bar.close()
	done := 0
	in = in.watched(ctx, func(n int) {
		done += n
		bar.set(min(done/kilo, bar.total))
	})
	r, err := verify(in, in.size, o)
	if err != nil {
		return nil, err
	}
	return &verification{OK: r.OK(), Images: r.Images, Total: r.Total, Damages: damageInfos(r.Damages)}, nil
}

func (p *program) printVerification(v *verification) {
	switch {
	case v.Error != "":
		fmt.Fprintf(p.out, "%s: %s\n", v.File, v.Error)
		return
	case v.OK:
		fmt.Fprintf(p.out, "%s: in order, %s\n", v.File, count(v.Images, "image"))
		return
	}
	fmt.Fprintf(p.out, "%s: damaged, %s of %s intact\n", v.File, thousands(int64(v.Images)), count(v.Total, "image"))
	for _, d := range v.Damages {
		lost := "no image known to be lost"
		if d.Images > 0 {
			lost = fmt.Sprintf("images %d to %d lost", d.First, d.First+d.Images-1)
		}
		fmt.Fprintf(p.out, "  byte %d, %s: %s: %s\n", d.Offset, count(int(d.Length), "byte"), lost, d.Error)
	}
}

// count says how many things there are.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return thousands(int64(n)) + " " + thing
}
