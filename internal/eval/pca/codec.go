package pca

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/eval"
	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// Codec is a Model as a codec; the quality is the quantiser's step in grey
// levels.
type Codec struct{ *Model }

// Info implements eval.Codec. Points are not cached: they depend on the
// training images.
func (Codec) Info() eval.Info { return eval.Info{Name: "PCA", Group: eval.Learned} }

// Settings implements eval.Codec.
func (Codec) Settings() []eval.Setting {
	return eval.Settings([]float64{800, 566, 400, 283, 200, 141, 100, 71, 50, 35, 25, 18})
}

// Pack implements eval.Codec.
func (c Codec) Pack(ctx context.Context, images *dataset.Set, s eval.Setting) (eval.Packed, error) {
	if images.Size() != len(c.mean) {
		return nil, fmt.Errorf("pca: images of %d samples, but the model has %d", images.Size(), len(c.mean))
	}
	pool := kernel.NewPool(0)
	defer pool.Close()
	levels, err := c.project(ctx, pool, images)
	if err != nil {
		return nil, err
	}
	step := float32(s.Quality)
	for i, y := range levels {
		levels[i] = level(y, step)
	}
	p := &packed{model: c.Model, step: step, levels: levels, shared: 4 * int64(len(c.mean))}
	d, bits := len(c.mean), 0.0
	for k := range d {
		f := c.frequencies(k, step)
		for i := k; i < len(levels); i += d {
			bits -= math.Log2(f.of(levels[i]))
		}
		if len(f.counts) > 1 {
			p.shared += 4 * int64(d+len(f.counts))
		}
	}
	p.bytes = int64(math.Ceil(bits / 8))
	return p, nil
}

// level is the nearest multiple of the step, in steps.
func level(y, step float32) float32 { return float32(math.RoundToEven(float64(y / step))) }

// frequencies are how often a component has which level on the training
// images.
type frequencies struct {
	least    float32 // level
	counts   []int   // of that level and those that follow
	total    int
	possible float64 // number of levels that the component of an image can have
}

func (m *Model) frequencies(k int, step float32) frequencies {
	n := len(m.training) / len(m.mean)
	values := m.training[k*n : (k+1)*n]
	f := frequencies{least: level(slices.Min(values), step), total: n}
	f.counts = make([]int, int(level(slices.Max(values), step)-f.least)+1)
	f.possible = 2*math.Ceil(255*math.Sqrt(float64(len(m.mean)))/float64(step)) + 1
	for _, y := range values {
		f.counts[int(level(y, step)-f.least)]++
	}
	return f
}

// of returns the frequency of a level. One more count is shared by all possible
// levels, so that none is without a code.
func (f frequencies) of(level float32) float64 {
	count := 0
	if i := int(level - f.least); i >= 0 && i < len(f.counts) {
		count = f.counts[i]
	}
	return (float64(count) + 1/f.possible) / float64(f.total+1)
}

// packed is a set as levels.
type packed struct {
	model  *Model
	step   float32
	levels []float32
	bytes  int64
	shared int64
}

func (p *packed) Bytes() int64 { return p.bytes }

// Shared counts the mean, the components whose levels are not all the same on
// the training images, and their frequencies, four bytes a number.
func (p *packed) Shared() int64 { return p.shared }

func (p *packed) Unpack(ctx context.Context, pixels []uint8) error {
	pool := kernel.NewPool(0)
	defer pool.Close()
	y := make([]float32, len(p.levels))
	for i, l := range p.levels {
		y[i] = l * p.step
	}
	return p.model.restore(ctx, pool, pixels, y)
}
