package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/hourglass-codec/hourglass/entropy"
	"github.com/hourglass-codec/hourglass/internal/safetensors"
)

// TestSpecification decodes payloads with a decoder written from SPEC.md,
// sections 7 and 8, in plain loops, and compares the pixels.
func TestSpecification(t *testing.T) {
	factorised := tiny(12, 9, 3)
	factorised.Factorised, factorised.Global = true, 0
	pooled := tiny(40, 36, 1)
	pooled.Patch = 4
	for _, c := range []Config{tiny(28, 28, 1), tiny(10, 13, 3), pooled, factorised} {
		k := untrained(t, c)
		const n = 2
		pix := pictures(c, n)
		for _, q := range []int{1, 50, 83, 100} {
			payload, err := k.Encode(nil, pix, EncodeOptions{Quality: q})
			if err != nil {
				t.Fatal(err)
			}
			want := make([]byte, len(pix))
			if err := k.Decode(want, payload, q); err != nil {
				t.Fatal(err)
			}
			d := newSpecDecoder(t, k.File(), q, n)
			if got := d.decode(payload); !bytes.Equal(got, want) {
				t.Errorf("%dx%dx%d at quality %d: other pixels by the specification", c.Width, c.Height, c.Channels, q)
			}
		}
	}
}

// A specDecoder decodes n images as the specification says. Names are its
// letters.
type specDecoder struct {
	t                            testing.TB
	file                         *safetensors.File
	n, q, a, r                   int
	H, W, C, S, h, w, L, G, P, D int
	blocks, anchors, m           int
	steps                        []specStep
	message                      *entropy.RangeDecoder
	tables                       *entropy.Set
	planes, latents, known       []int // (n, h, w, ...): planes, in 1/64 steps, in 1/32 natural units or 0
	lossless                     []bool
}

// specStep is a step of the schedule: it codes g latents from first on, at
// sites where (row + column) % 2 is colour, all if that is 2.
type specStep struct{ first, g, seen, colour int }

func newSpecDecoder(t testing.TB, file []byte, q, n int) *specDecoder {
	f, err := safetensors.Read(bytes.NewReader(file), 1<<24)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Height, Width, Channels, Patch, Blocks, Global, Planes, Hidden int
		Groups                                                         []int
		Factorised                                                     bool
		Lambdas                                                        []float64
	}
	if err := json.Unmarshal([]byte(f.Metadata["config"]), &c); err != nil {
		t.Fatal(err)
	}
	d := &specDecoder{t: t, file: f, n: n, q: q, H: c.Height, W: c.Width, C: c.Channels, S: c.Patch, G: c.Global, D: c.Hidden, blocks: c.Blocks, anchors: len(c.Lambdas)}
	d.h, d.w = (d.H+d.S-1)/d.S, (d.W+d.S-1)/d.S
	d.m = (max(d.h, d.w) + 7) / 8
	if d.G > 0 {
		d.P = c.Planes
	}
	for _, g := range c.Groups {
		if !c.Factorised {
			d.steps = append(d.steps, specStep{d.L, g, d.L, 0}, specStep{d.L, g, d.L + g, 1})
		}
		d.L += g
	}
	if c.Factorised {
		d.steps = []specStep{{0, d.L, 0, 2}}
	}
	at := (q - 1) * (d.anchors - 1)
	d.a = min(at/99, d.anchors-2)
	d.r = at - 99*d.a
	d.tables, err = entropy.Family{Shape: entropy.Logistic, Scales: 64, Low: -1024, Step: 40}.Set()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *specDecoder) decode(payload []byte) []byte {
	d.message = entropy.NewRangeDecoder(payload)
	d.lossless = make([]bool, d.n)
	kinds, err := entropy.NewClosedTable(0, []uint64{4096, 1})
	if err != nil {
		d.t.Fatal(err)
	}
	if d.message.Get(kinds) == 1 {
		d.t.Fatal("images without loss are not in this test")
	}
	sites := d.n * d.h * d.w
	d.planes, d.latents, d.known = make([]int, sites*d.P), make([]int, sites*d.L), make([]int, sites*d.L)
	d.global()
	for i, s := range d.steps {
		d.step(i, s)
	}
	if n, err := d.message.Finish(); err != nil || n != len(payload) {
		d.t.Fatalf("%d bytes of %d: %v", n, len(payload), err)
	}
	return d.synthesis()
}

// ints and floats return a tensor.
func (d *specDecoder) ints(name string) []int {
	s := d.file.Tensor(name)
	var v []int
	for i := 0; i < len(s.Data); i += s.DType.Size() {
		if s.DType == safetensors.I8 {
			v = append(v, int(int8(s.Data[i])))
		} else {
			v = append(v, int(int32(uint32(s.Data[i])|uint32(s.Data[i+1])<<8|uint32(s.Data[i+2])<<16|uint32(s.Data[i+3])<<24)))
		}
	}
	return v
}

