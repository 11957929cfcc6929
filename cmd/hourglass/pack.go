package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass"
)

// packFlags are the flags of the command pack.
type packFlags struct {
	encodeFlags
	out            outFlags
	list           string // --files-from
	labels         string
	noNames        bool
	blockSize      int
	append, resume bool
	threads        int
}

func (p *program) packCommand() *cobra.Command {
	var f packFlags
	c := &cobra.Command{
		Use:   "pack INPUT...",
		Short: "Compress many images to an .hga archive",
		Long: `Pack makes an archive of images that have the size that the model is for: of
pictures (PNG, JPEG, GIF, WebP, BMP, TIFF) and folders of them, whose names it
keeps, or of one idx file, compressed or not, or .npy file of bytes, (N, H, W) or
(N, H, W, C). "-" reads an idx or .npy file from standard input.

The archive appears under its name when it is complete. Until then it is beside
it, with .part; if pack is stopped or killed, the same command with --resume goes
on, and the archive becomes the same, byte for byte.`,
		Example: `  hourglass pack thumbnails/ --model thumbs.safetensors --out thumbs.hga
  hourglass pack t10k-images-idx3-ubyte.gz --labels t10k-labels-idx1-ubyte.gz --model fashion-mnist
  hourglass pack new/*.png --append --out thumbs.hga
  find . -name '*.png' | hourglass pack --files-from - --model my.safetensors --out all.hga`,
		RunE: func(c *cobra.Command, args []string) error {
			return p.pack(c.Context(), f, args)
		},
	}
	f.add(c)
	f.out.add(c, `archive to write, or "-" (default: the first input's name with .hga)`)
	flags := c.Flags()
	flags.StringVarP(&f.list, "files-from", "T", "", `read the paths of pictures, one a line, from this file or "-"`)
	flags.StringVar(&f.labels, "labels", "", "idx file of the images' labels, to be kept")
	flags.BoolVar(&f.noNames, "no-names", false, "do not keep the names of pictures")
	flags.IntVar(&f.blockSize, "block-size", 0, "images coded together, and decoded to reach one of them: 1 to 64 (default 64)")
	flags.BoolVar(&f.append, "append", false, "add to the archive that is there")
	flags.BoolVar(&f.resume, "resume", false, "go on with what was stopped; the inputs and flags must be the same")
	threadsFlag(c, &f.threads)
	return c
}

// packResult is what pack has done, as JSON.
type packResult struct {
	Archive         string  `json:"archive"`
	Images          int     `json:"images"`          // of the archive
	Packed          int     `json:"packed"`          // now
	Bytes           int64   `json:"bytes"`           // of the archive
	BytesPerImage   float64 `json:"bytes_per_image"` // all of the archive divided by all its images
	Model           string  `json:"model"`           // ID
	Quality         int     `json:"quality"`
	Seconds         float64 `json:"seconds"`
	ImagesPerSecond float64 `json:"images_per_second"`
}

// pack packs.
func (p *program) pack(ctx context.Context, f packFlags, inputs []string) error {
	inputs, err := f.complete(p, inputs)
	if err != nil {
		return err
	}
	if f.out.path == standard {
		return p.packStream(ctx, f, inputs)
	}
	lock, err := lockPack(f.out.path)
	if err != nil {
		return err
	}
	defer unlockPack(f.out.path, lock)
	if f.resume && f.finished() {
		return p.alreadyPacked(f)
	}
	m, old, err := f.findModel()
	if err != nil {
		return err
	}
	source, err := p.openSource(inputs, f.labels, m)
	if err != nil {
		return err
	}
	file, err := f.open(source, old, m)
	if err != nil {
		return err
	}
	return p.packTo(ctx, f, file, source)
}

// packStream packs to standard output.
func (p *program) packStream(ctx context.Context, f packFlags, inputs []string) error {
	m, err := neededModel(f.model)
	if err != nil {
		return err
	}
	s, err := p.openSource(inputs, f.labels, m)
	if err != nil {
		return err
	}
	w, err := hourglass.NewArchiveWriter(p.out, f.options(m, s))
	if err != nil {
		return err
	}
	if err := p.fill(ctx, w, s, 0); err != nil {
		return err
	}
	return w.Close()
}

// options returns how to encode a source.
func (f *packFlags) options(m *hourglass.Model, s *packSource) *hourglass.ArchiveOptions {
	return &hourglass.ArchiveOptions{
		Model: m, Quality: f.quality, Effort: f.effort, LosslessFallback: f.fallback, EmbedModel: f.embed,
		BlockSize: f.blockSize, Threads: f.threads,
		Names: s.names != nil && !f.noNames, Labels: s.labels != nil,
	}
}

// complete fills in the flags, looks for contradictions, and returns the inputs,
// which may be in a file.
func (f *packFlags) complete(p *program, inputs []string) (all []string, err error) {
	if f.list != "" {
		if len(inputs) > 0 {
			return nil, fmt.Errorf("--files-from names the pictures: give no others (%s)", quote(inputs[0]))
		}
		if inputs, err = p.readList(f.list); err != nil {
			return nil, err
		}
	}
	if len(inputs) == 0 {
		return nil, errors.New("hourglass pack wants the images: pictures, a folder of them, an idx or an .npy file")
	}
	if f.out.path == "" {
		if f.list != "" || inputs[0] == standard || len(inputs) > 1 {
			return nil, errors.New("what is the archive to be called? Give --out")
		}
		f.out.path = archiveName(inputs[0])
	}
	return inputs, f.contradiction()
}

