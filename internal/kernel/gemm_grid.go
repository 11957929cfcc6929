package kernel

// grainWork is the least work, in multiply-adds or the like, that is worth a
// part of its own: some ten microseconds.
const grainWork = 1 << 19

// A grid cuts rows of independent work into parts of equal size, the last
// perhaps smaller.
type grid struct{ rows, grain int }

// newGrid plans a grid for rows that cost work operations each. The cut
// depends on the shape alone.
func newGrid(rows, work int) grid {
	return grid{rows, min(max(1, grainWork/max(1, work)), max(1, rows))}
}

// parts returns the number of parts.
func (g grid) parts() int { return (g.rows + g.grain - 1) / g.grain }

// span returns the rows lo <= r < hi of part i.
func (g grid) span(i int) (lo, hi int) { return i * g.grain, min((i+1)*g.grain, g.rows) }

// A freeList lends scratch buffers of one size to the parts that run at the
// same time. It grows to as many as were ever lent at once and then allocates
// no more.
type freeList[T Float] struct {
	size int
	free chan []T
}

// maxFree bounds the idle buffers that a freeList keeps.
const maxFree = 256

// newFreeList returns a list of buffers of size elements.
func newFreeList[T Float](size int) freeList[T] {
	return freeList[T]{size, make(chan []T, maxFree)}
}

// get lends a buffer; its contents are whatever the last user left.
func (f freeList[T]) get() []T {
	select {
	case b := <-f.free:
		return b
	default:
		return Alloc[T](f.size)
	}
}

// put takes a buffer back.
func (f freeList[T]) put(b []T) {
	select {
	case f.free <- b:
	default:
	}
}
