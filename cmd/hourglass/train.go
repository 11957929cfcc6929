package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/nn"
	"github.com/hourglass-codec/hourglass/runlog"
	"github.com/hourglass-codec/hourglass/train"
	"github.com/hourglass-codec/hourglass/zoo"
)

// trainFlags are the flags of the command train.
type trainFlags struct {
	data     dataFlags
	model    string
	settings train.Settings
	// precision is the flag; settings has it as the run keeps it.
	precision string
	threads   int
	out       string
	resume    string
	from      string
	every     time.Duration
	json      bool
}

func (p *program) trainCommand() *cobra.Command {
	var f trainFlags
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a model, or go on with a run",
		Long: `Train trains a model and keeps everything in a folder of its own, the run:
its log, its best model and its last checkpoints. Settings that are not given
are those of the model (see "hourglass models"). The models small and factorised
are codecs: trained for rate and distortion, at all qualities at once, on images
of any one shape from 8x8 to 128x128; their model file goes to hourglass pack.

Ctrl-C stops after a checkpoint; a second Ctrl-C kills. However a run ended
early, --resume goes on with it, and it ends with the same weights, bit for bit.`,
		Example: `  hourglass train
  hourglass train --model dense-2 --dataset mnist --epochs 20
  hourglass train --model conv-128 --dataset ~/thumbnails --out runs/thumbs
  hourglass train --model small --dataset ~/thumbnails --epochs 100
  hourglass train --resume runs/thumbs`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.resume != "" {
				return p.resume(c.Context(), f, c.Flags())
			}
			return p.trainNew(c.Context(), f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.model, "model", "conv-128", "model to train (see: hourglass models)")
	f.data.add(c, "the model's own")
	flags.IntVar(&f.settings.Epochs, "epochs", 0, "passes over the images (default: the model's own)")
	flags.IntVar(&f.settings.BatchSize, "batch", 0, "images in a step (default: the model's own)")
	flags.Float64Var(&f.settings.LearningRate, "lr", 0, "learning rate (default: the model's own)")
	flags.Uint64Var(&f.settings.Seed, "seed", 1, "decides the first weights and the order of images")
	flags.StringVar(&f.out, "out", "", "folder of the run (default: runs/MODEL-TIME)")
	flags.StringVar(&f.resume, "resume", "", "go on with the run in this folder")
	flags.IntVar(&f.settings.Quality, "quality", 0, "codecs: train this quality setting alone, 1 to 100 (default: all at once)")
	flags.Float64Var(&f.settings.Rounded, "rounded", 0, "codecs: share of the run, at its end, that trains the decoder alone, on rounded latents")
	flags.StringVar(&f.from, "from", "", "begin with the weights of this run's last checkpoint, or of a file of weights")
	flags.DurationVar(&f.every, "checkpoint-every", 2*time.Minute, "time between checkpoints within an epoch")
	flags.StringVar(&f.precision, "precision", "float32", "float32, the same on every machine; or bf16, faster where the CPU has AMX")
	threadsFlag(c, &f.threads)
	jsonFlag(c, &f.json)
	complete(c, "model", trainableNames())
	complete(c, "precision", []string{"float32", "bf16"})
	return c
}

// threadsFlag adds the flag --threads.
func threadsFlag(c *cobra.Command, threads *int) {
	c.Flags().IntVar(threads, "threads", 0, "threads to compute with; no result depends on it (default: one a core)")
}

// trainNew begins a run.
func (p *program) trainNew(ctx context.Context, f trainFlags) error {
	r, err := findRecipe(f.model)
	if err != nil {
		return err
	}
	if err := r.complete(&f); err != nil {
		return err
	}
	data, err := r.open(ctx, p, f.data)
	if err != nil {
		return err
	}
	run, err := train.Create(f.out, f.settings, data, programName())
	switch {
	case errors.Is(err, train.ErrExist):
		return &adviceError{err, fmt.Sprintf("go on with that run by --resume %s, or choose another folder by --out", f.out)}
	case errors.As(err, new(*fs.PathError)):
		return &adviceError{err, "choose a folder that can be written to by --out"}
	case err != nil:
		return err
	}
	return p.train(ctx, f, run, data)
}

// resume goes on with a run.
func (p *program) resume(ctx context.Context, f trainFlags, flags *pflag.FlagSet) error {
	if err := onlyFlags(flags, "resume", "data", "threads", "checkpoint-every", "json", "verbose"); err != nil {
		return err
	}
	run, err := train.Open(f.resume)
	if err != nil {
		return err
	}
	if err := p.unfinished(run); err != nil {
		return err
	}
	s := run.Settings()
	r, err := findRecipe(s.Model)
	if err != nil {
		return err
	}
	f.data.name, f.data.limit = s.Dataset, s.Limit
	data, err := r.open(ctx, p, f.data)
	if err != nil {
		return err
	}
	return p.train(ctx, f, run, data)
}

// unfinished says where a run stands, or returns an error if there is nothing
// left of it to do, before its data is read.
func (p *program) unfinished(run *train.Run) error {
	log, err := run.Log()
	if err != nil {
		return err
	}
	if log.Status == runlog.StatusFinished {
		return fmt.Errorf("%s: %w; hourglass evaluate and hourglass plot take it", run.Dir(), train.ErrFinished)
	}
	if n := len(log.Checkpoints); n > 0 {
		c := log.Checkpoints[n-1]
		p.remark("going on after step %s, with %d of %d epochs done", thousands(c.Step), c.Epoch, run.Settings().Epochs)
	}
	return nil
}

