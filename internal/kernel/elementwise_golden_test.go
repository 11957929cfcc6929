package kernel

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"
)

// goldenElementwise is the hash of what TestElementwiseGolden computes. It is
// the same on every architecture; a change of it changes what networks
// compute from what they computed before.
const goldenElementwise = 0x231cca6964ff2381

// TestElementwiseGolden holds all elementwise operations, reductions, updates
// and random numbers to the bits that they have on other machines.
func TestElementwiseGolden(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		h := fnv.New64a()
		add := func(x []float32) {
			for _, v := range x {
				b := math.Float32bits(v)
				if v != v {
					b = 0x7fc00000
				}
				h.Write(binary.LittleEndian.AppendUint32(nil, b))
			}
		}
		const n = 3001
		in := goldenInputs(n)
		dst := make([]float32, n)
		for op := range Op(numOps) {
			applyOp(op, dst, in, 0.3)
			add(dst)
		}
		for op := range ReduceOp(numReduceOps) {
			for _, s := range [][3]int{{1, n, 1}, {1, 1000, 3}, {3, 1, 1000}} {
				goldenReduce(op, s, dst, in)
				add(dst[:s[0]*s[2]])
			}
		}
		for _, u := range updates {
			var s [][]float32
			for i := range u.slices {
				s = append(s, make([]float32, n))
				Uniform(s[i], 5, uint64(i), 0, 0, 1)
			}
			u.run(s)
			for _, x := range s {
				add(x)
			}
		}
		Normal(dst, 1, 2, 0, 0, 1)
		add(dst)
		if got := h.Sum64(); got != goldenElementwise {
			t.Errorf("hash %#x, want %#x", got, uint64(goldenElementwise))
		}
	})
}

func goldenReduce(op ReduceOp, s [3]int, dst []float32, in [3][]float32) {
	m := s[0] * s[1] * s[2]
	r := NewReduce[float32](op, s[0], s[1], s[2])
	if op.inputs() == 2 {
		r.Run2(nil, dst[:s[0]*s[2]], in[1][:m], in[2][:m])
	} else {
		r.Run(nil, dst[:s[0]*s[2]], in[1][:m])
	}
}

// goldenInputs returns three vectors without help from package math/rand,
// whose normal numbers are not the same everywhere: of all magnitudes, small,
// and small.
func goldenInputs(n int) (in [3][]float32) {
	for i := range in {
		in[i] = make([]float32, n)
		Uniform(in[i], 42, uint64(i), 0, -6, 6)
	}
	copy(in[0], special)
	for i := len(special); i < n; i += 2 {
		w := philoxCounter(1, 2, uint64(i))
		in[0][i] = math.Float32frombits(w[0])
	}
	return in
}
