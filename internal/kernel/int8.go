package kernel

import (
	"fmt"
	"math"
	"unsafe"
)

// Activations are the element types of integer activations: uint8 with any
// zero point, and int16 for layers where eight bits are too coarse. A tensor
// of int8 is one of uint8 with the upper bit flipped and a zero point 128
// higher.
type Activations interface{ uint8 | int16 }

// Outputs are the element types that an integer convolution can give: int32
// are the sums themselves.
type Outputs interface{ uint8 | int16 | int32 }

// A Requant says what the numbers of an integer convolution mean and how its
// sums become output. With the sum
//
//	acc = Bias[c] + Σ (x - InZero)·w
//
// over the taps within the image and the channels of c's group, all exact, an
// output of channel c is
//
//	y = min(max(⌊(acc·Multiplier[c] + 2^(Shift[c]-1)) / 2^Shift[c]⌋ + OutZero, Min), Max)
//
// computed as if in unlimited integers, with ⌊⌋ rounding down: the scale
// Multiplier/2^Shift, below one quarter, is applied with halves rounded up. An
// output of type int32 is acc. Min > the least number of the type is how a
// layer has a ReLU.
type Requant struct {
	InZero     int     // the x that stands for 0, also of pixels outside the image
	Bias       []int32 // (channels of y), or nil for zeros
	Multiplier []int32 // (channels of y), 0 to 2^31-1
	Shift      []uint8 // (channels of y), 33 to 46
	OutZero    int     // the y that stands for 0
	Min, Max   int     // both 0: the whole range of y's type
}

// The range of Requant.Shift. With the lower limit 2^(Shift-1) is a multiple of
// 2^32, so that only the upper halves of the products matter; with the upper
// one those have room for OutZero.
const minShift, maxShift = 33, 46

// A Conv2DInt8 is a planned convolution, or a transposed one, of integer
// activations with constant weights of eight bits. Being exact it gives the
// same output on every machine.
type Conv2DInt8[In Activations, Out Outputs] struct {
	lenX, lenY int
	filters    []*intFilter
	requant    requantiser
	grid       grid // over the units of all filters

	y []Out // of the Run in progress
	x []In
}

// NewConv2DInt8 plans the convolution s with weights w (KH, KW, C/Groups,
// OutC), which it copies. Run then takes x (N, H, W, C) and y (N, OutH, OutW,
// OutC). It returns an error if q is out of range or a sum could exceed 32
// bits, and panics if s is no convolution or lengths disagree with it.
func NewConv2DInt8[In Activations, Out Outputs](s ConvShape, w []int8, q Requant) (*Conv2DInt8[In, Out], error) {
	return newConv2DInt8[In, Out](s, w, q, false, currentIntSet[In]())
}

// NewConv2DTransposeInt8 plans the transposed convolution of s: what
// [Conv2DInputGrad] computes. Its input x is (N, OutH, OutW, OutC), its output
// y (N, H, W, C), and w (KH, KW, C/Groups, OutC) as ever; q is over the C
// channels of y. A pixel of y that no tap meets is made from the bias alone.
// Otherwise it is like [NewConv2DInt8].
func NewConv2DTransposeInt8[In Activations, Out Outputs](s ConvShape, w []int8, q Requant) (*Conv2DInt8[In, Out], error) {
	return newConv2DInt8[In, Out](s, w, q, true, currentIntSet[In]())
}

// NewMatMulInt8 plans y (m, n) = x (m, k) · w (k, n), a convolution with one
// tap over m pixels. Otherwise it is like [NewConv2DInt8].
func NewMatMulInt8[In Activations, Out Outputs](m, n, k int, w []int8, q Requant) (*Conv2DInt8[In, Out], error) {
	s := ConvShape{N: 1, H: m, W: 1, C: k, KH: 1, KW: 1, OutC: n}
	return NewConv2DInt8[In, Out](s, w, q)
}

