package kernel

import (
	"bytes"
	"math"
	"unsafe"
)

// intSums is about how many sums a worker keeps, to have them in the L1 cache.
const intSums = 8 << 10

// An intPlan computes a filter with micro-kernels. Its units of work are
// strips of rows of the grid of one image. The input of a strip is copied if
// it must be padded or widened; then, for each panel of channels, the sums are
// computed and requantised.
type intPlan struct {
	*intFilter
	set             *intSet
	inSize, outSize int // bytes of an element of x and y
	raw             bool
	copied          bool
	padding         []byte // a row of zero points
	pitch           int    // elements of a row of x or of its copy
	line            int    // positions of the grid that lie equally spaced in x
	strip, strips   int    // rows of a strip, strips per image
	units           int
	runLen          int   // elements of a run of taps
	k, runs         int   // of a tile
	skip            []int // of a tile
	panels          []intPanel
	cost            float64 // estimate of the cycles
	outMin, outMax  int32
	scratch         freeList[*intScratch]
}

// An intPanel is some channels of a group.
type intPanel struct {
	first, n                 int // channels
	group                    int
	width                    int       // in lanes
	weights                  []int8    // (runs·k, width, 4), or of int16 for activations of two bytes
	bias                     []int32   // (width)
	multiplier, round, shift []int32   // (width), of requantRows
	full, last               []intStep // of a whole strip and of an image's last one
}

// An intStep is one call of a micro-kernel in a strip: the offsets of its
// groups in x and in the sums, in bytes.
type intStep struct {
	kernel *intKernel
	a, c   [4]int
}

// An intScratch is what one worker needs.
type intScratch struct {
	tile intTile
	rows requantRows
	x    []byte  // padded copy of a strip's input
	sums []int32 // (positions of a strip, width)
}

// newIntPlan plans f; pack must follow.
func newIntPlan[In Activations, Out Outputs](set *intSet, f *intFilter, r *requantiser) *intPlan {
	var in In
	var out Out
	p := &intPlan{
		intFilter: f, set: set, inSize: int(unsafe.Sizeof(in)), outSize: int(unsafe.Sizeof(out)), raw: r.raw,
		outMin: int32(r.lo), outMax: int32(r.hi),
	}
	p.planRuns()
	p.planInput()
	p.chooseStrip()
	p.planSkips()
	p.choosePanels()
	p.scratch = newFreeList(func() *intScratch {
		s := &intScratch{sums: alignedInt32(p.strip*p.outW*p.panels[0].width + p.set.lanes)}
		if p.copied {
			s.x = append(bytes.Repeat(p.padding, p.inRows(p.strip)), make([]byte, alignment)...)
		}
		return s
	})
	return p
}

// alignedInt32 is Alloc for int32.
func alignedInt32(n int) []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(Alloc[float32](n)))), n)
}

// planRuns sets the number and length of the runs of taps whose elements of x
// follow each other.
func (p *intPlan) planRuns() {
	p.runLen, p.runs = p.kw*p.c, p.kh
	if p.dilW > 1 || p.groups > 1 {
		p.runLen, p.runs = p.c/p.groups, p.kh*p.kw
	}
	quad := 4 / p.set.size
	p.k = (p.runLen + quad - 1) / quad
}

// planInput decides whether x is copied: also if a kernel would otherwise read
// beyond it, at the end of a run that is no multiple of four bytes.
func (p *intPlan) planInput() {
	p.pitch = p.w * p.c
	p.copied = p.padded() || p.inSize != p.set.size || p.runLen*p.set.size%4 != 0
	if p.copied {
		p.pitch = p.inCols() * p.c
	}
	p.line = p.outW
	if p.strideH*p.pitch == p.outW*p.strideW*p.c {
		p.line = math.MaxInt
	}
}

// chooseStrip cuts images into strips that fit in the caches and, where there
// is work enough, into several for the workers.
func (p *intPlan) chooseStrip() {
	rows := max(1, intSums/(min(2*p.set.lanes, roundUp(p.outC/p.groups, p.set.lanes))*p.outW))
	rows = min(rows, max(1, stripBytes/(p.pitch*p.strideH*p.set.size)))
	work := p.outW * p.outC * p.depth()
	rows = min(rows, max(1, 4*grainWork/work, (p.n*p.outH+7)/8))
	p.strips = (p.outH + rows - 1) / rows
	p.strip = (p.outH + p.strips - 1) / p.strips
	p.strips = (p.outH + p.strip - 1) / p.strip
	p.units = p.n * p.strips
}

// planSkips lists the way from the end of each run to the start of the next.
func (p *intPlan) planSkips() {
	start := func(r int) int {
		perRow := p.runs / p.kh
		return p.set.size * (r/perRow*p.dilH*p.pitch + r%perRow*p.dilW*p.c)
	}
	for r := range p.runs - 1 {
		p.skip = append(p.skip, start(r+1)-start(r)-4*p.k)
	}
	p.skip = append(p.skip, 0)
}