// contradiction returns an error if flags do not go together.
func (f *packFlags) contradiction() error {
	switch {
	case (f.append || f.resume) && f.out.force:
		return errors.New("--force replaces what --append and --resume go on with: choose one")
	case (f.append || f.resume) && f.out.path == standard:
		return errors.New("standard output cannot be gone on with: --append and --resume want a file by --out")
	case f.append && (f.embed || f.noNames || f.blockSize != 0):
		return errors.New("--append leaves the archive as it is: --embed-model, --no-names and --block-size are for new ones")
	case f.out.path == standard && f.out.json:
		return errors.New("--json and --out - both want standard output: choose one")
	}
	return nil
}

// archiveName returns the default name of an archive of an input.
func archiveName(input string) string {
	name := strings.TrimSuffix(filepath.Clean(input), ".gz")
	for _, extension := range []string{".idx", ".npy"} {
		name = strings.TrimSuffix(name, extension)
	}
	return name + ".hga"
}

// findModel returns the model to encode with: with --append that of the archive,
// of which it also returns what it is like.
func (f *packFlags) findModel() (*hourglass.Model, *oldArchive, error) {
	if !f.append {
		m, err := neededModel(f.model)
		return m, new(oldArchive), err
	}
	o, err := decodeOptions(f.model, 1)
	if err != nil {
		return nil, nil, err
	}
	s, err := openFile(f.out.path)
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	a, err := hourglass.OpenArchive(s, s.size, o)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.out.path, adviseModel(err))
	}
	if len(o.Models) > 0 && o.Models[0].ID() != a.Model().ID() {
		return nil, nil, fmt.Errorf("%s is by another model, %s: leave --model out", f.out.path, modelName(a.Model()))
	}
	return a.Model(), &oldArchive{a.Len(), a.HasLabels()}, nil
}

// oldArchive is what an archive is like before something is added; the zero
// value is none.
type oldArchive struct {
	images int
	labels bool
}

// finished tells whether there is an archive and none under way.
func (f *packFlags) finished() bool {
	return pathExists(f.out.path) && !pathExists(partial(f.out.path))
}

// alreadyPacked says what --resume finds when there is nothing to go on with.
func (p *program) alreadyPacked(f packFlags) error {
	if f.append {
		return fmt.Errorf("there is no %s to go on with: either %s has the new images already, or adding them was not begun; see hourglass inspect",
			partial(f.out.path), f.out.path)
	}
	p.remark("%s is complete: there is nothing to go on with", f.out.path)
	return nil
}

// open opens the file to pack a source to.
func (f *packFlags) open(s *packSource, old *oldArchive, m *hourglass.Model) (file *packFile, err error) {
	o := f.options(m, s)
	switch {
	case f.append && old.labels && !o.Labels:
		return nil, fmt.Errorf("%s keeps labels: give those of the new images by --labels", f.out.path)
	case f.append && o.Labels && !old.labels:
		return nil, fmt.Errorf("%s keeps no labels: leave --labels out", f.out.path)
	case f.resume && pathExists(partial(f.out.path)):
		file, err = resumePack(f.out.path, s, old.images, o)
		if errors.Is(err, hourglass.ErrTruncated) && !f.append {
			file, err = createPack(f.out.path, true, o)
		}
	case f.append:
		file, err = appendPack(f.out.path, o)
	default:
		file, err = createPack(f.out.path, f.out.force, o)
	}
	if err == nil {
		file.old = old.images
	}
	return file, err
}

// packTo packs a source to a file.
func (p *program) packTo(ctx context.Context, f packFlags, file *packFile, s *packSource) error {
	begun, done := time.Now(), file.done()
	err := p.fill(ctx, file.w, s, file.old)
	if err == nil {
		err = file.finish()
	}
	if err != nil && file.abandon() {
		return &adviceError{err, fmt.Sprintf("%s of %s images are in %s: go on by the same command with --resume",
			thousands(int64(file.done())), thousands(int64(s.n)), partial(file.path))}
	}
	if err != nil {
		return err
	}
	r := packResult{
		Archive: file.path, Images: file.w.Len(), Packed: s.n - done, Bytes: file.w.Size(),
		Model: file.w.Model().ID().String(), Quality: file.w.Quality(), Seconds: time.Since(begun).Seconds(),
	}
	r.BytesPerImage = float64(r.Bytes) / float64(max(r.Images, 1))
	r.ImagesPerSecond = float64(r.Packed) / r.Seconds
	return p.printPacked(f.out, r)
}

// fill adds the images of a source to an archive, which had old ones before and
// may have some of them already.
func (p *program) fill(ctx context.Context, w *hourglass.ArchiveWriter, s *packSource, old int) error {
	done, size := w.Len()-old, w.Size()
	bar := p.countBar("packing", "images", done, s.n)
	defer bar.close()
	for i := done; i < s.n; i++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		before := w.Len()
		if err := s.add(w, i, s.info(i)); err != nil {
			return err
		}
		if w.Len() > before {
			bar.set(w.Len() - old)
		}
	}
	if err := w.Flush(); err != nil || done == s.n {
		return err
	}
	bar.close()
	p.warnOfRate(w.Model(), w.Quality(), s.n-done, w.Size()-size)
	return nil
}

func (p *program) printPacked(out outFlags, r packResult) error {
	if out.json {
		return p.printJSON(r)
	}
	_, err := fmt.Fprintf(p.out, "%s: %s images in %s bytes, %.1f each (%s images/s)\n", r.Archive,
		thousands(int64(r.Images)), thousands(r.Bytes), r.BytesPerImage, thousands(int64(r.ImagesPerSecond)))
	return err
}
