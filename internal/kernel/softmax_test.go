package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// wantSoftmax computes one row in float64.
func wantSoftmax(op SoftmaxOp, x, dy []float32) []float64 {
	m, sum, dot := math.Inf(-1), 0.0, 0.0
	for i, v := range x {
		m = max(m, float64(v))
		if op == SoftmaxGrad {
			dot += float64(v) * float64(dy[i])
		} else if op == LogSoftmaxGrad {
			dot += float64(dy[i])
		}
	}
	for _, v := range x {
		sum += math.Exp(float64(v) - m)
	}
	out := make([]float64, len(x))
	for i, v := range x {
		switch v := float64(v); op {
		case Softmax:
			out[i] = math.Exp(v-m) / sum
		case LogSoftmax:
			out[i] = v - m - math.Log(sum)
		case SoftmaxGrad:
			out[i] = v * (float64(dy[i]) - dot)
		case LogSoftmaxGrad:
			out[i] = float64(dy[i]) - math.Exp(v)*dot
		}
	}
	return out
}

func TestSoftmaxRows(t *testing.T) {
	pool := NewPool(2)
	defer pool.Close()
	for _, shape := range [][2]int{{1, 1}, {3, 2}, {300, 10}, {5, 100}, {2, 20_000}, {0, 4}} {
		rows, cols := shape[0], shape[1]
		rng := rand.New(rand.NewPCG(1, uint64(cols)))
		x, dy := make([]float32, rows*cols), make([]float32, rows*cols)
		for i := range x {
			x[i], dy[i] = float32(rng.NormFloat64()*3), float32(rng.NormFloat64())
		}
		for op := range LogSoftmaxGrad + 1 {
			var want []float32
			forLevels(t, func(t *testing.T) {
				got, around := guarded[float32](rows * cols)
				s := NewSoftmaxRows[float32](op, rows, cols)
				if op < SoftmaxGrad {
					s.Run(pool, got, x, nil)
				} else {
					s.Run(pool, got, x, dy)
				}
				around.check(t)
				if want == nil {
					want = got
				}
				compare(t, fmt.Sprintf("op %d of (%d, %d)", op, rows, cols), got, want, [3][]float32{x, dy})
			})
			checkSoftmax(t, op, want, x, dy, rows, cols)
		}
	}
}

func checkSoftmax(t *testing.T, op SoftmaxOp, got, x, dy []float32, rows, cols int) {
	for r := range rows {
		from, to := r*cols, (r+1)*cols
		for i, want := range wantSoftmax(op, x[from:to], dy[from:to]) {
			if g := float64(got[from+i]); math.Abs(g-want) > 1e-5*(1+math.Abs(want)) {
				t.Fatalf("op %d of (%d, %d): element %d is %g, want %g", op, rows, cols, from+i, g, want)
			}
		}
	}
}

func BenchmarkSoftmax(b *testing.B) {
	for _, shape := range [][2]int{{256, 10}, {64, 1000}} {
		x, dst := Alloc[float32](shape[0]*shape[1]), Alloc[float32](shape[0]*shape[1])
		for _, l := range Supported() {
			b.Run(fmt.Sprintf("%v/%v", shape, l), func(b *testing.B) {
				defer SetLevel(SetLevel(l))
				s := NewSoftmaxRows[float32](Softmax, shape[0], shape[1])
				for b.Loop() {
					s.Run(nil, dst, x, nil)
				}
				b.ReportMetric(float64(len(x))*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "elem/ns")
			})
		}
	}
}