// onlyFlags returns an error if other flags than the named ones are set.
func onlyFlags(flags *pflag.FlagSet, names ...string) (err error) {
	allowed := map[string]bool{}
	for _, n := range names {
		allowed[n] = true
	}
	flags.Visit(func(f *pflag.Flag) {
		if !allowed[f.Name] {
			err = fmt.Errorf("--%s cannot be given with --resume: a run keeps the settings that it began with", f.Name)
		}
	})
	return err
}

// train trains a run to its end and says how it went.
func (p *program) train(ctx context.Context, f trainFlags, run *train.Run, data *dataset.Split) error {
	r, err := findRecipe(run.Settings().Model)
	if err != nil {
		return err
	}
	p.announce(run, data)
	result, err := p.trainRun(ctx, r, run, data, train.Options{CheckpointEvery: f.every}, f.threads)
	if err != nil {
		return howToGoOn(err, run.Dir())
	}
	if f.json {
		return p.printJSON(newTrainResult(run, result))
	}
	return p.printTrained(run, result)
}

// trainRun trains a run, showing progress.
func (p *program) trainRun(ctx context.Context, r recipe, run *train.Run, data *dataset.Split, o train.Options, threads int) (*runlog.Finished, error) {
	s := run.Settings()
	m := r.learner(zoo.Options{Seed: s.Seed, LearningRate: s.LearningRate, Threads: threads, Precision: p.precision(s)}, s, data)
	defer m.Close()
	if err := restore(m, s); err != nil {
		return nil, err
	}
	display := p.trainDisplay(s)
	defer display.close()
	o.Observer, o.Logger, o.Program = display, p.logger(), programName()
	return run.Train(ctx, m, data, o)
}

// precision returns that of a run, saying so where this machine has no other
// than float32.
func (p *program) precision(s train.Settings) graph.Precision {
	if s.Precision == "" {
		return graph.Float32
	}
	if !graph.BF16Available() {
		p.remark("this machine has no AMX for bf16: training in float32")
	}
	return graph.BF16
}

func (p *program) announce(run *train.Run, data *dataset.Split) {
	s := run.Settings()
	p.remark("training %s on %s: %s images, %s to validate with, %d epochs of batches of %d", s.Model, s.Dataset,
		thousands(int64(data.Train.N)), thousands(int64(data.Test.N)), s.Epochs, s.BatchSize)
	p.remark("run folder: %s", run.Dir())
}

// howToGoOn adds to a training's error what can be done about it.
func howToGoOn(err error, dir string) error {
	for _, final := range []error{train.ErrFinished, train.ErrBusy, train.ErrDataChanged} {
		if errors.Is(err, final) {
			return err
		}
	}
	if diverged(err) {
		if checkpoints := filepath.Join(dir, "checkpoints"); pathExists(checkpoints) {
			return &adviceError{err, "--lr sets it; the state from before is kept in " + checkpoints}
		}
		return &adviceError{err, "--lr sets it"}
	}
	return &adviceError{err, "to go on: hourglass train --resume " + quote(dir)}
}

// trainResult is the end of a run as JSON.
type trainResult struct {
	Run            string   `json:"run"`
	Model          string   `json:"model"` // path of the best model
	Steps          int64    `json:"steps"`
	Epochs         int      `json:"epochs"`
	Loss           float64  `json:"loss"`
	ValidationLoss *float64 `json:"validation_loss,omitempty"`
	Seconds        float64  `json:"seconds"`
}

func newTrainResult(run *train.Run, f *runlog.Finished) trainResult {
	r := trainResult{
		Run: run.Dir(), Model: run.BestPath(), Steps: f.Step, Epochs: f.Epoch,
		Loss: float64(f.Loss), Seconds: float64(f.Seconds),
	}
	if f.ValLoss != nil {
		v := float64(*f.ValLoss)
		r.ValidationLoss = &v
	}
	return r
}

func (p *program) printTrained(run *train.Run, f *runlog.Finished) error {
	log, err := run.Log()
	if err != nil {
		return err
	}
	best, ok := log.BestEpoch()
	if !ok {
		return fmt.Errorf("%s: no epoch in the log", run.LogPath())
	}
	loss := best.Loss
	if best.ValLoss != nil {
		loss = *best.ValLoss
	}
	fmt.Fprintf(p.out, "%s: %d epochs in %s; best validation loss %.5f after epoch %d\n",
		run.Dir(), f.Epoch, span(seconds(float64(f.Seconds))), float64(loss), best.Epoch)
	dir := quote(run.Dir())
	if r, err := findRecipe(run.Settings().Model); err == nil && r.codec {
		_, err = fmt.Fprintf(p.out, "now: hourglass eval or hourglass pack with --model %s\n", quote(run.BestPath()))
		return err
	}
	_, err = fmt.Fprintf(p.out, "now: hourglass evaluate %s, or hourglass plot %s\n", dir, dir)
	return err
}

// diverged reports whether a training's losses or weights were no numbers.
func diverged(err error) bool {
	var loop *train.DivergedError
	var model *nn.DivergedError
	return errors.As(err, &loop) || errors.As(err, &model)
}
