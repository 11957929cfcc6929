package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass"
)

// unpackFlags are the flags of the command unpack.
type unpackFlags struct {
	model     string
	out       outFlags
	to        string
	labels    string
	keepGoing bool
	threads   int
}

func (p *program) unpackCommand() *cobra.Command {
	var f unpackFlags
	c := &cobra.Command{
		Use:   "unpack ARCHIVE",
		Short: "Write the images of an .hga archive as PNG files, idx or npy",
		Long: `Unpack writes all images of an archive: as PNG files in a folder, named as they
were or by number, or as one array of bytes, an idx file (N, H, W) or an .npy file
(N, H, W, C). The result appears when it is complete.

--keep-going writes what is left of a damaged archive and says which blocks are
lost. Lost images are missing from a folder and black in an array.`,
		Example: `  hourglass unpack thumbs.hga --out thumbnails
  hourglass unpack shirts.hga --out shirts.npy
  hourglass unpack shirts.hga --out images.idx.gz --labels labels.idx.gz
  hourglass unpack damaged.hga --keep-going`,
		Args: oneArgument(`an .hga file, or "-"`),
		RunE: func(c *cobra.Command, args []string) error {
			return p.unpack(c.Context(), args[0], f)
		},
	}
	modelFlag(c, &f.model, "model to decode with, if it is neither built in nor in the file")
	f.out.add(c, `folder or file to write, or "-" for an array (default: the archive's name without .hga, a folder)`)
	flags := c.Flags()
	flags.StringVar(&f.to, "to", "", "what to write: png, idx or npy (default: what the name of --out says)")
	flags.StringVar(&f.labels, "labels", "", "write the labels to this idx file")
	flags.BoolVar(&f.keepGoing, "keep-going", false, "write what is left of a damaged archive")
	complete(c, "to", []string{toPNG, toIDX, toNPY})
	threadsFlag(c, &f.threads)
	return c
}

// damageInfo is damage as JSON.
type damageInfo struct {
	Offset int64  `json:"offset"`
	Length int64  `json:"length"`
	First  int    `json:"first"`  // number of the first image lost
	Images int    `json:"images"` // lost
	Error  string `json:"error"`
}

func damageInfos(list []*hourglass.Damage) []damageInfo {
	infos := []damageInfo{}
	for _, d := range list {
		infos = append(infos, damageInfo{d.Offset, d.Length, d.First, d.Images, d.Err.Error()})
	}
	return infos
}

// unpackResult is what unpack has done, as JSON.
type unpackResult struct {
	Out     string       `json:"out"`
	Images  int          `json:"images"` // written
	Lost    int          `json:"lost"`
	Damages []damageInfo `json:"damages"`
}

func (p *program) unpack(ctx context.Context, input string, f unpackFlags) error {
	if err := f.complete(input); err != nil {
		return err
	}
	o, err := decodeOptions(f.model, f.threads)
	if err != nil {
		return err
	}
	in, err := p.openSeekable(input)
	if err != nil {
		return err
	}
	defer in.close()
	u, err := in.unpacker(ctx, o, f.keepGoing)
	if err != nil {
		return fmt.Errorf("%s: %w", inputName(input), adviseModel(err))
	}
	if f.labels != "" && !u.archive.HasLabels() {
		return fmt.Errorf("%s has no labels", inputName(input))
	}
	u.bar = p.countBar("unpacking", "images", 0, u.archive.Len())
	err = p.writeUnpacked(u, f)
	u.bar.close()
	if err != nil {
		return err
	}
	return p.printUnpacked(f, u)
}

