package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	hourglass "github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
	"github.com/hourglass-codec/hourglass/internal/eval"
	"github.com/hourglass-codec/hourglass/internal/eval/classical"
	"github.com/hourglass-codec/hourglass/internal/eval/ours"
	"github.com/hourglass-codec/hourglass/internal/eval/pca"
	"github.com/hourglass-codec/hourglass/plot"
)

// evalFlags are the flags of the command eval.
type evalFlags struct {
	data      dataFlags
	limit     int // of the images to measure
	model     string
	split     string
	against   string
	effort    int
	qualities []float64
	low, high float64
	cache     string
	out       string
	json      bool
}

// Opponents that --against names.
var opponents = []string{"all", "mosaics", "pca", "none"}

func (p *program) evalCommand() *cobra.Command {
	f := evalFlags{}
	c := &cobra.Command{
		Use:   "eval",
		Short: "Compare a codec with JPEG, WebP, AVIF, JPEG XL and JPEG 2000",
		Long: `Eval packs the test images at several qualities, unpacks them, and compares real
bytes at equal PSNR with general codecs, each in its best arrangement: a file
for each image, the same without what all files have in common, and mosaics of
many images; and with PCA fitted on the training images. See docs/evaluation.md.

Bytes are those of whole files, headers and index included; the model is
reported beside, with the number of images after which it has paid for itself.`,
		Example: `  hourglass eval --model fashion-mnist
  hourglass eval --model mnist --limit 1000 --against mosaics --out eval-mnist
  hourglass eval --model runs/thumbs/best.safetensors --dataset ~/thumbnails --against none`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return p.eval(c.Context(), f) },
	}
	modelFlag(c, &f.model, "model to evaluate")
	f.data.add(c, "that of the built-in model's name")
	splitFlag(c, &f.split)
	flags := c.Flags()
	flags.StringVar(&f.against, "against", "all", "opponents: "+strings.Join(opponents, ", "))
	flags.IntVar(&f.effort, "effort", 0, "effort of our encoder")
	flags.Float64SliceVar(&f.qualities, "qualities", nil, "our quality settings (default: fifteen from 1 to 100)")
	flags.Float64Var(&f.low, "from", 25, "lower end of the range of the comparison in dB")
	flags.Float64Var(&f.high, "to", 38, "upper end of the range of the comparison in dB")
	flags.StringVar(&f.cache, "cache", "", "file that keeps what the opponents did, for the next time")
	flags.StringVar(&f.out, "out", "", "folder for eval.csv, eval.json and eval.png (default: none are written)")
	jsonFlag(c, &f.json)
	complete(c, "against", opponents)
	return c
}

// eval compares a codec with its opponents.
func (p *program) eval(ctx context.Context, f evalFlags) error {
	m, err := neededModel(f.model)
	if err != nil {
		return err
	}
	split, err := p.evalImages(ctx, &f, m)
	if err != nil {
		return err
	}
	set, err := part(split, f.split)
	if err != nil {
		return err
	}
	if f.limit > 0 {
		set = set.Take(f.limit)
	}
	codecs, err := f.codecs(ctx, m, split)
	if err != nil {
		return err
	}
	o := eval.Options{Low: f.low, High: f.high}
	if f.cache != "" {
		if o.Cache, err = eval.OpenCache(f.cache); err != nil {
			return err
		}
	}
	bar := &evalBar{program: p}
	o.Progress = bar.show
	report, err := eval.Run(ctx, set, codecs, o)
	bar.close()
	if err != nil {
		return err
	}
	if err := f.write(report); err != nil {
		return err
	}
	if f.json {
		return report.WriteJSON(p.out)
	}
	return report.WriteTable(p.out)
}

// evalImages opens the images, which must be of the model's shape.
func (p *program) evalImages(ctx context.Context, f *evalFlags, m *hourglass.Model) (*dataset.Split, error) {
	if f.data.name == "" {
		if !slices.Contains(datasetNames(), f.model) {
			return nil, fmt.Errorf("which images? --dataset names them")
		}
		f.data.name = f.model
	}
	f.limit, f.data.limit = f.data.limit, 0 // opponents that learn have all training images
	c := m.Config()
	return p.open(ctx, f.data, []int{c.Height, c.Width, m.Channels()})
}

// codecs returns what is to be compared, ours first.
func (f *evalFlags) codecs(ctx context.Context, m *hourglass.Model, split *dataset.Split) ([]eval.Codec, error) {
	us := ours.Codec{Model: m, Effort: f.effort, Qualities: f.qualities}
	alone := us
	alone.Files = true
	list := []eval.Codec{us, alone}
	colour := m.Channels() == 3
	switch f.against {
	case "all":
		list = append(list, classical.All(colour)...)
	case "mosaics":
		list = append(list, classical.AllMosaics(colour)...)
	case "pca":
	case "none":
		return list, nil
	default:
		return nil, fmt.Errorf("--against %s: there are %s", quote(f.against), strings.Join(opponents, ", "))
	}
	fitted, err := pca.Fit(ctx, split.Train)
	if err != nil {
		return nil, err
	}
	return append(list, pca.Codec{Model: fitted}), nil
}

// write writes the files of a report.
func (f *evalFlags) write(r *eval.Report) error {
	if f.out == "" {
		return nil
	}
	if err := os.MkdirAll(f.out, 0o777); err != nil {
		return err
	}
	for name, write := range map[string]func(io.Writer) error{
		"eval.csv": r.WriteCSV, "eval.json": r.WriteJSON,
		"eval.png": func(w io.Writer) error { return r.WriteFigure(w, plot.PNG) },
	} {
		if err := atomicfile.Write(filepath.Join(f.out, name), write); err != nil {
			return err
		}
	}
	return nil
}

// evalBar shows how far an evaluation is: by a bar on a terminal, or else by a
// line for each codec.
type evalBar struct {
	program *program
	latest  atomic.Pointer[eval.Progress]
	bar     *liveBar // nil before the first measurement, and without a terminal
}

// show is called before each measurement.
func (b *evalBar) show(p eval.Progress) {
	before := b.latest.Swap(&p)
	switch {
	case b.bar != nil:
		b.bar.set(int64(p.Done))
	case isTerminal(b.program.err):
		b.bar = newLiveBar(b.program.err, int64(p.Total), func() string { return "measuring " }, b.status)
	case before == nil || before.Codec != p.Codec:
		b.program.remark("measuring %s", p.Codec)
	}
}

// status is what stands behind the bar.
func (b *evalBar) status() string {
	p := b.latest.Load()
	return fmt.Sprintf(" %s at %s", p.Codec, p.Setting)
}

// close removes the bar.
func (b *evalBar) close() {
	if b.bar != nil {
		b.bar.close()
	}
}
