package kernel

import "fmt"

// A ConvShape describes a two-dimensional convolution of images x (N, H, W, C)
// with weights w (KH, KW, C/Groups, OutC) to y (N, OutH, OutW, OutC). Letters:
// N images, H rows, W columns, C channels, KH and KW the kernel's size.
//
// y[n,oh,ow,oc] sums x[n, oh·StrideH-PadTop+kh·DilH, ow·StrideW-PadLeft+kw·DilW, c]
// · w[kh,kw,c,oc] over kh, kw and the channels c of the group of oc. Pixels
// outside the image are zeros that take part in the sum like any other.
//
// The zero values of strides, dilations and Groups mean 1.
type ConvShape struct {
	N, H, W, C                           int
	KH, KW, OutC                         int
	StrideH, StrideW                     int
	DilH, DilW                           int
	PadTop, PadLeft, PadBottom, PadRight int
	Groups                               int // the channels of group g of x make those of group g of y
}

// OutH returns the rows of the output.
func (s ConvShape) OutH() int {
	return outSize(s.H, s.PadTop+s.PadBottom, (s.KH-1)*max(1, s.DilH)+1, max(1, s.StrideH))
}

// OutW returns the columns of the output.
func (s ConvShape) OutW() int {
	return outSize(s.W, s.PadLeft+s.PadRight, (s.KW-1)*max(1, s.DilW)+1, max(1, s.StrideW))
}

// outSize returns how many windows of a size fit in in+pad pixels.
func outSize(in, pad, window, stride int) int { return (in + pad - window + stride) / stride }

// planned returns s with ones for the zeros that mean one, and panics if s is
// no convolution.
func (s ConvShape) planned() ConvShape {
	p := s
	for _, v := range []*int{&p.StrideH, &p.StrideW, &p.DilH, &p.DilW, &p.Groups} {
		if *v == 0 {
			*v = 1
		}
	}
	smallest := min(p.N, p.H, p.W, p.C, p.KH, p.KW, p.OutC, p.StrideH, p.StrideW, p.DilH, p.DilW, p.Groups)
	if smallest < 1 || min(p.PadTop, p.PadLeft, p.PadBottom, p.PadRight) < 0 ||
		p.C%p.Groups != 0 || p.OutC%p.Groups != 0 || p.OutH() < 1 || p.OutW() < 1 {
		panic(fmt.Sprintf("kernel: convolution of shape %+v", s))
	}
	return p
}

// groupC returns the input channels of a group.
func (s ConvShape) groupC() int { return s.C / s.Groups }

// groupOutC returns the output channels of a group.
func (s ConvShape) groupOutC() int { return s.OutC / s.Groups }

// lens returns the lengths of x, w and y.
func (s ConvShape) lens() (x, w, y int) {
	return s.N * s.H * s.W * s.C, s.KH * s.KW * s.groupC() * s.OutC, s.N * s.OutH() * s.OutW() * s.OutC
}

// macs returns the multiply-adds of one image.
func (s ConvShape) macs() int {
	return s.OutH() * s.OutW() * s.OutC * s.KH * s.KW * s.groupC()
}

// checkLens panics unless the operands have the planned lengths.
func (s ConvShape) checkLens(kernel string, x, w, y int) {
	wantX, wantW, wantY := s.lens()
	checkLen(kernel, "x", x, wantX)
	checkLen(kernel, "w", w, wantW)
	checkLen(kernel, "y", y, wantY)
}

// A Conv2D is a planned convolution with an [Epilogue] over the output
// channels. Each output is one chain of fused multiply-adds over (kh, kw, c)
// in ascending row-major order from +0.
type Conv2D[T Float] struct {
	shape ConvShape
	ep    Epilogue[T]
	grid  grid      // over the rows of y, or the units of simd
	simd  *convPlan // nil: plain loops

	y, x, w, bias []T // of the Run in progress
}

// NewConv2D plans a convolution. It panics if s is none.
func NewConv2D[T Float](s ConvShape, ep Epilogue[T]) *Conv2D[T] {
	s = s.planned()
	c := &Conv2D[T]{shape: s, ep: ep, grid: newGrid(s.N*s.OutH(), plainCost*s.macs()/s.OutH())}
	if set := currentTiles(); set != nil && isFloat32[T]() {
		c.simd = newConvPlan(set, s.forward(), ep.to32(), nil)
		c.grid = c.simd.grid()
	}
	return c
}

// Run computes y (N, OutH, OutW, OutC) from x (N, H, W, C), w (KH, KW,
// C/Groups, OutC) and bias (OutC) or nil. y must not overlap the others. One
// Run at a time.
func (c *Conv2D[T]) Run(p *Pool, y, x, w, bias []T) {
	c.shape.checkLens("Conv2D", len(x), len(w), len(y))
	c.ep.checkBias("Conv2D", bias, c.shape.OutC)
	c.y, c.x, c.w, c.bias = y, x, w, bias
	if c.simd != nil {
		c.simd.prepare(c.grid.workers(p), as32(w), as32(bias), c.shape.OutC)
	}
	p.Do(c.grid.parts(), c)
	c.y, c.x, c.w, c.bias = nil, nil, nil, nil
}

// Part computes one part of the convolution in progress; [Pool.Do] calls it.
func (c *Conv2D[T]) Part(i int) {
	lo, hi := c.grid.span(i)
	if c.simd != nil {
		c.simd.run(lo, hi, as32(c.y), as32(c.x), as32(c.w), as32(c.bias))
		return
	}
	size := c.shape.OutW() * c.shape.OutC
	for r := lo; r < hi; r++ {
		row := c.y[r*size:][:size]
		c.plainRow(row, r/c.shape.OutH(), r%c.shape.OutH())
		c.ep.apply(row, c.bias, c.shape.OutC)
	}
}

// plainRow computes the sums of row oh of image n.
func (c *Conv2D[T]) plainRow(row []T, n, oh int) {
	s := c.shape
	gc, goc := s.groupC(), s.groupOutC()
	clear(row)
	for ow := range s.OutW() {
		for kh := range s.KH {
			for kw := range s.KW {
				pixel := pixelAt(c.x, s.H, s.W, s.C, n, oh*s.StrideH-s.PadTop+kh*s.DilH, ow*s.StrideW-s.PadLeft+kw*s.DilW)
				for g := range s.Groups {
					out := row[ow*s.OutC+g*goc:][:goc]
					for i := range gc {
						axpyPlain(out, pixelOr0(pixel, g*gc+i), c.w[((kh*s.KW+kw)*gc+i)*s.OutC+g*goc:])
					}
				}
			}
		}
	}
}

// pixelAt returns the channels of pixel (h, w) of image n of x (N, H, W, C),
// nil outside the image.
func pixelAt[T Float](x []T, height, width, channels, n, h, w int) []T {
	if h < 0 || h >= height || w < 0 || w >= width {
		return nil
	}
	return x[((n*height+h)*width+w)*channels:][:channels]
}

// pixelOr0 returns pixel[i], 0 outside the image.
func pixelOr0[T Float](pixel []T, i int) T {
	if pixel == nil {
		return 0
	}
	return pixel[i]
}
