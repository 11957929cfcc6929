package rdjpeg

import (
	"math"
	"math/bits"
)

// lambda is the squared error, in squared steps, that a bit is worth. Of values
// from 0.08 to 0.23 it came out best on training images of MNIST and
// Fashion-MNIST. (The last bit of a fine uniform quantiser takes
// 2·ln 2/12 = 0.116 squared steps from the error.)
const lambda = 0.09

// chooseAC chooses the AC levels of every block for the least error plus
// lambda times bits, with the code lengths of the given table: the shortest
// path through the graph whose nodes are coefficients that are not zero.
func (c *component) chooseAC(codes *table) {
	for i := range c.blocks {
		c.blocks[i].chooseAC(c.step, codes)
	}
}

// A node is the best way to code the coefficients up to and with one that is
// not zero.
type node struct {
	cost     float64
	level    int
	previous int // the node before; 0 is the beginning
}

func (b *block) chooseAC(step float64, codes *table) {
	var nodes [64]node
	var zeros [65]float64 // zeros[k] is the error if coefficients 1 to k-1 are zero
	for k := 1; k < 64; k++ {
		x := b.exact[k] / step
		zeros[k+1] = zeros[k] + x*x
		nodes[k] = reach(k, x, &nodes, &zeros, codes)
	}
	end, least := 0, zeros[64]+lambda*codes.bits(0)
	for k := 1; k < 64; k++ {
		cost := nodes[k].cost + zeros[64] - zeros[k+1]
		if k < 63 {
			cost += lambda * codes.bits(0)
		}
		if cost < least {
			end, least = k, cost
		}
	}
	clear(b.level[1:])
	for k := end; k > 0; k = nodes[k].previous {
		b.level[k] = nodes[k].level
	}
}

// reach returns the best way to code coefficient k, x steps large, as the
// nearest level or the one below it, after any earlier node.
func reach(k int, x float64, nodes *[64]node, zeros *[65]float64, codes *table) node {
	best := node{cost: math.Inf(1)}
	nearest := nearest(math.Abs(x))
	for level := nearest; level > 0 && level > nearest-2; level-- {
		size := bits.Len(uint(level))
		deviation := math.Abs(x) - float64(level)
		for j := range k {
			run := k - j - 1
			rate := float64(run/16)*codes.bits(zeroRun) + codes.bits(byte(run%16<<4|size)) + float64(size)
			cost := nodes[j].cost + zeros[k] - zeros[j+1] + deviation*deviation + lambda*rate
			if j == 0 {
				cost = zeros[k] + deviation*deviation + lambda*rate
			}
			if cost < best.cost {
				best = node{cost, level, j}
			}
		}
	}
	if x < 0 {
		best.level = -best.level
	}
	return best
}

// chooseDC chooses the DC levels, which are coded as differences: of the
// nearest level of each block and the ones on either side, the path with the
// least error plus lambda times bits.
func (c *component) chooseDC(codes *table) {
	const width = 3
	paths := make([][width]node, len(c.blocks)+1)
	for i := range c.blocks {
		x := c.blocks[i].exact[0] / c.step
		for s := range width {
			level := nearest(x) + s - width/2
			deviation := x - float64(level)
			best := node{cost: math.Inf(1)}
			for from, p := range paths[i] {
				size := bits.Len(uint(abs(level - p.level)))
				cost := p.cost + lambda*(codes.bits(byte(size))+float64(size))
				if cost < best.cost {
					best = node{cost, level, from}
				}
			}
			best.cost += deviation * deviation
			paths[i+1][s] = best
		}
	}
	s := 0
	last := &paths[len(c.blocks)]
	for t := range last {
		if last[t].cost < last[s].cost {
			s = t
		}
	}
	for i := len(c.blocks); i > 0; i-- {
		c.blocks[i-1].level[0] = paths[i][s].level
		s = paths[i][s].previous
	}
}

func abs(x int) int { return max(x, -x) }
