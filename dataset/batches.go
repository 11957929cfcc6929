package dataset

import (
	"fmt"
	"iter"
	"math/bits"
	"math/rand/v2"
)

// BatchOptions say how [Batches] walk a set. The zero value is the default.
type BatchOptions struct {
	Size     int    // images in a batch; 0 means 32
	Shuffle  bool   // a new order in every epoch; otherwise the set's own order
	Seed     uint64 // of the shuffle
	DropLast bool   // leave out an incomplete last batch
}

// Batches walks a set in batches, epoch after epoch.
//
// The order of epoch e depends on the set's size, the seed and e alone, so any
// epoch can be regenerated and entered at any batch ([Batches.Start]). It is a
// Fisher-Yates shuffle of 0 … N-1: for i from N-1 down to 1, the elements i and
// j change places, where j is the upper half of the 128-bit product u*(i+1) and
// u the next output of PCG-DXSM ([rand.PCG]) with state (seed, e).
//
// A Batches allocates only when it is made. It is not safe for concurrent use.
type Batches struct {
	set  *Set
	opts BatchOptions

	pcg   rand.PCG
	order []int // images in this epoch's order
	next  int   // position in order of the next batch
	last  []int // what Indices returns

	touched uint8 // keeps the compiler from leaving touch out
}

// NewBatches returns the batches of s, at the beginning of epoch 0. It panics
// if the batch size is negative.
func NewBatches(s *Set, o BatchOptions) *Batches {
	if o.Size == 0 {
		o.Size = 32
	}
	if o.Size < 0 {
		panic(fmt.Sprintf("dataset: batches of %d images", o.Size))
	}
	b := &Batches{set: s, opts: o, order: make([]int, s.N)}
	b.Start(0, 0)
	return b
}

// Len returns the number of batches in an epoch.
func (b *Batches) Len() int {
	if b.opts.DropLast {
		return b.set.N / b.opts.Size
	}
	return (b.set.N + b.opts.Size - 1) / b.opts.Size
}

// Start makes the given batch of the given epoch, both counted from 0, the next
// one. The batch may be [Batches.Len], the end of the epoch.
func (b *Batches) Start(epoch, batch int) {
	if epoch < 0 || batch < 0 || batch > b.Len() {
		panic(fmt.Sprintf("dataset: batch %d of %d in epoch %d", batch, b.Len(), epoch))
	}
	for i := range b.order {
		b.order[i] = i
	}
	if b.opts.Shuffle {
		b.pcg.Seed(b.opts.Seed, uint64(epoch))
		shuffle(b.order, &b.pcg)
	}
	b.next = min(batch*b.opts.Size, b.set.N)
	b.last = nil
}

// shuffle brings order into the order that [Batches] documents.
func shuffle(order []int, pcg *rand.PCG) {
	for i := len(order) - 1; i > 0; i-- {
		j, _ := bits.Mul64(pcg.Uint64(), uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
}

// Next fills dst with the next batch's images, (n, H, W, C), scaled to 0 … 1 as
// [Set.Float32] does, and returns their number n: the batch size, or less for
// the last batch, or 0 at the end of the epoch. It panics if dst has no room
// for a full batch.
func (b *Batches) Next(dst []float32) (n int) {
	size := b.set.Size()
	if len(dst) < b.opts.Size*size {
		panic(fmt.Sprintf("dataset: a buffer of %d numbers for batches of shape (%d, %d, %d, %d)",
			len(dst), b.opts.Size, b.set.H, b.set.W, b.set.C))
	}
	n = min(b.opts.Size, len(b.order)-b.next)
	if n < b.opts.Size && b.opts.DropLast {
		n = 0
	}
	b.last = b.order[b.next : b.next+n]
	b.next += n
	for k, i := range b.last {
		if k+1 < n {
			b.touched ^= touch(b.set.Pix(b.last[k+1]))
		}
		scale(dst[k*size:(k+1)*size], b.set.Pix(i))
	}
	return n
}

// touch reads a byte of each cache line of pix, so that the lines of the next
// image arrive all at once and while this one is worked on: shuffled images
// are nowhere near each other in memory.
func touch(pix []uint8) (sum uint8) {
	for j := 0; j < len(pix); j += 64 {
		sum ^= pix[j]
	}
	return sum
}

// Indices returns which images of the set the last call of [Batches.Next] gave,
// in order. It is valid until Start is called.
func (b *Batches) Indices() []int { return b.last }

// Epoch runs through one epoch, filling dst with each batch as [Batches.Next]
// does. It yields the batch's number and the part of dst that holds its images,
// (n, H, W, C).
func (b *Batches) Epoch(epoch int, dst []float32) iter.Seq2[int, []float32] {
	return func(yield func(int, []float32) bool) {
		b.Start(epoch, 0)
		for batch := range b.Len() {
			n := b.Next(dst)
			if !yield(batch, dst[:n*b.set.Size()]) {
				return
			}
		}
	}
}