// choosePanels cuts the channels of each group into panels of the widths that
// take the least time.
func (p *intPlan) choosePanels() {
	p.cost = math.Inf(1)
	for _, widest := range []int{1, 2, 4} {
		panels, cost := p.panelsOf(widest)
		if cost *= float64(p.units); cost < p.cost {
			p.panels, p.cost = panels, cost
		}
	}
}

// requantCycles is about what the requantisation of a vector takes.
const requantCycles = 6

// panelsOf returns panels of widest vectors, the last of a group narrower, and
// an estimate of what they cost.
func (p *intPlan) panelsOf(widest int) (panels []intPanel, total float64) {
	goc, lanes := p.outC/p.groups, p.set.lanes
	for group := range p.groups {
		for j := 0; j < goc; {
			vecs := widest
			for vecs > 1 && (vecs-1)*lanes >= goc-j {
				vecs /= 2
			}
			n := min(vecs*lanes, goc-j)
			b := intPanel{first: group*goc + j, n: n, group: group, width: vecs * lanes}
			var cost float64
			b.full, cost = p.cover(vecs, p.strip)
			b.last, _ = p.cover(vecs, p.outH-(p.strips-1)*p.strip)
			panels = append(panels, b)
			total += cost + requantCycles*float64(p.strip*p.outW*vecs)
			j += n
		}
	}
	return panels, total
}

// cover returns the cheapest steps that compute a strip of so many rows, with
// groups of one size. Where a line of positions is no multiple of it, the last
// group overlaps the one before and computes some sums again.
func (p *intPlan) cover(vecs, rows int) (best []intStep, least float64) {
	least = math.Inf(1)
	positions := rows * p.outW
	line := min(p.line, positions)
	for i := range p.set.kernels {
		k := &p.set.kernels[i]
		if k.vecs != vecs || k.groups != 1 || k.group > line {
			continue
		}
		var starts []int
		for first := 0; first < positions; first += line {
			for j := 0; j < line; j += k.group {
				starts = append(starts, first+min(j, line-k.group))
			}
		}
		if steps, cost := p.stepsFor(starts, k.group, vecs); cost < least {
			best, least = steps, cost
		}
	}
	return best, least
}

// stepsFor computes groups of positions with as few kernels as possible.
func (p *intPlan) stepsFor(starts []int, group, vecs int) (steps []intStep, cost float64) {
	for i := 0; i < len(p.set.kernels); i++ {
		k := &p.set.kernels[i]
		if k.vecs != vecs || k.group != group {
			continue
		}
		for len(starts) >= k.groups {
			s := intStep{kernel: k}
			for g, at := range starts[:k.groups] {
				s.a[g] = p.set.size * (at/p.outW*p.strideH*p.pitch + at%p.outW*p.strideW*p.c)
				s.c[g] = at * vecs * p.set.lanes * 4
			}
			steps = append(steps, s)
			starts = starts[k.groups:]
			cost += k.cycles(p.set.rate, p.runs, p.k)
		}
	}
	return steps, cost
}

// cycles estimates what a call of the kernel takes: products, two loads a
// cycle, or five cycles from one product of a sum to the next; and besides the
// loops and the sums.
func (k *intKernel) cycles(rate float64, runs, perRun int) float64 {
	rows := k.groups * k.group
	one := max(float64(rows*k.vecs)/rate, float64(rows+k.vecs)/2, 5)
	return float64(runs)*(float64(perRun)*(one+0.5)+3) + float64(2*rows*k.vecs) + 20
}

// pack fills the panels with weights and constants, and makes the padding.
func (p *intPlan) pack(r *requantiser) {
	if p.copied {
		p.padding = make([]byte, p.pitch*p.set.size)
		for i := range p.padding {
			p.padding[i] = byte(r.inZero >> (8 * (i % p.set.size)))
		}
	}
	for i := range p.panels {
		b := &p.panels[i]
		b.weights = p.packWeights(b)
		b.bias, b.multiplier = alignedInt32(b.width), alignedInt32(b.width)
		b.round, b.shift = alignedInt32(b.width), alignedInt32(b.width)
		for j := range b.n {
			b.bias[j] = p.foldedBias(r, b.first+j)
			if c := (b.first + j) % len(r.bias); !p.raw {
				// The upper halves of the products, to which a half and the
				// zero point are added, both multiples of 2^32.
				b.multiplier[j], b.shift[j] = r.multiplier[c], int32(r.shift[c])-32
				b.round[j] = int32(2*r.outZero+1) << (b.shift[j] - 1)
			}
		}
	}
}

// packWeights returns the weights of a panel.
func (p *intPlan) packWeights(b *intPanel) []int8 {
	size, quad := p.set.size, 4/p.set.size
	quads := alignedInt32(p.runs * p.k * b.width)
	packed := unsafe.Slice((*int8)(unsafe.Pointer(&quads[0])), 4*len(quads))
	for t := range p.runs * p.runLen {
		at := (t/p.runLen*p.k + t%p.runLen/quad) * b.width
		for j := range b.n {
			w := p.weights[t*p.outC+b.first+j]
			i := ((at+j)*quad + t%p.runLen%quad) * size
			packed[i] = w
			if size == 2 {
				packed[i+1] = w >> 7 // the sign
			}
		}
	}
	return packed
}
