package entropy_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hourglass-codec/hourglass/entropy"
)

// benchSymbols is the number of symbols of a benchmark's message. Speeds count
// a symbol as one byte: MB/s are millions of symbols a second.
const benchSymbols = 1 << 18

type coder struct {
	name string
	enc  entropy.Encoder
	dec  entropy.Decoder
}

func coders() []coder {
	return []coder{
		{"range", entropy.NewRangeEncoder(), entropy.NewRangeDecoder(nil)},
		{"rans", entropy.NewRANSEncoder(), entropy.NewRANSDecoder(nil)},
	}
}

// draw returns n values distributed as the table has it, escapes excepted.
func draw(r *rand.Rand, t *entropy.Table, n int) []int32 {
	var lut []int32
	for v := int64(t.Min()); v <= int64(t.Max()); v++ {
		for range t.Freq(int32(v)) {
			lut = append(lut, int32(v))
		}
	}
	out := make([]int32, n)
	for i := range out {
		out[i] = lut[r.IntN(len(lut))]
	}
	return out
}

func gaussian(sigma float64) *entropy.Table {
	n := int(4.2*sigma) + 2
	w := make([]uint64, 2*n+1)
	for i := range w {
		z := float64(i-n) / sigma
		w[i] = uint64(1e9 * math.Exp(-z*z/2))
	}
	t, err := entropy.NewTable(int32(-n), w, 1)
	if err != nil {
		panic(err)
	}
	return t
}

func skewed() *entropy.Table {
	t, err := entropy.NewClosedTable(0, []uint64{65535, 1})
	if err != nil {
		panic(err)
	}
	return t
}

func uniform() *entropy.Table {
	t, err := entropy.NewClosedTable(0, make([]uint64, 256))
	if err != nil {
		panic(err)
	}
	return t
}

func BenchmarkStatic(b *testing.B) {
	tables := []struct {
		name string
		t    *entropy.Table
	}{
		{"skewed", skewed()}, {"sigma0.3", gaussian(0.3)}, {"sigma1", gaussian(1)}, {"sigma4", gaussian(4)},
		{"sigma30", gaussian(30)}, {"bytes", uniform()},
	}
	for _, tab := range tables {
		src := draw(rand.New(rand.NewPCG(1, 2)), tab.t, benchSymbols)
		dst := make([]int32, benchSymbols)
		ideal := 0.0
		for _, v := range src {
			ideal += tab.t.Bits(v)
		}
		for _, c := range coders() {
			c.enc.PutAll(tab.t, src)
			msg := c.enc.Finish(nil)
			b.Run("encode/"+tab.name+"/"+c.name, func(b *testing.B) {
				b.SetBytes(benchSymbols)
				b.ReportAllocs()
				for b.Loop() {
					c.enc.PutAll(tab.t, src)
					msg = c.enc.Finish(msg[:0])
				}
				b.ReportMetric(ideal/benchSymbols, "ideal-bits/symbol")
				b.ReportMetric(float64(8*len(msg))/benchSymbols, "bits/symbol")
			})
			b.Run("decode/"+tab.name+"/"+c.name, func(b *testing.B) {
				b.SetBytes(benchSymbols)
				b.ReportAllocs()
				for b.Loop() {
					c.dec.Reset(msg)
					c.dec.GetAll(tab.t, dst)
					if _, err := c.dec.Finish(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// mixed returns the symbols of n contexts, in random order, with their tables.
func mixed(scales int) (*entropy.Set, []uint16, []int32) {
	r := rand.New(rand.NewPCG(1, 2))
	tables := make([]*entropy.Table, scales)
	drawn := make([][]int32, scales)
	for i := range tables {
		tables[i] = gaussian(0.11 * math.Pow(200, float64(i)/float64(scales)))
		drawn[i] = draw(r, tables[i], 1024)
	}
	ctx := make([]uint16, benchSymbols)
	src := make([]int32, benchSymbols)
	for i := range src {
		ctx[i] = uint16(r.IntN(scales))
		src[i] = drawn[ctx[i]][r.IntN(1024)]
	}
	return entropy.NewSet(tables...), ctx, src
}

func BenchmarkContexts(b *testing.B) {
	for _, n := range []int{64, 1024} {
		set, ctx, src := mixed(n)
		dst := make([]int32, benchSymbols)
		for _, c := range coders() {
			c.enc.PutEach(set, ctx, src)
			msg := c.enc.Finish(nil)
			b.Run(fmt.Sprint("encode/", n, "/", c.name), func(b *testing.B) {
				b.SetBytes(benchSymbols)
				b.ReportAllocs()
				for b.Loop() {
					c.enc.PutEach(set, ctx, src)
					msg = c.enc.Finish(msg[:0])
				}
			})
			b.Run(fmt.Sprint("decode/", n, "/", c.name), func(b *testing.B) {
				b.SetBytes(benchSymbols)
				b.ReportAllocs()
				for b.Loop() {
					c.dec.Reset(msg)
					c.dec.GetEach(set, ctx, dst)
					if _, err := c.dec.Finish(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkBits codes adaptive bits, one in ten set.
func BenchmarkBits(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	src := make([]int, benchSymbols)
	for i := range src {
		src[i] = r.IntN(10) / 9
	}
	for _, c := range coders() {
		var msg []byte
		encode := func() {
			var m entropy.Bit
			for _, v := range src {
				c.enc.PutBit(&m, v)
			}
			msg = c.enc.Finish(msg[:0])
		}
		encode()
		b.Run("encode/"+c.name, func(b *testing.B) {
			b.SetBytes(benchSymbols)
			for b.Loop() {
				encode()
			}
		})
		b.Run("decode/"+c.name, func(b *testing.B) {
			b.SetBytes(benchSymbols)
			for b.Loop() {
				var m entropy.Bit
				c.dec.Reset(msg)
				for range src {
					c.dec.GetBit(&m)
				}
			}
		})
	}
}

// BenchmarkCopy is the baseline: the symbols as they are, 4 bytes each.
func BenchmarkCopy(b *testing.B) {
	src, dst := make([]int32, benchSymbols), make([]int32, benchSymbols)
	b.SetBytes(benchSymbols)
	for b.Loop() {
		copy(dst, src)
	}
}

func BenchmarkNewTable(b *testing.B) {
	for _, n := range []int{8, 256} {
		w := make([]uint64, n)
		for i := range w {
			w[i] = uint64(1e9 * math.Exp(-float64(i*i)/float64(n*n/8)))
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := entropy.NewTable(0, w, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
