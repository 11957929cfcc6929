package codec

import "github.com/hourglass-codec/hourglass/entropy"

// EncodeOptions say how images are encoded; none of it must be known to decode
// them but the quality.
type EncodeOptions struct {
	// Quality is from 1, the fewest bytes, to [MaxQuality].
	Quality int
	// Nearest rounds latents to the nearest whole step, whatever that costs in
	// bits, as training does. Otherwise a latent is rounded towards its
	// prediction where that saves more bits than it costs in distortion.
	Nearest bool
	// Effort is how many times the latents are refined: moved against the
	// gradient of rate and distortion. 0 takes them as the analysis makes them.
	Effort int
	// Fallback stores an image without loss if it takes more than
	// [FallbackFactor] times as many bits as images of the kind trained on.
	Fallback bool
}

// FallbackFactor is how far beyond the expected rate an image is taken to be of
// another kind than the codec is for.
const FallbackFactor = 4

// encoder is the part of a coder that encoding alone needs.
type encoder struct {
	nearest bool
	message *entropy.RangeEncoder
	target  []int32   // (N, h, w, L), the latents before rounding, in steps, 1/fraction
	aim     []int32   // (N, G), likewise
	bits    []float64 // (N), what latents take
}

// encode appends the payload of n images.
func (k *coder) encode(dst, pix []byte, n int, o EncodeOptions) ([]byte, error) {
	k.start(n)
	k.nearest = o.Nearest
	if err := k.analyse(pix, n); err != nil {
		return dst, err
	}
	if o.Effort > 0 {
		if err := k.refine(pix, n, o); err != nil {
			return dst, err
		}
	}
	if err := k.putLatents(n); err != nil {
		return dst, err
	}
	if o.Fallback && k.chooseLossless(k.codec.ExpectedBits(o.Quality)*FallbackFactor) {
		if err := k.putLatents(n); err != nil {
			return dst, err
		}
	}
	k.putLossless(pix, n)
	return k.message.Finish(dst), nil
}

// putLatents begins a message: which images are stored without loss, and the
// latents of the others.
func (k *coder) putLatents(n int) error {
	lossless := append([]bool(nil), k.lossless...)
	k.start(n)
	copy(k.lossless, lossless)
	k.bits = resize(k.bits, n)
	k.message.Reset()
	k.putKinds()
	return k.code(n, k.putGlobal, k.put)
}

// chooseLossless chooses the images whose latents take more bits than limit,
// and tells whether there are any.
func (k *coder) chooseLossless(limit float64) (any bool) {
	for i, b := range k.bits {
		k.lossless[i] = b > limit
		any = any || k.lossless[i]
	}
	return any
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
		toSteps(k.target[i*latents:], y, e.channels)
		toSteps(k.aim[i*global:], z, e.globalChannels)
		return nil
	})
}

// toSteps turns latents from natural units into steps, in 1/fraction.
func toSteps(dst []int32, src []float32, channels []channel) {
	for i := 0; i < len(src); {
		for _, c := range channels {
			dst[i] = c.inSteps(src[i])
			i++
		}
	}
}

// inSteps returns a latent v, in natural units, in steps, in 1/fraction.
func (c channel) inSteps(v float32) int32 {
	const unit = float64(fraction) / (1 << gainBits)
	const far = maxSteps * fraction
	s := float64(v)*float64(c.gain)*unit + 0.5
	switch {
	case s >= far:
		return far
	case s > -far:
		return int32(s+far) - far // rounds down
	}
	return -far // as what is no number
}

// put encodes latents.
func (k *coder) put(tables []uint16, symbols []symbol) error {
	k.values = resize(k.values, len(symbols))
	perImage, _, _ := k.sizes()
	for i, s := range symbols {
		t := k.codec.tables.Table(int(tables[i]))
		k.values[i] = k.chosen(t, k.target[s.at]-s.mean)
		k.bits[int(s.at)/perImage] += t.Bits(k.values[i])
	}
	k.message.PutEach(k.codec.tables, tables, k.values)
	return nil
}

// stepCost is what a square of a step in distortion is worth in bits. Where
// rate and distortion are in balance and steps are small it is 6/ln 2 = 8.7; at
// 24 the encoder does best on Fashion-MNIST's training images.
const stepCost = 24

// chosen returns the whole number to code for a residual of v, in 1/fraction.
func (k *coder) chosen(t *entropy.Table, v int32) int32 {
	r := (v + fraction/2) >> fractionBits
	if r == 0 || k.nearest {
		return r
	}
	closer := r - 1
	if r < 0 {
		closer = r + 1
	}
	d, e := float64(v-r*fraction)/fraction, float64(v-closer*fraction)/fraction
	if t.Bits(closer)+stepCost*e*e < t.Bits(r)+stepCost*d*d {
		return closer
	}
	return r
}

// putGlobal encodes the global latents of an image.
func (k *coder) putGlobal(e *engine, image int) error {
	for i, g := range e.global {
		at := image*len(e.global) + i
		k.global[at] = g.mean
		if g.table != certain {
			t := k.codec.tables.Table(int(g.table))
			v := k.chosen(t, k.aim[at]-g.mean)
			k.message.Put(t, v)
			k.bits[image] += t.Bits(v)
			k.global[at] += v * fraction
		}
	}
	return nil
}
