package codec

import (
	"fmt"

	"github.com/hourglass-codec/hourglass/entropy"
	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// family are the distributions of latents: logistic, with scales from 1/16 of a
// step to 57 steps.
var family = entropy.Family{Shape: entropy.Logistic, Scales: 64, Low: -4 * 256, Step: 40}

// A latent whose scale is the smallest is taken to be its mean and not coded.
const certain = 0

// scaleIndex returns the place in the family of a scale given by its logarithm.
func scaleIndex(log int64) uint16 {
	const low, step = -4 * octave, 40 * (octave / 256)
	return uint16(min(uint64(max(log-low+step/2, 0))/step, 63))
}

// A predictor is the entropy model at one quality, for images in chunks of n:
// all integers. It is for one goroutine.
type predictor struct {
	config         Config
	n              int
	schedule       []Step
	channels       []channel // of the latents
	globalChannels []channel
	global         []globalLatent
	unfold         *kernel.Conv2DInt8[int16, uint8]
	steps          []stepKernels
	sites          [][]int32 // of an image, that each step codes

	natural       []int16 // (n, G)
	folded        []uint8 // (n, poolH, poolW, P)
	planes        []uint8 // (n, h, w, P), 128 for 0
	in            []uint8 // (n, h, w, P + seen)
	first, second []uint8 // (n, h, w, Hidden)
	out           []int32 // (n, h, w, 2 count)
}

// channel is a latent's part in changing units at one quality.
type channel struct {
	log     int32 // logarithm of the gain
	gain    int64 // steps in a natural unit, in 2^-gainBits
	inverse int64 // natural units in a step, in 2^-inverseBits
}

const inverseBits = 24

// globalLatent is the distribution of a global latent at one quality.
type globalLatent struct {
	channel
	mean  int32  // in steps, 1/fraction
	table uint16 // place in the family
}

// stepKernels are a stepNet, planned.
type stepKernels struct {
	first, second *kernel.Conv2DInt8[uint8, uint8]
	last          *kernel.Conv2DInt8[uint8, int32]
	in            int // channels of the input
	channels      []stepChannel
}

// stepChannel is a latent that a step codes: what one of the sums for its mean
// and its scale is worth, in units of 2^-scaleBits.
type stepChannel struct {
	channel
	meanScale int64 // of a natural unit
	logScale  int64 // of 1/octave
}

func newChannel(log int32) channel {
	log = int32(clamp(int64(log), minLog, maxLog))
	return channel{log, exp2(log, gainBits), exp2(-log, inverseBits)}
}

// newPredictor plans the entropy model of m. It fails if the weights, which may
// come from anywhere, are such as cannot be computed with.
func newPredictor(m *model, q quality, n int) (*predictor, error) {
	c := m.config
	p := &predictor{config: c, n: n, schedule: c.Schedule()}
	for i := range c.Latents() {
		p.channels = append(p.channels, newChannel(q.of(m.gain, c.Latents(), i)))
	}
	if err := p.planGlobal(m, q); err != nil {
		return nil, err
	}
	for i, s := range m.steps {
		k, err := p.planStep(s, p.channels[p.schedule[i].First:], q)
		if err != nil {
			return nil, fmt.Errorf("context%d: %w", i, err)
		}
		p.steps = append(p.steps, k)
		p.sites = append(p.sites, c.sitesOf(p.schedule[i].Sites))
	}
	sites := n * c.GridH() * c.GridW()
	p.planes = make([]uint8, sites*c.planes())
	widest := 1
	for _, s := range p.schedule {
		widest = max(widest, s.Seen+c.planes())
	}
	p.in = make([]uint8, sites*widest)
	p.first, p.second = make([]uint8, sites*c.Hidden), make([]uint8, sites*c.Hidden)
	p.out = make([]int32, sites*2*c.Latents())
	return p, nil
}

func (p *predictor) planGlobal(m *model, q quality) (err error) {
	g, c := m.global, p.config
	if g == nil {
		return nil
	}
	for i := range c.Global {
		p.global = append(p.global, globalLatent{
			channel: newChannel(q.of(g.gain, c.Global, i)),
			mean:    int32(clamp(int64(q.of(g.mean, c.Global, i)), -maxSteps, maxSteps)),
			table:   scaleIndex(int64(q.of(g.scale, c.Global, i))),
		})
	}
	for _, l := range p.global {
		p.globalChannels = append(p.globalChannels, l.channel)
	}
	p.natural = make([]int16, p.n*c.Global)
	p.folded = make([]uint8, p.n*g.unfold.out)
	r, err := g.unfold.requant(0, q, 128)
	if err != nil {
		return err
	}
	p.unfold, err = kernel.NewMatMulInt8[int16, uint8](p.n, g.unfold.out, c.Global, g.unfold.weights, r)
	return err
}

func (p *predictor) planStep(s stepNet, channels []channel, q quality) (k stepKernels, err error) {
	c := p.config
	k.in = s.first.in
	count := s.last.out / 2
	for i := range count {
		k.channels = append(k.channels, stepChannel{
			channels[i], inUnits(s.last.scale[i], meanBits+scaleBits), inUnits(s.last.scale[count+i], octaveBits+scaleBits),
		})
	}
	first, err := s.first.requant(128, q, 0)
	if err != nil {
		return k, err
	}
	shape := kernel.ConvShape{N: p.n, H: c.GridH(), W: c.GridW(), C: s.first.in, KH: 3, KW: 3, OutC: c.Hidden, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1}
	if k.first, err = kernel.NewConv2DInt8[uint8, uint8](shape, s.first.weights, first); err != nil {
		return k, err
	}
	second, err := s.second.requant(0, q, 0)
	if err != nil {
		return k, err
	}
	rows := p.n * c.GridH() * c.GridW()
	if k.second, err = kernel.NewMatMulInt8[uint8, uint8](rows, c.Hidden, c.Hidden, s.second.weights, second); err != nil {
		return k, err
	}
	k.last, err = kernel.NewMatMulInt8[uint8, int32](rows, s.last.out, c.Hidden, s.last.weights, kernel.Requant{Bias: s.last.bias})
	return k, err
}

// requant returns what becomes of the layer's sums at a quality.
func (l intLayer) requant(inZero int, q quality, outZero int) (kernel.Requant, error) {
	r := kernel.Requant{InZero: inZero, Bias: l.bias, OutZero: outZero, Multiplier: make([]int32, l.out), Shift: make([]uint8, l.out)}
	if len(l.bias) > l.out {
		r.Bias = make([]int32, l.out)
		for i := range r.Bias {
			r.Bias[i] = q.of(l.bias, l.out, i)
		}
	}
	for i, x := range l.scale {
		var err error
		if r.Multiplier[i], r.Shift[i], err = requantScale(x); err != nil {
			return r, err
		}
	}
	return r, nil
}

// setGlobal takes the global latents z (n, G), in steps, of the chunk, and
// computes the planes.
func (p *predictor) setGlobal(z []int32) {
	if p.global == nil {
		return
	}
	g := len(p.global)
	for i, v := range z {
		p.natural[i] = int16(clamp(p.global[i%g].natural(v, globalBits), -1<<15, 1<<15-1))
	}
	p.unfold.Run(nil, p.folded, p.natural)
	c := p.config
	pool, width := c.pool(), c.planes()
	for i := range p.n * c.GridH() * c.GridW() {
		image, row, col := i/(c.GridH()*c.GridW()), i/c.GridW()%c.GridH(), i%c.GridW()
		from := ((image*c.poolH()+row/pool)*c.poolW() + col/pool) * width
		copy(p.planes[i*width:(i+1)*width], p.folded[from:])
	}
}

// natural returns a latent v, in steps, in 1/fraction, in natural units of
// which there are 2^unit in one.
func (c channel) natural(v int32, unit int) int64 {
	shift := fractionBits + inverseBits - unit
	return (int64(v)*c.inverse + 1<<(shift-1)) >> shift
}

// seen returns how a latent v, in steps, in 1/fraction, looks to the entropy
// model.
func (c channel) seen(v int32) uint8 {
	return uint8(clamp(c.natural(v, latentBits), -128, 127) + 128)
}

// run computes step i for the chunk; known (n, h, w, L) are the latents as they
// are seen, 128 where not yet known.
func (p *predictor) run(i int, known []uint8) {
	k, s := p.steps[i], p.schedule[i]
	sites := p.n * p.config.GridH() * p.config.GridW()
	in := p.in[:sites*k.in]
	width, latents := p.config.planes(), p.config.Latents()
	if width+s.Seen == 0 {
		for i := range in {
			in[i] = 128
		}
	} else {
		for i := range sites {
			site := in[i*k.in : (i+1)*k.in]
			copy(site, p.planes[i*width:(i+1)*width])
			copy(site[width:], known[i*latents:i*latents+s.Seen])
		}
	}
	k.first.Run(nil, p.first, in)
	k.second.Run(nil, p.second, p.first)
	k.last.Run(nil, p.out[:sites*2*s.Count], p.second)
}

// prediction returns what outputs a and b of a step's network say about its
// latent j: the mean, in steps, in 1/fraction, and the place of the scale.
func (p *predictor) prediction(step, j int, a, b int32) (mean int32, table uint16) {
	k := &p.steps[step]
	c := &k.channels[j]
	const half = 1 << (scaleBits - 1)
	m := clamp((int64(a)*c.meanScale+half)>>scaleBits, -maxMean, maxMean)
	const shift = meanBits + gainBits - fractionBits
	mean = int32((m*c.gain + 1<<(shift-1)) >> shift)
	log := clamp((int64(b)*c.logScale+half)>>scaleBits, -1<<20, 1<<20)
	return mean, scaleIndex(log + int64(c.log))
}
