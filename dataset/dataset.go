// Package dataset holds sets of images in memory and gets them from where they
// are: MNIST and Fashion-MNIST from a folder, the cache or the network, any idx
// file, a folder of pictures, or the built-in glyphs, which need nothing.
//
// [Open] takes what a user typed and finds the set. [NewBatches] walks a set in
// shuffled batches that can be regenerated from a seed, an epoch and a batch
// number alone, which is what an interrupted training needs to go on as if
// nothing had happened.
//
// The same input gives the same pixels on every machine: what is computed here
// is computed in integers, or in floating point without fused operations.
//
// Letters for shapes, here and below: N images, H rows, W columns, C channels
// (1 for grey, 3 for red, green, blue).
package dataset

import (
	"encoding/binary"
	"fmt"
	"image"
)

// Set is a set of images of one shape, with or without labels. Its fields may
// be read freely; what [Set.Slice], [Set.Take] and [Set.Image] return shares
// its memory.
type Set struct {
	Name       string
	N, H, W, C int
	Pixels     []uint8  // (N, H, W, C)
	Labels     []int    // (N): indices of classes; nil for a set without labels
	Classes    []string // names of the classes; nil for a set without labels
}

// Split is a set divided into images to train on and images to test with.
type Split struct {
	Train, Test *Set
}

// Size returns the number of samples in one image, H*W*C.
func (s *Set) Size() int { return s.H * s.W * s.C }

// Pix returns the pixels of image i, (H, W, C).
func (s *Set) Pix(i int) []uint8 {
	if i < 0 || i >= s.N {
		panic(fmt.Sprintf("dataset: image %d of %d", i, s.N))
	}
	size := s.Size()
	return s.Pixels[i*size : (i+1)*size : (i+1)*size]
}

// Image returns image i as an [*image.Gray] that shares the set's memory, or,
// with three channels, as a new opaque [*image.NRGBA].
func (s *Set) Image(i int) image.Image {
	pix := s.Pix(i)
	bounds := image.Rect(0, 0, s.W, s.H)
	if s.C == 1 {
		return &image.Gray{Pix: pix, Stride: s.W, Rect: bounds}
	}
	m := image.NewNRGBA(bounds)
	for p := 0; p < s.H*s.W; p++ {
		copy(m.Pix[4*p:4*p+3], pix[3*p:])
		m.Pix[4*p+3] = 0xff
	}
	return m
}

// Class returns the name of image i's class, or "" if the set has no labels.
func (s *Set) Class(i int) string {
	if s.Labels == nil {
		return ""
	}
	return s.Classes[s.Labels[i]]
}

// Slice returns the images from i up to but without j.
func (s *Set) Slice(i, j int) *Set {
	if i < 0 || j < i || j > s.N {
		panic(fmt.Sprintf("dataset: slice [%d:%d] of %d images", i, j, s.N))
	}
	t := *s
	t.N = j - i
	t.Pixels = s.Pixels[i*s.Size() : j*s.Size() : j*s.Size()]
	if s.Labels != nil {
		t.Labels = s.Labels[i:j:j]
	}
	return &t
}

// Take returns the first n images, or all if there are fewer.
func (s *Set) Take(n int) *Set { return s.Slice(0, min(n, s.N)) }

// Float32 scales images i, i+1, ... to 0 … 1 until dst, (n, H, W, C), is full
// or the set ends, and returns the number of images written. A pixel p becomes
// float32(p)/255, correctly rounded.
func (s *Set) Float32(dst []float32, i int) (n int) {
	n = min(len(dst)/s.Size(), s.N-i)
	from := s.Pixels[i*s.Size() : (i+n)*s.Size()]
	scale(dst[:len(from)], from)
	return n
}

// unit holds p/255 for every pixel value p.
var unit = func() (t [256]float32) {
	for p := range t {
		t[p] = float32(p) / 255
	}
	return t
}()

// scale writes src, scaled to 0 … 1, to dst, which is as long.
func scale(dst []float32, src []uint8) {
	dst = dst[:len(src)]
	for len(src) >= 8 { // one load of eight pixels, and no bounds to check
		w, d := binary.LittleEndian.Uint64(src), (*[8]float32)(dst)
		d[0], d[1], d[2], d[3] = unit[uint8(w)], unit[uint8(w>>8)], unit[uint8(w>>16)], unit[uint8(w>>24)]
		d[4], d[5], d[6], d[7] = unit[uint8(w>>32)], unit[uint8(w>>40)], unit[uint8(w>>48)], unit[uint8(w>>56)]
		dst, src = dst[8:], src[8:]
	}
	for i, p := range src {
		dst[i] = unit[p]
	}
}

// holdOut divides s: every k-th image, the k-th first, is for testing.
func (s *Set) holdOut(k int) *Split {
	train, test := s.like(), s.like()
	for i := range s.N {
		part := train
		if i%k == k-1 {
			part = test
		}
		part.N++
		part.Pixels = append(part.Pixels, s.Pix(i)...)
		if s.Labels != nil {
			part.Labels = append(part.Labels, s.Labels[i])
		}
	}
	return &Split{Train: train, Test: test}
}

// like returns a set without images, otherwise the same as s.
func (s *Set) like() *Set {
	return &Set{Name: s.Name, H: s.H, W: s.W, C: s.C, Classes: s.Classes}
}
