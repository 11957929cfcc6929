package codec

import (
	"errors"
	"fmt"

	"github.com/hourglass-codec/hourglass/entropy"
	"github.com/hourglass-codec/hourglass/graph"
)

// chunk is how many images the networks take at once.
const chunk = 16

// A coder encodes and decodes at one quality. It is for one goroutine.
type coder struct {
	codec   *Codec
	quality quality
	engines map[int]*engine // for chunks of 1 and of chunk images

	steps  []int32 // (N, h, w, L), the latents in steps, 1/fraction
	known  []uint8 // (N, h, w, L), as the entropy model sees them
	global []int32 // (N, G), in steps, 1/fraction
	planes []uint8 // (N, h, w, P)
	target []int32 // (N, h, w, L), in the encoder: the latents before rounding
	aim    []int32 // (N, G), likewise

	symbols []symbol
	tables  []uint16
	values  []int32
	encoder *entropy.RangeEncoder
	decoder *entropy.RangeDecoder
}

// engine is what computes on chunks of one size.
type engine struct {
	*predictor
	*transform
}

// symbol is a latent that a step codes.
type symbol struct {
	at   int32 // its place in (N, h, w, L)
	mean int32 // what is predicted, in steps, 1/fraction
}

func newCoder(c *Codec, quality int) (*coder, error) {
	k := &coder{codec: c, quality: place(quality, len(c.model.rates)), engines: map[int]*engine{}}
	// Each coder has a session and nodes of its own: these are for one
	// goroutine.
	session := graph.NewSession[float32](graph.SessionOptions{Threads: 1})
	nodes := newNodes(c.network)
	for _, n := range []int{1, chunk} {
		p, err := newPredictor(c.model, k.quality, n)
		if err != nil {
			return nil, err
		}
		t, err := newTransform(session, nodes, c.model.config, k.quality, n)
		if err != nil {
			return nil, err
		}
		k.engines[n] = &engine{p, t}
	}
	k.encoder, k.decoder = entropy.NewRangeEncoder(), entropy.NewRangeDecoder(nil)
	return k, nil
}

// start makes room for n images of which nothing is known.
func (k *coder) start(n int) {
	c := k.codec.model.config
	sites := n * c.GridH() * c.GridW()
	k.steps = resize(k.steps, sites*c.Latents())
	k.known = resize(k.known, sites*c.Latents())
	for i := range k.known {
		k.known[i] = 128
	}
	k.global = resize(k.global, n*c.Global)
	k.planes = resize(k.planes, sites*c.planes())
}

// resize returns a slice of n zeros, in s if there is room.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// chunks calls f for n images in chunks: size images from image i on.
func (k *coder) chunks(n int, f func(e *engine, i, size int) error) error {
	for i := 0; i < n; {
		size := 1
		if n-i >= chunk {
			size = chunk
		}
		if err := f(k.engines[size], i, size); err != nil {
			return err
		}
		i += size
	}
	return nil
}

// sizes returns the numbers of latents, of sites and of global latents of an
// image.
func (k *coder) sizes() (latents, sites, global int) {
	c := k.codec.model.config
	sites = c.GridH() * c.GridW()
	return sites * c.Latents(), sites, c.Global
}

// encode appends the payload of n images.
func (k *coder) encode(dst, pix []byte, n int) ([]byte, error) {
	k.start(n)
	if err := k.analyse(pix, n); err != nil {
		return dst, err
	}
	k.encoder.Reset()
	err := k.code(n, k.putGlobal, k.put)
	return k.encoder.Finish(dst), err
}

// decode decodes n images.
func (k *coder) decode(pix, payload []byte, n int) error {
	k.start(n)
	k.decoder.Reset(payload)
	if err := k.code(n, k.getGlobal, k.get); err != nil {
		return err
	}
	used, err := k.decoder.Finish()
	switch {
	case errors.Is(err, entropy.ErrTruncated):
		return ErrTruncated
	case err != nil:
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	case used != len(payload):
		return fmt.Errorf("%w: %d bytes after its end", ErrCorrupt, len(payload)-used)
	}
	latents, sites, _ := k.sizes()
	width := k.codec.model.config.planes()
	size := len(pix) / n
	return k.chunks(n, func(e *engine, i, m int) error {
		return e.synthesise(pix[i*size:(i+m)*size], k.steps[i*latents:(i+m)*latents], k.planes[i*sites*width:(i+m)*sites*width])
	})
}

// analyse sets target and aim to the latents of the images before rounding.
func (k *coder) analyse(pix []byte, n int) error {
	latents, _, global := k.sizes()
	k.target, k.aim = resize(k.target, n*latents), resize(k.aim, n*global)
	size := len(pix) / n
	return k.chunks(n, func(e *engine, i, m int) error {
		y, z, err := e.analyse(pix[i*size : (i+m)*size])
		if err != nil {
			return err
		}
		for j, v := range y {
			k.target[i*latents+j] = e.channels[j%len(e.channels)].inSteps(v)
		}
		for j, v := range z {
			k.aim[i*global+j] = e.global[j%global].inSteps(v)
		}
		return nil
	})
}

