package dataset

import (
	"fmt"
	"slices"
	"testing"
)

// ramp is a set of n grey images of 1x2 pixels; those of image i are i and 255.
func ramp(n int) *Set {
	s := &Set{N: n, H: 1, W: 2, C: 1}
	for i := range n {
		s.Pixels = append(s.Pixels, uint8(i), 255)
	}
	return s
}

// epoch returns the indices of all batches from the given one to the end.
func epoch(b *Batches, epoch, batch int) [][]int {
	dst := make([]float32, b.opts.Size*b.set.Size())
	var all [][]int
	for b.Start(epoch, batch); b.Next(dst) > 0; {
		all = append(all, slices.Clone(b.Indices()))
	}
	return all
}

func TestBatchesInOrder(t *testing.T) {
	b := NewBatches(ramp(5), BatchOptions{Size: 2})
	dst := make([]float32, 4)
	for i, want := range [][]float32{{0, 1, 1. / 255, 1}, {2. / 255, 1, 3. / 255, 1}, {4. / 255, 1}} {
		n := b.Next(dst)
		if n != len(want)/2 || !slices.Equal(dst[:2*n], want) {
			t.Errorf("batch %d: %d images, %v, want %v", i, n, dst[:2*n], want)
		}
	}
	if n := b.Next(dst); n != 0 {
		t.Errorf("after the last batch: %d images", n)
	}
}

func TestBatchesLast(t *testing.T) {
	tests := []struct {
		n, size  int
		drop     bool
		len, sum int
	}{
		{10, 3, false, 4, 10}, {10, 3, true, 3, 9}, {9, 3, false, 3, 9}, {9, 3, true, 3, 9},
		{2, 3, false, 1, 2}, {2, 3, true, 0, 0}, {0, 3, false, 0, 0}, {70, 0, false, 3, 70},
	}
	for _, tt := range tests {
		for _, shuffled := range []bool{false, true} {
			b := NewBatches(ramp(tt.n), BatchOptions{Size: tt.size, DropLast: tt.drop, Shuffle: shuffled})
			all := epoch(b, 0, 0)
			sum := len(slices.Concat(all...))
			if b.Len() != tt.len || len(all) != tt.len || sum != tt.sum {
				t.Errorf("%+v: Len %d, %d batches, %d images", tt, b.Len(), len(all), sum)
			}
			if rest := epoch(b, 0, b.Len()); len(rest) != 0 {
				t.Errorf("%+v: batches after the end: %v", tt, rest)
			}
		}
	}
}

func TestBatchesShuffle(t *testing.T) {
	b := NewBatches(ramp(100), BatchOptions{Size: 7, Shuffle: true, Seed: 3})
	orders := map[string]int{}
	for e := range 5 {
		order := slices.Concat(epoch(b, e, 0)...)
		orders[fmt.Sprint(order)] = e
		slices.Sort(order)
		for i, v := range order {
			if i != v {
				t.Fatalf("epoch %d is not a permutation: %v", e, order)
			}
		}
	}
	other := NewBatches(ramp(100), BatchOptions{Size: 7, Shuffle: true, Seed: 4})
	orders[fmt.Sprint(slices.Concat(epoch(other, 0, 0)...))] = 5
	if len(orders) != 6 {
		t.Errorf("5 epochs and another seed gave %d different orders", len(orders))
	}
}

// The order is part of what a seed means: it must never change.
func TestBatchesGolden(t *testing.T) {
	b := NewBatches(ramp(10), BatchOptions{Size: 10, Shuffle: true, Seed: 42})
	for e, want := range []string{"[6 2 5 3 4 7 0 1 9 8]", "[2 3 9 6 0 8 7 4 5 1]", "[2 9 5 4 3 7 6 0 8 1]"} {
		if got := fmt.Sprint(epoch(b, e, 0)[0]); got != want {
			t.Errorf("epoch %d: %s, want %s", e, got, want)
		}
	}
}

func TestBatchesResume(t *testing.T) {
	o := BatchOptions{Size: 7, Shuffle: true, Seed: 3}
	whole := epoch(NewBatches(ramp(100), o), 4, 0)
	for batch := range len(whole) + 1 {
		rest := epoch(NewBatches(ramp(100), o), 4, batch)
		if fmt.Sprint(rest) != fmt.Sprint(whole[batch:]) {
			t.Errorf("from batch %d: %v, want %v", batch, rest, whole[batch:])
		}
	}
}

func TestBatchesEpoch(t *testing.T) {
	b := NewBatches(ramp(5), BatchOptions{Size: 2})
	dst := make([]float32, 4)
	var numbers, sizes []int
	for batch, x := range b.Epoch(1, dst) {
		numbers, sizes = append(numbers, batch), append(sizes, len(x))
	}
	if !slices.Equal(numbers, []int{0, 1, 2}) || !slices.Equal(sizes, []int{4, 4, 2}) {
		t.Errorf("batches %v of sizes %v", numbers, sizes)
	}
	for range b.Epoch(2, dst) {
		break
	}
	if b.Next(dst); !slices.Equal(b.Indices(), []int{2, 3}) {
		t.Errorf("after leaving the first batch: %v", b.Indices())
	}
}

func TestBatchesDoNotAllocate(t *testing.T) {
	b := NewBatches(ramp(100), BatchOptions{Size: 8, Shuffle: true})
	dst := make([]float32, 16)
	e := 0
	if n := testing.AllocsPerRun(20, func() {
		for b.Start(e, 0); b.Next(dst) > 0; {
		}
		e++
	}); n != 0 {
		t.Errorf("%v allocations an epoch", n)
	}
}

func TestBatchesPanics(t *testing.T) {
	b := NewBatches(ramp(10), BatchOptions{Size: 4})
	for name, f := range map[string]func(){
		"short buffer":   func() { b.Next(make([]float32, 7)) },
		"batch over end": func() { b.Start(0, 4) },
		"negative batch": func() { b.Start(0, -1) },
		"negative epoch": func() { b.Start(-1, 0) },
		"negative size":  func() { NewBatches(ramp(1), BatchOptions{Size: -1}) },
	} {
		expectPanic(t, name, f)
	}
}

func expectPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", name)
		}
	}()
	f()
}

func BenchmarkBatches(b *testing.B) {
	s := &Set{N: 60000, H: 28, W: 28, C: 1, Pixels: make([]uint8, 60000*784)}
	batches := NewBatches(s, BatchOptions{Size: 256, Shuffle: true})
	dst := make([]float32, 256*784)
	b.SetBytes(60000 * 784)
	for b.Loop() {
		for batches.Start(1, 0); batches.Next(dst) > 0; {
		}
	}
}
