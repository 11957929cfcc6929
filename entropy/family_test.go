package entropy_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"testing"

	"github.com/hourglass-codec/hourglass/entropy"
)

// cdf is the distribution function of a shape with the scale 1.
var cdf = []func(x float64) float64{
	entropy.Gaussian: func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) },
	entropy.Logistic: func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	entropy.Laplace: func(x float64) float64 {
		if x < 0 {
			return math.Exp(x) / 2
		}
		return 1 - math.Exp(-x)/2
	},
}

// A table's expected code length for its distribution, escapes included, is
// close to the entropy.
func TestFamilyCost(t *testing.T) {
	for shape := range cdf {
		f := entropy.Family{Shape: entropy.Shape(shape), Scales: 12, Low: -800, Step: 210, Means: 4}
		set, err := f.Set()
		if err != nil {
			t.Fatal(err)
		}
		for i := range set.Len() {
			scale := math.Exp2(float64(f.Low+i/f.Means*f.Step) / 256)
			mean := float64(i%f.Means) / float64(f.Means)
			length, ideal := expected(set.Table(i), func(x float64) float64 { return cdf[shape]((x - mean) / scale) }, int(40*scale)+3)
			if length > ideal*1.006+0.0003 {
				t.Errorf("shape %d, scale %.3f, mean %.2f: %.5f bits, entropy %.5f", shape, scale, mean, length, ideal)
			}
		}
	}
}

func expected(t *entropy.Table, cdf func(float64) float64, reach int) (length, ideal float64) {
	for v := -reach; v <= reach; v++ {
		if p := cdf(float64(v)+0.5) - cdf(float64(v)-0.5); p > 0 {
			length += p * t.Bits(int32(v))
			ideal -= p * math.Log2(p)
		}
	}
	return length, ideal
}

// The tables are part of the format.
func TestFamilyGolden(t *testing.T) {
	want := []string{
		entropy.Gaussian: "2bd7a7d8644e362a64e8f46ad77ac524838d31e63650ce541bf48215975f5080",
		entropy.Logistic: "1bc79a4b50496bcd1f9f46dd588878904e1e91ee2ae6b295f596b709ea8978c6",
		entropy.Laplace:  "e5412df6f50f2dda2ce1457dfbf25112e7bffdb1da6099dd1fd5537f379df9a2",
	}
	for shape, sum := range want {
		set, err := entropy.Family{Shape: entropy.Shape(shape), Means: 2}.Set()
		if err != nil {
			t.Fatal(err)
		}
		b, err := set.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(b); hex.EncodeToString(got[:]) != sum {
			t.Errorf("shape %d: the tables have changed: %x", shape, got)
		}
	}
}

func TestFamilyContext(t *testing.T) {
	f := entropy.Family{Scales: 3, Step: 256, Means: 4}
	for _, c := range []struct {
		scale, mean int
		ctx         uint16
		shift       int32
	}{
		{0, 0, 0, 0}, {0, 3, 3, 0}, {1, 4, 4, 1}, {2, 9, 9, 2}, {2, -1, 11, -1}, {1, -4, 4, -1}, {1, -5, 7, -2},
		{-7, 0, 0, 0}, {99, 1, 9, 0},
	} {
		if ctx, shift := f.Context(c.scale, c.mean); ctx != c.ctx || shift != c.shift {
			t.Errorf("Context(%d, %d) = %d, %d, want %d, %d", c.scale, c.mean, ctx, shift, c.ctx, c.shift)
		}
	}
}

func TestFamilyErrors(t *testing.T) {
	for _, f := range []entropy.Family{
		{Shape: 3}, {Scales: -1}, {Means: -1}, {Scales: 1025}, {Means: 17}, {Scales: 2, Means: math.MaxInt},
		{Scales: 1, Low: -1025}, {Scales: 2, Low: 2560, Step: 1}, {Scales: 2, Step: -1}, {Scales: 1, Step: math.MaxInt},
		{Scales: 200, Low: 2500, Means: 1},
	} {
		if _, err := f.Set(); err == nil {
			t.Errorf("%+v has tables", f)
		}
	}
}

func TestFamilyBinary(t *testing.T) {
	for _, f := range []entropy.Family{{}, {Shape: entropy.Laplace, Scales: 5, Low: -700, Step: 300, Means: 16}} {
		b, err := f.AppendBinary([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		got, rest, err := entropy.ReadFamily(append(b[1:], "rest"...))
		if err != nil || string(rest) != "rest" {
			t.Fatalf("%+v: %v, then %q", f, err, rest)
		}
		again, err := got.AppendBinary(nil)
		if err != nil || !bytes.Equal(again, b[1:]) {
			t.Errorf("%+v became %+v", f, got)
		}
		for n := range len(b) - 1 {
			if _, _, err := entropy.ReadFamily(b[1 : 1+n]); !errors.Is(err, entropy.ErrTruncated) {
				t.Errorf("cut to %d bytes: %v", n, err)
			}
		}
	}
}

func FuzzReadFamily(f *testing.F) {
	for _, fam := range []entropy.Family{{}, {Shape: entropy.Logistic, Scales: 3, Step: 9, Means: 3}} {
		b, err := fam.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fam, rest, err := entropy.ReadFamily(b)
		if err != nil {
			if !errors.Is(err, entropy.ErrCorrupt) && !errors.Is(err, entropy.ErrTruncated) {
				t.Fatal(err)
			}
			return
		}
		again, err := fam.AppendBinary(nil)
		if err != nil || !bytes.Equal(again, b[:len(b)-len(rest)]) {
			t.Fatalf("% x read as %+v, written as % x", b, fam, again)
		}
	})
}
