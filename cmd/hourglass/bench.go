package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/bench"
)

// benchFlags are the flags of the command bench.
type benchFlags struct {
	models  []string
	threads int
	seconds time.Duration
	trials  int
	parts   []string
	peer    bool
	json    bool
}

// benchParts are what bench measures.
var benchParts = []string{"kernels", "models"}

// benchImages is how many training images there are.
const benchImages = 60000

func (p *program) benchCommand() *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of this machine",
		Long: `Bench measures the kernels in GFLOP/s, beside what the machine can do at most,
and training and inference of the models in images a second. Each figure is
the median of some trials; the best is shown beside it, for machines that are
busy with other things.

HOURGLASS_SIMD=plain, avx2, avx512 or neon selects the instructions.
bench/peers compares the models with other frameworks in one run.`,
		Example: `  hourglass bench
  hourglass bench --part models --model conv-128 --threads 1
  hourglass bench --json > bench.json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return p.bench(c.Context(), c.InOrStdin(), f) },
	}
	flags := c.Flags()
	flags.StringSliceVar(&f.models, "model", modelNames(), "models to measure")
	flags.StringSliceVar(&f.parts, "part", benchParts, "what to measure")
	flags.DurationVar(&f.seconds, "time", 200*time.Millisecond, "least length of a trial")
	flags.IntVar(&f.trials, "trials", 5, "number of trials")
	flags.BoolVar(&f.peer, "peer", false, "answer requests on standard input, as bench/peers describes")
	threadsFlag(c, &f.threads)
	jsonFlag(c, &f.json)
	complete(c, "model", modelNames())
	complete(c, "part", benchParts)
	return c
}

// benchReport is what bench found, as JSON.
type benchReport struct {
	Program   string               `json:"program"`
	Platform  string               `json:"platform"`
	Level     string               `json:"instructions"`
	Threads   int                  `json:"threads"`
	Kernels   []bench.KernelResult `json:"kernels,omitempty"`
	Models    []bench.ModelResult  `json:"models,omitempty"`
	PeakBytes int64                `json:"peak_bytes"`
}

func (p *program) bench(ctx context.Context, in io.Reader, f benchFlags) error {
	if f.threads <= 0 {
		f.threads = runtime.GOMAXPROCS(0)
	}
	if f.peer {
		return bench.Peer(in, p.out, bench.Noise(benchImages), f.threads, version().Version)
	}
	if f.trials < 1 || f.seconds <= 0 {
		return errors.New("--trials must be at least 1 and --time above 0")
	}
	for _, part := range f.parts {
		if !slices.Contains(benchParts, part) {
			return fmt.Errorf("there is no part %q to measure; choose from %v", part, benchParts)
		}
	}
	r := &benchReport{Program: programName(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Level: bench.Level(), Threads: f.threads}
	if err := p.measure(ctx, f, r); err != nil {
		return err
	}
	r.PeakBytes = bench.PeakBytes()
	if f.json {
		return p.printJSON(r)
	}
	_, err := fmt.Fprintf(p.out, "\npeak memory of this process: %s MB\n", thousands(r.PeakBytes/1e6))
	return err
}

// measure fills in the report, printing each result as it comes unless JSON is
// wanted.
func (p *program) measure(ctx context.Context, f benchFlags, r *benchReport) error {
	out := p.out
	if f.json {
		out = io.Discard
	}
	fmt.Fprintf(out, "%s, %s, %d threads; median (best) of %d trials\n", r.Platform, r.Level, f.threads, f.trials)
	trials := bench.Trials{Count: f.trials, Length: f.seconds}
	if slices.Contains(f.parts, "kernels") {
		fmt.Fprintln(out, "\nGFLOP/s of kernels")
		err := bench.Kernels(ctx, f.threads, trials, func(k bench.KernelResult) {
			r.Kernels = append(r.Kernels, k)
			fmt.Fprintf(out, "%-30s %-26s %8.1f (%.1f)\n", k.Kernel, k.Shape, k.GFLOPS.Median, k.GFLOPS.Best)
		})
		if err != nil {
			return err
		}
	}
	if slices.Contains(f.parts, "models") {
		return p.measureModels(ctx, f, r, out, trials)
	}
	return nil
}

func (p *program) measureModels(ctx context.Context, f benchFlags, r *benchReport, out io.Writer, trials bench.Trials) error {
	var work []bench.Workload
	for _, name := range f.models {
		if _, err := lookup(name); err != nil {
			return err
		}
		for _, w := range bench.DefaultWorkloads() {
			if w.Model == name {
				work = append(work, w)
			}
		}
	}
	images, err := p.benchSet(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nimages a second of models, on %s\n", images.Name)
	return bench.Models(ctx, work, images, f.threads, trials, func(m bench.ModelResult) {
		r.Models = append(r.Models, m)
		task := m.Task
		if m.Precision != "" {
			task += ", " + m.Precision
		}
		fmt.Fprintf(out, "%-12s %-12s batch %4d %12s (%s)\n", m.Model, task, m.Batch,
			thousands(int64(m.Images.Median)), thousands(int64(m.Images.Best)))
	})
}

// benchSet returns Fashion-MNIST if it is at hand, else noise.
func (p *program) benchSet(ctx context.Context) (*dataset.Set, error) {
	split, err := dataset.Open(ctx, "fashion-mnist", dataset.Options{Dirs: dataset.DataDirs(""), Offline: true})
	switch {
	case errors.Is(err, dataset.ErrNotFound):
		return bench.Noise(benchImages), nil
	case err != nil:
		return nil, err
	}
	return split.Train, nil
}
