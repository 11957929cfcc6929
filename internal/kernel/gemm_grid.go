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

// workers returns how many workers of p can have a part at the same time.
func (g grid) workers(p *Pool) int { return min(g.parts(), p.Workers()) }

// span returns the rows lo <= r < hi of part i.
func (g grid) span(i int) (lo, hi int) { return i * g.grain, min((i+1)*g.grain, g.rows) }

// A freeList lends scratch space to the parts that run at the same time. It
// grows to as many as were ever lent at once and then allocates no more.
type freeList[S any] struct {
	fresh func() S
	free  chan S
}

// maxFree bounds the idle scratch spaces that a freeList keeps.
const maxFree = 256

// newFreeList returns a list of what fresh makes.
func newFreeList[S any](fresh func() S) freeList[S] {
	return freeList[S]{fresh, make(chan S, maxFree)}
}

// reserve makes sure that n workers find something to borrow, so that the first
// to run a part late allocates nothing. All must have been put back.
func (f freeList[S]) reserve(n int) {
	for len(f.free) < min(n, maxFree) {
		f.free <- f.fresh()
	}
}

// get lends scratch space; its contents are whatever the last user left.
func (f freeList[S]) get() S {
	select {
	case s := <-f.free:
		return s
	default:
		return f.fresh()
	}
}

// put takes scratch space back.
func (f freeList[S]) put(s S) {
	select {
	case f.free <- s:
	default:
	}
}
