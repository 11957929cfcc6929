package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/plot"
	"github.com/hourglass-codec/hourglass/runlog"
)

// reconstructions draws count images of s, chosen by seed, beside what becomes
// of them.
func (t *trained) reconstructions(ctx context.Context, s *dataset.Set, count int, seed uint64) (*plot.Reconstructions, error) {
	chosen := choose(s, count, seed)
	y, err := t.reconstruct(ctx, chosen)
	if err != nil {
		return nil, err
	}
	pix := pixels(y)
	f := &plot.Reconstructions{Title: fmt.Sprintf("%s on %s: %d pixels, and again from %d numbers", t.entry.Name, s.Name, s.Size(), t.codeSize())}
	for i := range chosen.N {
		from, to := i*s.Size(), (i+1)*s.Size()
		f.Pairs = append(f.Pairs, plot.Pair{
			Original:       plot.Image{Pix: chosen.Pix(i), Width: s.W, Height: s.H, Channels: s.C},
			Reconstruction: plot.Image{Pix: pix[from:to], Width: s.W, Height: s.H, Channels: s.C},
			Label:          chosen.Class(i),
			Detail:         fmt.Sprintf("MSE %.4f", meanSquaredError(chosen.Pix(i), y[from:to])),
		})
	}
	return f, nil
}

// choose returns count images of s, chosen by seed, in the set's order.
func choose(s *dataset.Set, count int, seed uint64) *dataset.Set {
	indices := rand.New(rand.NewPCG(seed, 0)).Perm(s.N)[:min(count, s.N)]
	slices.Sort(indices)
	c := *s
	c.N, c.Pixels, c.Labels = len(indices), nil, nil
	for _, i := range indices {
		c.Pixels = append(c.Pixels, s.Pix(i)...)
		if s.Labels != nil {
			c.Labels = append(c.Labels, s.Labels[i])
		}
	}
	return &c
}

// points returns the two-dimensional codes of a set.
func (t *trained) points(ctx context.Context, s *dataset.Set) ([][2]float64, error) {
	codes, err := t.encode(ctx, s)
	if err != nil {
		return nil, err
	}
	points := make([][2]float64, s.N)
	for i := range points {
		points[i] = [2]float64{float64(codes[2*i]), float64(codes[2*i+1])}
	}
	return points, nil
}

// scatter draws codes of s.
func (t *trained) scatter(s *dataset.Set, points [][2]float64) *plot.Scatter {
	return &plot.Scatter{
		Title:  fmt.Sprintf("%s: codes of %s images of %s", t.entry.Name, thousands(int64(s.N)), s.Name),
		Points: points, Labels: s.Labels, ClassNames: s.Classes,
	}
}

// manifoldSide is the number of rows and columns of a manifold.
const manifoldSide = 20

// manifold draws what codes decode to, over the range that most of points lie
// in.
func (t *trained) manifold(points [][2]float64) (*plot.Manifold, error) {
	f := &plot.Manifold{
		Title: fmt.Sprintf("%s: what a grid of codes decodes to", t.entry.Name),
		X:     ticks(points, 0), Y: ticks(points, 1),
	}
	var codes []float32
	for _, y := range f.Y {
		for _, x := range f.X {
			codes = append(codes, float32(x), float32(y))
		}
	}
	h, w, c := t.entry.Input[0], t.entry.Input[1], t.entry.Input[2]
	images := make([]float32, len(codes)/2*h*w*c)
	if err := t.Decode(images, codes, len(codes)/2); err != nil {
		return nil, err
	}
	for pix := range slices.Chunk(pixels(images), h*w*c) {
		f.Images = append(f.Images, plot.Image{Pix: pix, Width: w, Height: h, Channels: c})
	}
	return f, nil
}

// ticks divides the range of a coordinate, without the outermost hundredths of
// the points, evenly.
func ticks(points [][2]float64, axis int) []float64 {
	sorted := slices.SortedFunc(slices.Values(points), func(a, b [2]float64) int { return cmp.Compare(a[axis], b[axis]) })
	cut := len(sorted) / 100
	low, high := sorted[cut][axis], sorted[len(sorted)-1-cut][axis]
	if low == high {
		high = low + 1
	}
	at := make([]float64, manifoldSide)
	for i := range at {
		at[i] = low + (high-low)*float64(i)/(manifoldSide-1)
	}
	return at
}

// lossCurves draws the losses of a run.
func lossCurves(log *runlog.Log) *plot.LossCurves {
	r := plot.LossRun{}
	for _, e := range log.Epochs {
		r.Epochs = append(r.Epochs, float64(e.Epoch))
		r.Train = append(r.Train, float64(e.Loss))
		if e.ValLoss != nil {
			r.Validation = append(r.Validation, float64(*e.ValLoss))
		}
	}
	return &plot.LossCurves{
		Title:  fmt.Sprintf("%s on %s", log.Started.Model, filepath.Base(log.Started.Dataset)),
		YLabel: "mean squared error", Runs: []plot.LossRun{r},
	}
}
