package codec

import (
	"github.com/hourglass-codec/hourglass/entropy"
	"github.com/hourglass-codec/hourglass/graph"
)

// chunk returns how many images the networks take at once: such that what they
// work on stays in a processor's cache.
func (c Config) chunk() int { return max(1, min(16, 1024/(c.GridH()*c.GridW()))) }

// A coder encodes and decodes at one quality. It is for one goroutine.
type coder struct {
	codec   *Codec
	setting int // from 1 to MaxQuality
	quality quality
	session *graph.Session[float32]
	nodes   transformNodes
	engines map[int]*engine // for chunks of 1 and of as many images as go together

	steps  []int32 // (N, h, w, L), the latents in steps, 1/fraction
	known  []uint8 // (N, h, w, L), as the entropy model sees them
	global []int32 // (N, G), in steps, 1/fraction
	planes []uint8 // (N, h, w, P)

	// lossless tells which images are stored without loss, and so without
	// latents.
	lossless []bool

	symbols []symbol
	tables  []uint16
	values  []int32
	encoder
	decoder *entropy.RangeDecoder
}

// engine is what computes on chunks of one size.
type engine struct {
	*predictor
	*transform
}

// symbol is a latent that a step codes.
type symbol struct {
	at      int32 // its place in (N, h, w, L)
	channel int32
	mean    int32 // what is predicted, in steps, 1/fraction
}

func newCoder(c *Codec, setting int) *coder {
	return &coder{
		codec: c, setting: setting, quality: place(setting, len(c.model.rates)), engines: map[int]*engine{},
		// Each coder has a session and nodes of its own: these are for one
		// goroutine.
		session: graph.NewSession[float32](graph.SessionOptions{Threads: 1}),
		nodes:   newNodes(c.network),
		encoder: encoder{message: entropy.NewRangeEncoder()}, decoder: entropy.NewRangeDecoder(nil),
	}
}

// engine returns what computes on chunks of n images.
func (k *coder) engine(n int) (*engine, error) {
	if e := k.engines[n]; e != nil {
		return e, nil
	}
	p, err := newPredictor(k.codec.model, k.quality, n)
	if err != nil {
		return nil, err
	}
	e := &engine{p, newTransform(k.session, &k.nodes, k.codec.model, k.quality, n)}
	k.engines[n] = e
	return e, nil
}

// start makes room for what is known of n images before their latents.
func (k *coder) start(n int) {
	c := k.codec.model.config
	k.global = resize(k.global, n*c.Global)
	k.planes = resize(k.planes, n*c.GridH()*c.GridW()*c.planes())
	k.lossless = resize(k.lossless, n)
}

// startLatents makes room for the latents of n images, of which none is known.
func (k *coder) startLatents(n int) {
	latents, _, _ := k.sizes()
	k.steps = resize(k.steps, n*latents)
	k.known = resize(k.known, n*latents)
	for i := range k.known {
		k.known[i] = 128
	}
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
	chunk := k.codec.model.config.chunk()
	for i := 0; i < n; {
		size := 1
		if n-i >= chunk {
			size = chunk
		}
		e, err := k.engine(size)
		if err != nil {
			return err
		}
		if err := f(e, i, size); err != nil {
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
			if k.lossless[image] {
				continue
			}
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
	k.startLatents(n)
	for step := range k.codec.model.steps {
		err := k.chunks(n, func(e *engine, i, m int) error {
			copy(e.planes, k.planes[i*sites*width:(i+m)*sites*width])
			e.run(step, k.known[i*perImage:(i+m)*perImage])
			return k.codeStep(e, step, i, m, latents)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// codeStep codes what a step says about n images from the first on, after its
// network has run.
func (k *coder) codeStep(e *engine, step, first, n int, latents func([]uint16, []symbol) error) error {
	s := &e.schedule[step]
	k.tables, k.symbols = k.tables[:0], k.symbols[:0]
	_, sites, _ := k.sizes()
	for image := range n {
		if k.lossless[first+image] {
			continue
		}
		for _, site := range e.sites[step] {
			at := ((first+image)*sites+int(site))*len(e.channels) + s.First
			out := e.out[2*s.Count*(image*sites+int(site)):]
			for j := range s.Count {
				mean, table := e.prediction(step, j, out[j], out[s.Count+j])
				if table == certain {
					k.set(e, at+j, s.First+j, mean)
					continue
				}
				k.tables = append(k.tables, table)
				k.symbols = append(k.symbols, symbol{int32(at + j), int32(s.First + j), mean})
			}
		}
	}
	if err := latents(k.tables, k.symbols); err != nil {
		return err
	}
	for i, v := range k.values {
		x := &k.symbols[i]
		k.set(e, int(x.at), int(x.channel), x.mean+v*fraction)
	}
	return nil
}

// set makes known what a latent is, in steps, in 1/fraction.
func (k *coder) set(e *engine, at, channel int, v int32) {
	k.steps[at] = v
	k.known[at] = e.channels[channel].seen(v)
}
