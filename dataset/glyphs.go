package dataset

import (
	"context"
	"runtime"
	"sync"

	"github.com/hourglass-codec/hourglass/dataset/internal/glyph"
)

// GlyphOptions say what [Glyphs] draws. The zero value is the default.
type GlyphOptions struct {
	Train, Test int    // numbers of images; both 0: 60000 and 10000, like MNIST
	Seed        uint64 // another seed gives other images
	Alphabet    string // the classes, one a character; "" means 0-9 and A-Z
}

const defaultAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// Glyphs draws a labelled set of grey 28x28 images of characters, for want of
// MNIST: white on black, from ten of the Go fonts, with random slant, rotation,
// bend, size, place, weight and noise. It needs no file and no network.
//
// Image i depends on the alphabet, the seed and i alone, and is the same on
// every machine; a smaller set is the beginning of a larger one. The error is
// that of the context, or says which character the fonts lack.
func Glyphs(ctx context.Context, o GlyphOptions) (*Split, error) {
	if o.Train == 0 && o.Test == 0 {
		o.Train, o.Test = 60000, 10000
	}
	if o.Alphabet == "" {
		o.Alphabet = defaultAlphabet
	}
	characters := []rune(o.Alphabet)
	alphabet, err := glyph.Load(characters)
	if err != nil {
		return nil, err
	}
	var classes []string
	for _, c := range characters {
		classes = append(classes, string(c))
	}
	draw := func(n int, first uint64) (*Set, error) {
		s := &Set{
			Name: NameGlyphs, N: n, H: glyph.Side, W: glyph.Side, C: 1, Classes: classes,
			Pixels: make([]uint8, n*glyph.Side*glyph.Side), Labels: make([]int, n),
		}
		return s, drawGlyphs(ctx, s, alphabet, o.Seed, first)
	}
	train, err := draw(o.Train, 0)
	if err != nil {
		return nil, err
	}
	const firstTest = 1 << 63 // far from any training image
	test, err := draw(o.Test, firstTest)
	if err != nil {
		return nil, err
	}
	return &Split{Train: train, Test: test}, nil
}

// drawGlyphs fills s with the glyphs numbered first, first+1, ...
func drawGlyphs(ctx context.Context, s *Set, a *glyph.Alphabet, seed, first uint64) error {
	var workers sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	for part := range parts {
		workers.Go(func() {
			pen := glyph.NewPen(a)
			for i := part; i < s.N && ctx.Err() == nil; i += parts {
				s.Labels[i] = pen.Draw((*[glyph.Side * glyph.Side]uint8)(s.Pix(i)), seed, first+uint64(i))
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}