// complete fills in what the user did not give.
func (f *unpackFlags) complete(input string) error {
	if f.out.path == "" {
		if input == standard {
			return errors.New("where are the images to go? Give --out")
		}
		f.out.path = withoutExt(input)
	}
	if f.to == "" {
		f.to = targetOf(f.out.path)
	}
	switch {
	case f.to != toPNG && f.to != toIDX && f.to != toNPY:
		return fmt.Errorf("--to %s: there are png, idx and npy", quote(f.to))
	case f.out.path == standard && f.to == toPNG:
		return errors.New("a folder cannot go to standard output: choose --to idx or --to npy")
	case f.to == toPNG && f.out.force:
		return errors.New("--force replaces a file, not a folder: choose another by --out")
	case f.to == toPNG:
		return vacant(f.out.path)
	}
	return f.out.check()
}

// An unpacker decodes an archive and keeps account of what is lost.
type unpacker struct {
	ctx       context.Context
	archive   *hourglass.ArchiveReader
	keepGoing bool
	bar       *countBar
	damages   []*hourglass.Damage
	infoErr   error // of the image before
	lost      int
}

// unpacker opens an archive, and with keepGoing also a damaged one.
func (s *seekable) unpacker(ctx context.Context, o *hourglass.DecodeOptions, keepGoing bool) (*unpacker, error) {
	u := &unpacker{ctx: ctx, keepGoing: keepGoing}
	var err error
	u.archive, err = hourglass.OpenArchive(s, s.size, o)
	if err == nil || !isDamage(err) {
		return u, err
	}
	if !keepGoing {
		return nil, &adviceError{err, "--keep-going writes what is left"}
	}
	u.archive, u.damages, err = hourglass.RecoverArchive(s, s.size, o)
	for _, d := range u.damages {
		u.lost += d.Images
	}
	return u, err
}

// isDamage tells whether an error is of a damaged archive, of which something
// may be left.
func isDamage(err error) bool {
	return errors.Is(err, hourglass.ErrCorrupt) || errors.Is(err, hourglass.ErrTruncated)
}

// each calls write for all images that can be decoded.
func (u *unpacker) each(write func(hourglass.Item) error) error {
	known := u.damages // from RecoverArchive; All says the same again
	for item, err := range u.archive.All() {
		if u.ctx.Err() != nil {
			return context.Cause(u.ctx)
		}
		if err := cmp.Or(err, item.InfoErr); err != nil && !u.keepGoing {
			return &adviceError{err, "--keep-going writes what is left"}
		}
		if d := (*hourglass.Damage)(nil); errors.As(err, &d) {
			u.note(d, known)
			continue
		}
		if len(known) == 0 {
			u.noteInfo(item)
		}
		if err := write(item); err != nil {
			return err
		}
		u.bar.set(item.Number + 1)
	}
	return nil
}

// note takes note of damage, unless it is known.
func (u *unpacker) note(d *hourglass.Damage, known []*hourglass.Damage) {
	for _, k := range known {
		if d.First >= k.First && d.First < k.First+k.Images {
			return
		}
	}
	u.damages = append(u.damages, d)
	u.lost += d.Images
}

// noteInfo takes note of names and labels that are lost, once for a block.
func (u *unpacker) noteInfo(item hourglass.Item) {
	if item.InfoErr != nil && item.InfoErr != u.infoErr {
		u.damages = append(u.damages, &hourglass.Damage{First: item.Number, Err: item.InfoErr})
	}
	u.infoErr = item.InfoErr
}

func (p *program) printUnpacked(f unpackFlags, u *unpacker) error {
	n := u.archive.Len() - u.lost
	for _, d := range u.damages {
		p.remark("damaged: %v", d)
	}
	var err error
	switch {
	case f.out.json:
		err = p.printJSON(unpackResult{f.out.path, n, u.lost, damageInfos(u.damages)})
	case f.out.path != standard:
		_, err = fmt.Fprintf(p.out, "%s: %s images\n", f.out.path, thousands(int64(n)))
	}
	if err == nil && len(u.damages) > 0 {
		err = fmt.Errorf("the archive is damaged: %s of %s images are lost", thousands(int64(u.lost)), thousands(int64(u.archive.Len())))
	}
	return err
}
