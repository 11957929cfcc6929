package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// An intLayer is a case: a convolution or a transposed one with weights and
// what becomes of the sums.
type intLayer struct {
	shape      ConvShape
	transposed bool
	w          []int8
	q          Requant
}

// String names the case.
func (l intLayer) String() string {
	s := l.shape
	name := fmt.Sprintf("%dx%dx%dx%d,%dx%d,%d", s.N, s.H, s.W, s.C, s.KH, s.KW, s.OutC)
	if l.transposed {
		name += ",transposed"
	}
	return name
}

// lens returns the lengths of x and y and the channels of y.
func (l intLayer) lens() (x, y, channels int) {
	x, _, y = l.shape.lens()
	if l.transposed {
		return y, x, l.shape.C
	}
	return x, y, l.shape.OutC
}

// intShapes adds to convShapes images and channels that micro-kernels of all
// sizes meet.
func intShapes() []ConvShape {
	shapes := slices.DeleteFunc(slices.Clone(convShapes), func(s ConvShape) bool {
		s = s.planned()
		return s.N*s.macs() > 1<<18 // the definition is slow
	})
	for i, c := range []int{1, 3, 8, 16, 17, 24, 40, 48, 96, 130} {
		shapes = append(shapes,
			ConvShape{N: 2, H: 3 + i, W: 2*i + 1, C: 20 - i, KH: 3, KW: 3, OutC: c, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
			ConvShape{N: 1, H: 13 - i, W: 5 + i, C: c, KH: 5, KW: 5, OutC: 9 + i, StrideH: 2, StrideW: 2, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2},
			ConvShape{N: 1, H: 4 + 2*i, W: 6, C: c, KH: 4 - i%2, KW: 4, OutC: 12, StrideH: 2, StrideW: 2, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1},
		)
	}
	return append(shapes,
		ConvShape{N: 1, H: 30, W: 31, C: 32, KH: 1, KW: 1, OutC: 64},
		ConvShape{N: 3, H: 1, W: 1, C: 64, KH: 1, KW: 1, OutC: 70},
		ConvShape{N: 1, H: 9, W: 7, C: 2, KH: 1, KW: 2, OutC: 3, StrideH: 3, StrideW: 4},
	)
}

// newIntLayer returns a case with random weights and constants; extreme ones
// take the ends of their ranges often.
func newIntLayer(s ConvShape, transposed, extreme bool, inLo, inHi int, seed uint64) intLayer {
	rng := rand.New(rand.NewPCG(seed, 5))
	l := intLayer{shape: s.planned(), transposed: transposed}
	_, nw, _ := l.shape.lens()
	l.w = make([]int8, nw)
	fillExtreme(rng, l.w, math.MinInt8, math.MaxInt8, extreme)
	_, _, channels := l.lens()
	l.q = Requant{
		InZero: inLo + rng.IntN(inHi-inLo+1),
		Bias:   make([]int32, channels), Multiplier: make([]int32, channels), Shift: make([]uint8, channels),
	}
	fillExtreme(rng, l.q.Multiplier, 0, math.MaxInt32, extreme)
	fillExtreme(rng, l.q.Shift, minShift, maxShift, extreme)
	fillExtreme(rng, l.q.Bias, -1<<20, 1<<20, false)
	return l
}

// fillExtreme fills dst with numbers of lo to hi, mostly lo and hi themselves
// if extreme.
func fillExtreme[T int8 | uint8 | int16 | int32](rng *rand.Rand, dst []T, lo, hi int, extreme bool) {
	for i := range dst {
		v := lo + rng.IntN(hi-lo+1)
		if extreme && v%4 != 0 {
			v = lo
			if rng.IntN(2) == 0 {
				v = hi
			}
		}
		dst[i] = T(v)
	}
}

// naiveSums computes the sums by their definition.
func naiveSums[In Activations](l intLayer, x []In) []int64 {
	_, ny, channels := l.lens()
	sums := make([]int64, ny)
	for i := range sums {
		sums[i] = int64(l.q.Bias[i%channels])
	}
	naiveConv(l.shape, func(xi, wi, yi int) {
		switch {
		case xi < 0:
		case l.transposed:
			sums[xi] += (int64(x[yi]) - int64(l.q.InZero)) * int64(l.w[wi])
		default:
			sums[yi] += (int64(x[xi]) - int64(l.q.InZero)) * int64(l.w[wi])
		}
	})
	return sums
}

// naiveRequant is the definition of Requant, in unlimited integers.
func (l intLayer) naiveRequant(acc int64, j int, lo, hi int64) int64 {
	v := new(big.Int).Mul(big.NewInt(acc), big.NewInt(int64(l.q.Multiplier[j])))
	v.Add(v, new(big.Int).Lsh(big.NewInt(1), uint(l.q.Shift[j])-1))
	v.Rsh(v, uint(l.q.Shift[j])) // rounds down
	v.Add(v, big.NewInt(int64(l.q.OutZero)))
	if l.q.Min != 0 || l.q.Max != 0 {
		lo, hi = int64(l.q.Min), int64(l.q.Max)
	}
	return min(max(v.Int64(), lo), hi)
}

// forIntSets runs f for every set of micro-kernels, and for none.
func forIntSets[In Activations](t *testing.T, f func(t *testing.T, set *intSet)) {
	t.Run("plain", func(t *testing.T) { f(t, nil) })
	for _, l := range Supported() {
		for _, set := range intSets[In](l) {
			t.Run(set.name, func(t *testing.T) { f(t, set) })
		}
	}
}

// testConv2DInt8 compares all sets with the definition on all shapes.
func testConv2DInt8[In Activations](t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	lo, hi := rangeOf[In]()
	for i, s := range intShapes() {
		for _, transposed := range []bool{false, true} {
			l := newIntLayer(s, transposed, i%2 == 1, int(lo), int(hi), uint64(i))
			bound[In](l)
			nx, _, _ := l.lens()
			x := make([]In, nx)
			fillExtreme(rand.New(rand.NewPCG(uint64(i), 6)), x, int(lo), int(hi), i%2 == 1)
			sums := naiveSums(l, x)
			checkOutputs[In, uint8](t, l, p, x, sums)
			checkOutputs[In, int16](t, l, p, x, sums)
			checkOutputs[In, int32](t, l, p, x, sums)
		}
	}
}

// checkOutputs compares all sets with the definition for one type of output.
func checkOutputs[In Activations, Out Outputs](t *testing.T, l intLayer, p *Pool, x []In, sums []int64) {
	lo, hi := rangeOf[Out]()
	l.q.OutZero = int(lo + (hi-lo)*int64(len(x)%5)/4)
	if len(x)%3 == 0 {
		l.q.Min, l.q.Max = l.q.OutZero, int(hi)
	}
	want := make([]Out, len(sums))
	for j, acc := range sums {
		want[j] = Out(acc)
		if hi != math.MaxInt32 {
			want[j] = Out(l.naiveRequant(acc, j%len(l.q.Bias), lo, hi))
		}
	}
	forIntSets[In](t, func(t *testing.T, set *intSet) {
		t.Run(fmt.Sprintf("%v,%T", l, want[0]), func(t *testing.T) { checkIntLayer(t, l, set, p, x, want) })
	})
}

// bound makes the weights of l smaller until no sum can exceed 32 bits.
func bound[In Activations](l intLayer) {
	for {
		if _, err := newConv2DInt8[In, int32](l.shape, l.w, l.q, l.transposed, nil); err == nil {
			return
		}
		for i := range l.w {
			l.w[i] /= 2
		}
	}
}

// checkIntLayer runs l twice and compares.
func checkIntLayer[In Activations, Out Outputs](t *testing.T, l intLayer, set *intSet, p *Pool, x []In, want []Out) {
	const guard = 64
	c, err := newConv2DInt8[In, Out](l.shape, l.w, l.q, l.transposed, set)
	if err != nil {
		t.Fatal(err)
	}
	whole := make([]Out, len(want)+2*guard)
	for i := range whole {
		whole[i] = 77
	}
	y := whole[guard:][:len(want):len(want)]
	x = slices.Clip(slices.Clone(x))
	for range 2 {
		c.Run(p, y, x)
		for i, v := range want {
			if y[i] != v {
				t.Fatalf("y[%d] = %d, want %d (of %d)", i, y[i], v, len(want))
			}
			y[i] = 77
		}
	}
	for i, v := range whole {
		if v != 77 {
			t.Fatalf("a write outside the buffer, at %d of %d", i-guard, len(want))
		}
	}
}

func TestConv2DInt8(t *testing.T) {
	t.Run("uint8", testConv2DInt8[uint8])
	t.Run("int16", testConv2DInt8[int16])
}

// TestRequant compares requantisation with its definition on sums at the ends
// of their range and around powers of two.
func TestRequant(t *testing.T) {
	checkRequant[uint8](t, Requant{}, Requant{OutZero: 255}, Requant{OutZero: 100, Min: 100, Max: 250})
	checkRequant[int16](t, Requant{}, Requant{OutZero: math.MaxInt16}, Requant{OutZero: math.MinInt16, Min: -5, Max: 1000})
}

func checkRequant[Out uint8 | int16](t *testing.T, qs ...Requant) {
	const pixels = 7
	sums := []int32{math.MaxInt32, math.MinInt32, math.MaxInt32 - 1, math.MinInt32 + 1}
	for b := range 31 {
		for d := -3; d <= 3; d++ {
			sums = append(sums, int32(1<<b+d), int32(-1<<b+d))
		}
	}
	lo, hi := rangeOf[Out]()
	// One tap of weight 0: the sums are the biases.
	l := intLayer{shape: ConvShape{N: 1, H: 1, W: pixels, C: 1, KH: 1, KW: 1, OutC: len(sums)}.planned(), w: make([]int8, len(sums))}
	x, want := make([]uint8, pixels), make([]Out, pixels*len(sums))
	for shift := minShift; shift <= maxShift; shift++ {
		for _, m := range []int32{0, 1, 1 << 30, 1<<30 + 1, 3 << 29, math.MaxInt32} {
			for _, l.q = range qs {
				l.q.Bias = sums
				l.q.Multiplier, l.q.Shift = slices.Repeat([]int32{m}, len(sums)), slices.Repeat([]uint8{uint8(shift)}, len(sums))
				for i := range want {
					want[i] = Out(l.naiveRequant(int64(sums[i%len(sums)]), 0, lo, hi))
				}
				forIntSets[uint8](t, func(t *testing.T, set *intSet) { checkIntLayer(t, l, set, nil, x, want) })
			}
		}
	}
}

func TestMatMulInt8(t *testing.T) {
	const m, n, k = 37, 21, 30
	rng := rand.New(rand.NewPCG(1, 2))
	x, w, y := make([]uint8, m*k), make([]int8, k*n), make([]int32, m*n)
	fillExtreme(rng, x, 0, 255, false)
	fillExtreme(rng, w, -128, 127, false)
	mm, err := NewMatMulInt8[uint8, int32](m, n, k, w, Requant{InZero: 128})
	if err != nil {
		t.Fatal(err)
	}
	mm.Run(nil, y, x)
	for i := range y {
		var want int32
		for j := range k {
			want += (int32(x[i/n*k+j]) - 128) * int32(w[j*n+i%n])
		}
		if y[i] != want {
			t.Fatalf("y[%d] = %d, want %d", i, y[i], want)
		}
	}
}

// TestConv2DInt8SumBound finds that the largest sums allowed are right, and
// that one more is an error.
func TestConv2DInt8SumBound(t *testing.T) {
	const k = 65793 // 255·128·65793 is the largest below 2^31
	s := ConvShape{N: 1, H: 1, W: 1, C: k, KH: 1, KW: 1, OutC: 1}
	w, x, y := make([]int8, k), slices.Repeat([]uint8{255}, k), make([]int32, 1)
	for i := range w {
		w[i] = math.MinInt8
	}
	room := int32(math.MaxInt32 - 255*128*k + 1)
	forIntSets[uint8](t, func(t *testing.T, set *intSet) {
		c, err := newConv2DInt8[uint8, int32](s, w, Requant{Bias: []int32{-room}}, false, set)
		if err != nil {
			t.Fatal(err)
		}
		if c.Run(nil, y, x); y[0] != math.MinInt32 {
			t.Errorf("sum %d, want %d", y[0], math.MinInt32)
		}
	})
	if _, err := NewConv2DInt8[uint8, int32](s, w, Requant{Bias: []int32{-room - 1}}); err == nil {
		t.Error("no error for a sum beyond 32 bits")
	}
}

func TestRequantErrors(t *testing.T) {
	s := ConvShape{N: 1, H: 2, W: 2, C: 1, KH: 1, KW: 1, OutC: 1}
	for name, c := range map[string]struct {
		q    Requant
		want string
	}{
		"input zero point":    {Requant{InZero: 256}, "zero point 256 of the input"},
		"output zero point":   {Requant{OutZero: -1}, "zero point -1"},
		"upper limit":         {Requant{Max: 256}, "256 of the output"},
		"limits":              {Requant{Min: 9, Max: 8}, "limits 9, 8"},
		"negative multiplier": {Requant{Multiplier: []int32{-1}}, "scaled by -1/2^33"},
		"small shift":         {Requant{Shift: []uint8{32}}, "scaled by 1/2^32"},
		"large shift":         {Requant{Shift: []uint8{47}}, "scaled by 1/2^47"},
	} {
		if c.q.Multiplier == nil {
			c.q.Multiplier = []int32{1}
		}
		if c.q.Shift == nil {
			c.q.Shift = []uint8{33}
		}
		if _, err := NewConv2DInt8[uint8, uint8](s, []int8{1}, c.q); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// TestConv2DInt8DoesNotAllocate runs after the first Run.
func TestConv2DInt8DoesNotAllocate(t *testing.T) {
	if currentIntSet[uint8]() == nil {
		t.Skip("plain loops may")
	}
	l := newIntLayer(ConvShape{N: 1, H: 9, W: 9, C: 5, KH: 3, KW: 3, OutC: 20, PadTop: 1, PadLeft: 1}, false, false, 0, 255, 1)
	c, err := NewConv2DInt8[uint8, uint8](l.shape, l.w, l.q)
	if err != nil {
		t.Fatal(err)
	}
	nx, ny, _ := l.lens()
	x, y := make([]uint8, nx), make([]uint8, ny)
	if n := testing.AllocsPerRun(10, func() { c.Run(nil, y, x) }); n != 0 {
		t.Errorf("Run allocates %v times", n)
	}
}