// newConv2DInt8 plans for the micro-kernels of set; nil means plain loops.
func newConv2DInt8[In Activations, Out Outputs](s ConvShape, w []int8, q Requant, transposed bool, set *intSet) (*Conv2DInt8[In, Out], error) {
	s = s.planned()
	lenX, lenW, lenY := s.lens()
	checkLen("Conv2DInt8", "w", len(w), lenW)
	c := &Conv2DInt8[In, Out]{lenX: lenX, lenY: lenY}
	rows, channels := [][]*intFilter{{s.forwardFilter(w)}}, s.OutC
	if transposed {
		c.lenX, c.lenY = lenY, lenX
		rows, channels = s.transposedFilters(w), s.C
	}
	var err error
	if c.requant, err = newRequantiser[In, Out](q, channels); err != nil {
		return nil, err
	}
	units, work := 0, 0
	for _, columns := range rows {
		for _, f := range columns {
			if err := f.checkSums(&c.requant); err != nil {
				return nil, err
			}
			work += f.work()
		}
		c.filters = append(c.filters, planColumns[In, Out](set, columns, &c.requant)...)
	}
	for _, f := range c.filters {
		units += f.units()
	}
	if set == nil {
		work *= plainCost
	}
	// Integer products are several times as fast as those of float32.
	c.grid = newGrid(units, work/units/4)
	return c, nil
}

// Run computes y from x. They must not overlap. One Run at a time.
func (c *Conv2DInt8[In, Out]) Run(p *Pool, y []Out, x []In) {
	checkLen("Conv2DInt8", "x", len(x), c.lenX)
	checkLen("Conv2DInt8", "y", len(y), c.lenY)
	c.y, c.x = y, x
	p.Do(c.grid.parts(), c)
	c.y, c.x = nil, nil
}

// Part computes one part of the convolution in progress; [Pool.Do] calls it.
func (c *Conv2DInt8[In, Out]) Part(i int) {
	lo, hi := c.grid.span(i)
	for _, f := range c.filters {
		n := f.units()
		if from, to := max(lo, 0), min(hi, n); from < to {
			if f.simd != nil {
				f.simd.run(from, to, unsafe.Pointer(&c.y[0]), unsafe.Pointer(&c.x[0]))
			} else {
				runIntPlain(f, &c.requant, from, to, c.y, c.x)
			}
		}
		lo, hi = lo-n, hi-n
	}
}

// A requantiser is a checked Requant.
type requantiser struct {
	inLo, inHi int64 // range of the input's type
	inZero     int64
	bias       []int32 // (channels)
	raw        bool    // the output is the sums
	multiplier []int32 // (channels)
	shift      []uint8 // (channels)
	outZero    int64
	lo, hi     int64
}

// newRequantiser checks q for so many channels.
func newRequantiser[In Activations, Out Outputs](q Requant, channels int) (requantiser, error) {
	r := requantiser{inZero: int64(q.InZero), bias: q.Bias, outZero: int64(q.OutZero), lo: int64(q.Min), hi: int64(q.Max)}
	r.inLo, r.inHi = rangeOf[In]()
	lo, hi := rangeOf[Out]()
	if r.raw = hi == math.MaxInt32; !r.raw {
		r.multiplier, r.shift = q.Multiplier, q.Shift
		checkLen("Conv2DInt8", "Multiplier", len(r.multiplier), channels)
		checkLen("Conv2DInt8", "Shift", len(r.shift), channels)
	}
	if r.bias == nil {
		r.bias = make([]int32, channels)
	}
	checkLen("Conv2DInt8", "Bias", len(r.bias), channels)
	if r.lo == 0 && r.hi == 0 {
		r.lo, r.hi = lo, hi
	}
	if r.inZero < r.inLo || r.inZero > r.inHi {
		return r, fmt.Errorf("kernel: zero point %d of the input is not in %d to %d", r.inZero, r.inLo, r.inHi)
	}
	if r.outZero < lo || r.outZero > hi || r.lo < lo || r.hi > hi || r.lo > r.hi {
		return r, fmt.Errorf("kernel: zero point %d and limits %d, %d of the output do not fit in %d to %d", r.outZero, r.lo, r.hi, lo, hi)
	}
	for j, m := range r.multiplier {
		if s := r.shift[j]; m < 0 || s < minShift || s > maxShift {
			return r, fmt.Errorf("kernel: channel %d is scaled by %d/2^%d; multipliers must not be negative, shifts be %d to %d", j, m, s, minShift, maxShift)
		}
	}
	return r, nil
}

// rangeOf returns the least and the greatest number of an integer type.
func rangeOf[T uint8 | int16 | int32]() (lo, hi int64) {
	var z T
	bits := 8 * unsafe.Sizeof(z)
	if z-1 > 0 {
		return 0, 1<<bits - 1
	}
	return -1 << (bits - 1), 1<<(bits-1) - 1
}

// value returns the output of channel j with the sum acc.
func (r *requantiser) value(acc int32, j int) int64 {
	if r.raw {
		return int64(acc)
	}
	s := r.shift[j]
	v := (int64(acc)*int64(r.multiplier[j]) + 1<<(s-1)) >> s
	return min(max(v+r.outZero, r.lo), r.hi)
}
