package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// wantReduce follows the order documented with Reduce for the column (o, j).
func wantReduce(op ReduceOp, a, b []float32, mid, inner, o, j int) float32 {
	lanes := 1
	for lanes*inner < 64 {
		lanes *= 2
	}
	both := func(x, y float32) float32 {
		switch op {
		case ReduceMax:
			return maximum(x, y)
		case ReduceMin:
			return minimum(x, y)
		}
		return x + y
	}
	block := func(from, to int) float32 {
		acc := make([]float32, lanes)
		fill(acc, identity[float32](op))
		for r := from; r < to; r++ {
			x, y, c := a[(o*mid+r)*inner+j], b[(o*mid+r)*inner+j], &acc[(r-from)%lanes]
			switch op {
			case ReduceSumSquares:
				*c = fma32(x, x, *c)
			case ReduceSumSquaredDiff:
				*c = fma32(x-y, x-y, *c)
			case ReduceDot:
				*c = fma32(x, y, *c)
			default:
				*c = both(*c, x)
			}
		}
		for half := lanes / 2; half > 0; half /= 2 {
			for i := range half {
				acc[i] = both(acc[i], acc[i+half])
			}
		}
		return acc[0]
	}
	const chain = 256
	sum := block(0, min(mid, chain*lanes))
	for from := chain * lanes; from < mid; from += chain * lanes {
		sum = both(sum, block(from, min(mid, from+chain*lanes)))
	}
	if op == ReduceMean {
		sum /= float32(mid)
	}
	return sum
}

func TestReduceOrder(t *testing.T) {
	pool := NewPool(3)
	defer pool.Close()
	forLevels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 4))
		for _, s := range [][3]int{
			{1, 1, 1}, {2, 10, 1}, {300, 10, 1}, {3, 64, 1}, {3, 65, 1}, {5, 784, 1}, {1, 100_000, 1}, {2, 40_000, 1}, {1, 0, 1},
			{1, 7, 2}, {2, 33, 3}, {1, 9000, 3}, {1, 100, 5}, {1, 5000, 16}, {3, 4, 33}, {1, 50, 63}, {1, 300, 64}, {2, 600, 65},
			{1, 256, 300}, {1, 300, 784}, {2, 3, 1100}, {1, 700, 2500}, {1, 0, 3}, {0, 3, 3}, {3, 3, 0},
		} {
			for op := range ReduceOp(numReduceOps) {
				for _, p := range []*Pool{nil, pool} {
					testReduce(t, rng, p, op, s[0], s[1], s[2])
				}
			}
		}
	})
}

func testReduce(t *testing.T, rng *rand.Rand, p *Pool, op ReduceOp, outer, mid, inner int) {
	n := outer * mid * inner
	a, b := make([]float32, n), make([]float32, n)
	for i := range a {
		a[i], b[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
	}
	for range n / 1000 {
		a[rng.IntN(n)] = special[rng.IntN(len(special))]
	}
	dst, around := guarded[float32](outer * inner)
	r := NewReduce[float32](op, outer, mid, inner)
	if op.inputs() == 2 {
		r.Run2(p, dst, a, b)
	} else {
		r.Run(p, dst, a)
	}
	around.check(t)
	for i, got := range dst {
		want := wantReduce(op, a, b, mid, inner, i/inner, i%inner)
		if !sameBits(got, want) {
			t.Fatalf("%v of (%d, %d, %d): element %d is %g, want %g", op, outer, mid, inner, i, got, want)
		}
	}
}

func TestReduceDoesNotAllocate(t *testing.T) {
	pool := NewPool(2)
	defer pool.Close()
	forLevels(t, func(t *testing.T) {
		for _, s := range [][3]int{{256, 784, 1}, {1, 20_000, 16}} {
			r := NewReduce[float32](ReduceMean, s[0], s[1], s[2])
			x, dst := make([]float32, s[0]*s[1]*s[2]), make([]float32, s[0]*s[2])
			if n := testing.AllocsPerRun(10, func() { r.Run(pool, dst, x) }); n != 0 {
				t.Errorf("%v: %v allocations", s, n)
			}
		}
	})
}

func BenchmarkReduce(b *testing.B) {
	for _, s := range [][3]int{{1, 1 << 20, 1}, {256, 784, 1}, {4096, 10, 1}, {1, 25_088, 16}, {1, 256, 784}} {
		x := Alloc[float32](s[0] * s[1] * s[2])
		dst := Alloc[float32](s[0] * s[2])
		for _, op := range []ReduceOp{ReduceSum, ReduceMax, ReduceSumSquaredDiff} {
			for _, l := range Supported() {
				b.Run(fmt.Sprintf("%v/%v/%v", op, s, l), func(b *testing.B) {
					defer SetLevel(SetLevel(l))
					r := NewReduce[float32](op, s[0], s[1], s[2])
					b.SetBytes(int64(4 * len(x) * op.inputs()))
					for b.Loop() {
						if op.inputs() == 2 {
							r.Run2(nil, dst, x, x)
						} else {
							r.Run(nil, dst, x)
						}
					}
				})
			}
		}
	}
}
