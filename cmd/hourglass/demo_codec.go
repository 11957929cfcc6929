package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	hourglass "github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/builtin"
	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/eval"
	"github.com/hourglass-codec/hourglass/internal/eval/classical"
	"github.com/hourglass-codec/hourglass/internal/eval/ours"
	"github.com/hourglass-codec/hourglass/plot"
	"github.com/hourglass-codec/hourglass/train"
)

// The codec of the demo: how much it is trained, and on how many test images it
// is compared. Half a minute is a fiftieth of what the built-in models had.
const (
	demoCodecName   = "small"
	demoCodecImages = 24000
	demoCodecBatch  = 32
	demoCompared    = 400
	demoQuality     = 60
)

// demoCodec is what came of the demo's codec.
type demoCodec struct {
	model  *hourglass.Model
	images int   // packed
	bytes  int64 // of their archive
	report *eval.Report
}

// demoTrainCodec trains a codec in a folder of its own in dir, packs the test
// images with it, and compares it with general codecs.
func (p *program) demoTrainCodec(ctx context.Context, data *dataset.Split, dir string, threads int) (*demoCodec, error) {
	run, err := p.demoCodecRun(ctx, data, dir, threads)
	if err != nil {
		return nil, err
	}
	file, err := os.ReadFile(run.BestPath())
	if err != nil {
		return nil, err
	}
	d := &demoCodec{images: data.Test.N}
	if d.model, err = hourglass.ParseModel(file); err != nil {
		return nil, err
	}
	p.remark("%s: packing %s test images", demoCodecName, thousands(int64(d.images)))
	archive := filepath.Join(run.Dir(), "test.hga")
	if d.bytes, err = packSet(ctx, archive, d.model, data.Test); err != nil {
		return nil, err
	}
	if err := d.draw(ctx, archive, filepath.Join(run.Dir(), "unpacked.png"), data.Test); err != nil {
		return nil, err
	}
	if d.report, err = p.demoCompare(ctx, d.model, data); err != nil {
		return nil, err
	}
	return d, plot.Save(filepath.Join(run.Dir(), "rate-distortion.png"), d.report.Figure())
}

// demoCodecRun trains the codec.
func (p *program) demoCodecRun(ctx context.Context, data *dataset.Split, dir string, threads int) (*train.Run, error) {
	r, err := findRecipe(demoCodecName)
	if err != nil {
		return nil, err
	}
	held := r.split(&dataset.Split{Train: data.Train.Take(demoCodecImages), Test: data.Test})
	run, err := train.Create(filepath.Join(dir, demoCodecName), train.Settings{
		Model: demoCodecName, Dataset: data.Train.Name, Epochs: 1, BatchSize: demoCodecBatch,
		LearningRate: r.learningRate, Seed: 1,
	}, held, programName())
	if err != nil {
		return nil, err
	}
	p.remark("%s: training a codec on %s images of %s", demoCodecName, thousands(int64(held.Train.N)), data.Train.Name)
	_, err = p.trainRun(ctx, r, run, held, train.Options{}, threads)
	return run, err
}

// packSet writes an archive of a set and returns its size.
func packSet(ctx context.Context, path string, m *hourglass.Model, s *dataset.Set) (int64, error) {
	packed, err := ours.Codec{Model: m}.Pack(ctx, s, eval.Setting{Quality: demoQuality})
	if err != nil {
		return 0, err
	}
	archive := packed.(interface{ Archive() []byte }).Archive()
	return int64(len(archive)), os.WriteFile(path, archive, 0o666)
}

// draw draws images of an archive beside the originals.
func (d *demoCodec) draw(ctx context.Context, archive, picture string, s *dataset.Set) error {
	file, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	a, err := hourglass.OpenArchive(bytes.NewReader(file), int64(len(file)), &hourglass.DecodeOptions{Models: []*hourglass.Model{d.model}})
	if err != nil {
		return err
	}
	f := plot.Reconstructions{Title: fmt.Sprintf("%s images in %s bytes each, and again from them", thousands(int64(d.images)), d.perImage())}
	for item, err := range a.All() {
		if err != nil {
			return err
		}
		if item.Number == 12 {
			break
		}
		f.Pairs = append(f.Pairs, plot.Pair{
			Original:       plot.Image{Pix: s.Pix(item.Number), Width: s.W, Height: s.H, Channels: s.C},
			Reconstruction: plot.Image{Pix: slices.Clone(item.Pix), Width: s.W, Height: s.H, Channels: s.C},
			Label:          s.Class(item.Number),
		})
	}
	return plot.Save(picture, &f)
}

// perImage returns the bytes an image of the archive, to be read.
func (d *demoCodec) perImage() string {
	return fmt.Sprintf("%.1f", float64(d.bytes)/float64(d.images))
}

// demoCompare compares the codec, and the built-in model for these images if
// there is one, with JPEG, WebP and AVIF.
func (p *program) demoCompare(ctx context.Context, m *hourglass.Model, data *dataset.Split) (*eval.Report, error) {
	qualities := []float64{1, 20, 40, 60, 80, 100}
	codecs := []eval.Codec{named{ours.Codec{Model: m, Qualities: qualities}, "this codec"}}
	if slices.Contains(builtin.Names(), data.Test.Name) {
		full, err := builtin.Model(data.Test.Name)
		if err != nil {
			return nil, err
		}
		codecs = append(codecs, named{ours.Codec{Model: full, Qualities: qualities}, "built-in model"})
	}
	for _, f := range classical.Formats(false) {
		if slices.Contains([]string{"JPEG", "WebP", "AVIF"}, f.Name) {
			f.Settings = everyThird(f.Settings)
			codecs = append(codecs, classical.Mosaics(f))
		}
	}
	p.remark("comparing %d test images at equal quality", demoCompared)
	return eval.Run(ctx, data.Test.Take(demoCompared), codecs, eval.Options{})
}

// named is a codec under another name.
type named struct {
	eval.Codec
	name string
}

// Info implements eval.Codec.
func (n named) Info() eval.Info {
	i := n.Codec.Info()
	i.Name = n.name
	return i
}

// everyThird returns every third of the settings without variants.
func everyThird(all []eval.Setting) (some []eval.Setting) {
	for i, s := range all {
		if s.Variant == "" && i%3 == 0 {
			some = append(some, s)
		}
	}
	return some
}

// demoCodecText is the codec's part of the demo's README.
func demoCodecText(d *demoCodec) string {
	var table bytes.Buffer
	if err := d.report.WriteTable(&table); err != nil {
		panic(err) // a buffer takes everything
	}
	return fmt.Sprintf(`
## %[1]s: a codec

An autoencoder that is trained for bits as well as for errors is a codec. This
one was trained for about half a minute (the built-in models: an hour) and then
packed %[2]s test images into [test.hga](%[1]s/test.hga): %[3]s bytes each,
everything included but the model. Below each image, what comes out:

![images and what comes out of the archive](%[1]s/unpacked.png)

Bytes at equal quality, on %[4]d test images, beside general codecs that were
given all images as one mosaic, which is the best for them ("not measured"
means that this program was built without them: see docs/evaluation.md):

![bytes an image and PSNR](%[1]s/rate-distortion.png)

`+"```\n%[5]s```\n", demoCodecName, thousands(int64(d.images)), d.perImage(), d.report.Images, table.String())
}