// inSteps returns a latent v, in natural units, in steps, in 1/fraction.
func (c channel) inSteps(v float32) int32 {
	const unit = float64(fraction) / (1 << gainBits)
	s := float64(v) * float64(c.gain) * unit
	const far = maxSteps * fraction
	if !(s > -far) { // nor is what is no number
		return -far
	}
	return int32(min(s, far) + 0.5*sign(s))
}

func sign(x float64) float64 {
	if x < 0 {
		return -1
	}
	return 1
}

// code goes through the latents of n images in the order of the payload: for
// all images the global latents, then step by step, for all images, the sites
// of the step by rows and the latents of a site in order. global codes the
// global latents of an image; latents those of symbols whose tables are given.
func (k *coder) code(n int, global func(e *engine, image int) error, latents func(tables []uint16, symbols []symbol) error) error {
	perImage, sites, _ := k.sizes()
	width := k.codec.model.config.planes()
	err := k.chunks(n, func(e *engine, i, m int) error {
		if len(e.global) == 0 {
			return nil
		}
		for image := i; image < i+m; image++ {
			if err := global(e, image); err != nil {
				return err
			}
		}
		e.setGlobal(k.global[i*len(e.global) : (i+m)*len(e.global)])
		copy(k.planes[i*sites*width:], e.planes)
		return nil
	})
	if err != nil {
		return err
	}
	for step := range k.codec.model.steps {
		err := k.chunks(n, func(e *engine, i, m int) error {
			copy(e.planes, k.planes[i*sites*width:(i+m)*sites*width])
			e.run(step, k.known[i*perImage:(i+m)*perImage])
			return k.codeStep(e, step, i*sites, m*sites, latents)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// codeStep codes what a step says about n sites of the images from site first
// on, after its network has run.
func (k *coder) codeStep(e *engine, step, first, n int, latents func([]uint16, []symbol) error) error {
	c, s := e.predictor.config, e.schedule[step]
	k.tables, k.symbols = k.tables[:0], k.symbols[:0]
	all := c.Latents()
	for site := range n {
		if !s.Sites.Has(site/c.GridW()%c.GridH(), site%c.GridW()) {
			continue
		}
		for j := range s.Count {
			mean, table := e.prediction(step, site, j)
			at := (first+site)*all + s.First + j
			if table == certain {
				k.set(e, at, mean)
				continue
			}
			k.tables = append(k.tables, table)
			k.symbols = append(k.symbols, symbol{int32(at), mean})
		}
	}
	if err := latents(k.tables, k.symbols); err != nil {
		return err
	}
	for i, v := range k.values {
		k.set(e, int(k.symbols[i].at), k.symbols[i].mean+v*fraction)
	}
	return nil
}

// set makes known what a latent is, in steps, in 1/fraction.
func (k *coder) set(e *engine, at int, v int32) {
	k.steps[at] = v
	k.known[at] = e.channels[at%len(e.channels)].seen(v)
}

// put encodes latents.
func (k *coder) put(tables []uint16, symbols []symbol) error {
	k.values = resize(k.values, len(symbols))
	for i, s := range symbols {
		k.values[i] = residual(k.target[s.at], s.mean)
	}
	k.encoder.PutEach(k.codec.tables, tables, k.values)
	return nil
}

// residual returns the whole steps from mean to target.
func residual(target, mean int32) int32 { return (target - mean + fraction/2) >> 6 }

// get decodes latents.
func (k *coder) get(tables []uint16, symbols []symbol) error {
	k.values = resize(k.values, len(symbols))
	k.decoder.GetEach(k.codec.tables, tables, k.values)
	return inRange(k.values)
}

// inRange returns an error if a residual is larger than any encoder makes it.
func inRange(values []int32) error {
	for _, v := range values {
		if v > 4*maxSteps || v < -4*maxSteps {
			return fmt.Errorf("%w: a latent %d steps from what was expected", ErrCorrupt, v)
		}
	}
	return nil
}

// putGlobal encodes the global latents of an image.
func (k *coder) putGlobal(e *engine, image int) error {
	for i, g := range e.global {
		at := image*len(e.global) + i
		k.global[at] = g.mean
		if g.table != certain {
			v := residual(k.aim[at], g.mean)
			k.encoder.Put(k.codec.tables.Table(int(g.table)), v)
			k.global[at] += v * fraction
		}
	}
	return nil
}

// getGlobal decodes the global latents of an image.
func (k *coder) getGlobal(e *engine, image int) error {
	for i, g := range e.global {
		at := image*len(e.global) + i
		k.global[at] = g.mean
		if g.table != certain {
			v := k.decoder.Get(k.codec.tables.Table(int(g.table)))
			if err := inRange([]int32{v}); err != nil {
				return err
			}
			k.global[at] += v * fraction
		}
	}
	return nil
}
