// Package bench measures the engine: the kernels in GFLOP/s, and training and
// inference of the zoo's models in images a second. The command hourglass
// bench prints what it finds; it also serves as a peer of bench/peers, to be
// compared with other frameworks in one run.
//
// Machines are shared and noisy, so a measurement is the median of several
// trials, and its best is kept beside it.
package bench

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// Level names the instructions that the kernels use.
func Level() string { return kernel.Current().String() }

// Trials says how long and how often to measure.
type Trials struct {
	Count  int           // 0 means 5
	Length time.Duration // at least; 0 means 100 ms
}

func (t Trials) withDefaults() Trials {
	return Trials{Count: cmp.Or(t.Count, 5), Length: cmp.Or(t.Length, 100*time.Millisecond)}
}

// A Rate is work done in a second: the median and the best of the trials.
type Rate struct {
	Median float64 `json:"median"`
	Best   float64 `json:"best"`
}

// rate measures how often f runs in a second, times the work of one run. It
// stops early, with what it has, when ctx is done.
func (t Trials) rate(ctx context.Context, work float64, f func() error) (Rate, error) {
	t = t.withDefaults()
	if err := f(); err != nil { // warm up
		return Rate{}, err
	}
	var rates []float64
	for range t.Count {
		n, elapsed, err := repeat(t.Length, f)
		if err != nil {
			return Rate{}, err
		}
		rates = append(rates, work*float64(n)/elapsed.Seconds())
		if ctx.Err() != nil {
			break
		}
	}
	slices.Sort(rates)
	return Rate{Median: rates[len(rates)/2], Best: rates[len(rates)-1]}, ctx.Err()
}

// repeat runs f until the time is up and returns how often it ran in how long.
func repeat(d time.Duration, f func() error) (n int, elapsed time.Duration, err error) {
	start := time.Now()
	for elapsed < d {
		if err := f(); err != nil {
			return n, elapsed, err
		}
		n++
		elapsed = time.Since(start)
	}
	return n, elapsed, nil
}