func (d *specDecoder) floats(name string) []float32 {
	s := d.file.Tensor(name)
	v, err := s.Float32()
	if s.DType == safetensors.F16 {
		v, err = s.Half()
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// at returns table[q] in column i of n.
func (d *specDecoder) at(table []int, n, i int) int {
	return floor(table[d.a*n+i]*(99-d.r)+table[(d.a+1)*n+i]*d.r+49, 99)
}

func floor(a, b int) int {
	return int(math.Floor(float64(a) / float64(b))) // exact: small numbers
}

// specExp2 is exp2 of the specification, with constants from big numbers.
func specExp2(x, u int) int {
	i, p := x>>12, x&4095
	R := new(big.Int).Lsh(big.NewInt(1), 62)
	for k := 1; k <= 12; k++ {
		if p>>(12-k)&1 == 0 {
			continue
		}
		root := new(big.Float).SetPrec(400).SetInt64(2)
		for range k {
			root.Sqrt(root)
		}
		root.SetMantExp(root, 62).Add(root, big.NewFloat(0.5))
		C, _ := root.Int(nil)
		R.Mul(R, C).Rsh(R, 62)
	}
	return int(R.Rsh(R, uint(62-u-i)).Int64())
}

func bring(x, low, high int) int { return min(max(x, low), high) }

// natural returns a latent v in units of 2^-u natural units.
func natural(v, gain, u int) int { return (v*specExp2(-gain, 24) + 1<<(29-u)) >> (30 - u) }

// residual decodes what a scale of logarithm x says, in 1/64.
func (d *specDecoder) residual(x int) int {
	scale := bring((x+16384+320)/640, 0, 63)
	if x+16384+320 < 0 || scale == 0 {
		return 0
	}
	return 64 * int(d.message.Get(d.tables.Table(scale)))
}

func (d *specDecoder) global() {
	if d.G == 0 {
		return
	}
	gain, mean, scale := d.ints("global/gain"), d.ints("global/mean"), d.ints("global/scale")
	z := make([]int, d.n*d.G)
	for i := range z {
		j := i % d.G
		v := bring(d.at(mean, d.G, j), -1<<20, 1<<20) + d.residual(d.at(scale, d.G, j))
		z[i] = bring(natural(v, bring(d.at(gain, d.G, j), -49152, 49152), 10), -1<<15, 1<<15-1)
	}
	ph, pw := (d.h+d.m-1)/d.m, (d.w+d.m-1)/d.m
	unfolded := d.layer("global/unfold", d.G, ph*pw*d.P, 1, z)
	for i := range d.planes {
		site, p := i/d.P, i%d.P
		image, row, col := site/(d.h*d.w), site/d.w%d.h, site%d.w
		u := unfolded[image*ph*pw*d.P+(row/d.m*pw+col/d.m)*d.P+p]
		d.planes[i] = bring(u+128, 0, 255) - 128
	}
}

// layer applies a layer of one tap to rows of inputs.
func (d *specDecoder) layer(name string, in, out, biases int, x []int) []int {
	return d.scaled(name, out, d.sums(name, in, out, biases, x, 1, 1, 1))
}

// sums returns the sums of a layer over x (n, h, w, in), k x k taps.
func (d *specDecoder) sums(name string, in, out, biases int, x []int, h, w, k int) []int {
	weights, bias := d.ints(name+"/weights"), d.ints(name+"/bias")
	y := make([]int, len(x)/in*out)
	for i := range y {
		site, o := i/out, i%out
		row, col := site/w%h, site%w
		sum := bias[o]
		if biases > 1 {
			sum = d.at(bias, out, o)
		}
		for tap := range k * k {
			dr, dc := tap/k-k/2, tap%k-k/2
			if row+dr < 0 || row+dr >= h || col+dc < 0 || col+dc >= w {
				continue
			}
			for j := range in {
				sum += x[(site+dr*w+dc)*in+j] * weights[(tap*in+j)*out+o]
			}
		}
		y[i] = sum
	}
	return y
}

// scaled returns sums times the layer's scale.
func (d *specDecoder) scaled(name string, out int, sums []int) []int {
	scale := d.floats(name + "/scale")
	y := make([]int, len(sums))
	for i, sum := range sums {
		fraction, exponent := math.Frexp(float64(scale[i%out]))
		M, s := int(fraction*(1<<24))*128, 31-exponent
		if s > 46 {
			M, s = M>>(s-46), 46
		}
		v := new(big.Int).Mul(big.NewInt(int64(sum)), big.NewInt(int64(M)))
		v.Add(v, new(big.Int).Lsh(big.NewInt(1), uint(s-1)))
		y[i] = int(v.Rsh(v, uint(s)).Int64())
	}
	return y
}

func (d *specDecoder) step(number int, s specStep) {
	name := fmt.Sprintf("context%d", number)
	K := max(d.P+s.seen, 1)
	sites := d.n * d.h * d.w
	x := make([]int, sites*K)
	for site := range sites {
		copy(x[site*K:], d.planes[site*d.P:(site+1)*d.P])
		copy(x[site*K+d.P:], d.known[site*d.L:site*d.L+s.seen])
	}
	hidden := func(layer string, in, biases int, x []int, k int) []int {
		y := d.scaled(name+layer, d.D, d.sums(name+layer, in, d.D, biases, x, d.h, d.w, k))
		for i, v := range y {
			y[i] = bring(v, 0, 255)
		}
		return y
	}
	t := hidden("/second", d.D, 1, hidden("/first", K, d.anchors, x, 3), 1)
	out := d.sums(name+"/last", d.D, 2*s.g, 1, t, d.h, d.w, 1)
	scale := d.floats(name + "/last/scale")
	gains := d.ints("latents/gain")
	known := make([]int, len(d.known))
	copy(known, d.known)
	for site := range sites {
		row, col := site/d.w%d.h, site%d.w
		if s.colour < 2 && (row+col)%2 != s.colour {
			continue
		}
		for j := range s.g {
			gain := bring(d.at(gains, d.L, s.first+j), -49152, 49152)
			last := func(j, k int) int {
				Q := int(min(math.Floor(math.Ldexp(float64(scale[j]), k)), 1<<31))
				return (out[site*2*s.g+j]*Q + 1<<19) >> 20
			}
			mean := (bring(last(j, 36), -1<<21, 1<<21)*specExp2(gain, 16) + 1<<25) >> 26
			v := mean + d.residual(bring(last(s.g+j, 32), -1<<20, 1<<20)+gain)
			at := site*d.L + s.first + j
			d.latents[at] = v
			known[at] = bring(natural(v, gain, 5), -128, 127)
		}
	}
	d.known = known
}

func (d *specDecoder) synthesis() []byte {
	K := d.P + d.L
	inverse := d.ints("latents/inverse")
	x := make([]float32, d.n*d.h*d.w*K)
	for i := range x {
		site, j := i/K, i%K
		if j < d.P {
			x[i] = float32(d.planes[site*d.P+j]) / 16
			continue
		}
		j -= d.P
		factor := float32(specExp2(bring(d.at(inverse, d.L, j), -49152, 49152), 24)) / (1 << 24)
		x[i] = float32(d.latents[site*d.L+j]) / 64 * factor
	}
	x = d.conv("synthesis/start", K, x)
	quality := d.floats("synthesis/start/quality")
	F := len(quality) / d.anchors
	weights := make([]float32, d.anchors)
	weights[d.a], weights[d.a+1] = float32(99-d.r)/99, float32(d.r)/99
	for i := range x {
		sum := float32(0)
		for a, w := range weights {
			sum = fma32(w, quality[a*F+i%F], sum)
		}
		x[i] += sum
	}
	for b := range d.blocks {
		name := fmt.Sprintf("synthesis/block%d", b)
		y := d.conv(name+"/b", F, leaky(d.conv(name+"/a", F, leaky(x))))
		for i := range x {
			x[i] += y[i]
		}
	}
	x = d.conv("synthesis/pixels", F, x)
	return d.pixels(x)
}

func (d *specDecoder) pixels(x []float32) []byte {
	pix := make([]byte, 0, d.n*d.H*d.W*d.C)
	for i := range cap(pix) {
		image, row, col, c := i/(d.H*d.W*d.C), i/(d.W*d.C)%d.H, i/d.C%d.W, i%d.C
		site := (image*d.h+row/d.S)*d.w + col/d.S
		v := x[site*d.S*d.S*d.C+(row%d.S*d.S+col%d.S)*d.C+c] + 0.5
		v *= 255
		pix = append(pix, byte(math.RoundToEven(float64(min(max(v, 0), 255)))))
	}
	return pix
}

// conv is a 3x3 convolution of x (n, h, w, in), a chain of fused multiply-adds.
func (d *specDecoder) conv(name string, in int, x []float32) []float32 {
	w, b := d.floats(name+"/kernel"), d.floats(name+"/bias")
	out := len(b)
	y := make([]float32, len(x)/in*out)
	for i := range y {
		site, o := i/out, i%out
		row, col := site/d.w%d.h, site%d.w
		sum := float32(0)
		for tap := range 9 {
			dr, dc := tap/3-1, tap%3-1
			inside := row+dr >= 0 && row+dr < d.h && col+dc >= 0 && col+dc < d.w
			for j := range in {
				v := float32(0)
				if inside {
					v = x[(site+dr*d.w+dc)*in+j]
				}
				sum = fma32(v, w[(tap*in+j)*out+o], sum)
			}
		}
		y[i] = sum + b[o]
	}
	return y
}

func leaky(x []float32) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = v
		if !(v > 0) {
			y[i] = v * 0.2
		}
	}
	return y
}

// fma32 returns x*y + z, rounded once: the sum in float64 is rounded to odd
// first, so that rounding it to float32 is as good as rounding the exact one.
func fma32(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	t := s - p
	e := (p - (s - t)) + (c - t)
	if b := math.Float64bits(s); e != 0 && b&1 == 0 {
		if (e > 0) == (s > 0) {
			b++
		} else {
			b--
		}
		s = math.Float64frombits(b)
	}
	return float32(s)
}
