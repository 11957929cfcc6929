package rdjpeg

import (
	"image"
	"image/color"
)

// A picture is an image as planes of DCT blocks.
type picture struct {
	width, height int
	components    []component // Y, or Y, Cb and Cr
}

// A component is one plane.
type component struct {
	index    int
	sampling int // in both directions; the largest of a picture is full resolution
	step     float64
	blocks   []block // in raster order
}

// A block is 8x8 coefficients in zigzag order.
type block struct {
	exact [64]float64 // of an orthonormal DCT of the levels less 128
	level [64]int     // what is coded, in steps
}

// class is 0 for luma, 1 for chroma.
func (c *component) class() int { return min(c.index, 1) }

// round takes the nearest level for each coefficient.
func (c *component) round() {
	for i := range c.blocks {
		b := &c.blocks[i]
		for k, x := range b.exact {
			b.level[k] = nearest(x / c.step)
		}
	}
}

func newPicture(m image.Image, o Options) *picture {
	size := m.Bounds().Size()
	p := &picture{width: size.X, height: size.Y}
	step := float64(o.Step)
	if grey, ok := m.(*image.Gray); ok {
		p.components = []component{{0, 1, step, blocksOf(greyPlane(grey))}}
		return p
	}
	planes := colourPlanes(m)
	if !o.Subsample {
		for i, plane := range planes {
			p.components = append(p.components, component{i, 1, step, blocksOf(plane)})
		}
		return p
	}
	chroma := float64(max(1, o.Step/2))
	p.components = []component{
		{0, 2, step, blocksOf(planes[0])},
		{1, 1, chroma, blocksOf(planes[1].halved())},
		{2, 1, chroma, blocksOf(planes[2].halved())},
	}
	return p
}

// A plane is samples row by row.
type plane struct {
	width, height int
	samples       []float64
}

func newPlane(width, height int) plane {
	return plane{width, height, make([]float64, width*height)}
}

// at returns a sample; beyond the right and lower edges, the nearest one.
func (p plane) at(x, y int) float64 {
	return p.samples[min(y, p.height-1)*p.width+min(x, p.width-1)]
}

func greyPlane(m *image.Gray) plane {
	size := m.Rect.Size()
	p := newPlane(size.X, size.Y)
	for y := range size.Y {
		for x, v := range m.Pix[y*m.Stride : y*m.Stride+size.X] {
			p.samples[y*size.X+x] = float64(v)
		}
	}
	return p
}

// colourPlanes converts by JFIF (ITU-R BT.601, full range), without rounding.
func colourPlanes(m image.Image) [3]plane {
	bounds := m.Bounds()
	var planes [3]plane
	for i := range planes {
		planes[i] = newPlane(bounds.Dx(), bounds.Dy())
	}
	i := 0
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
			r, g, b := float64(c.R), float64(c.G), float64(c.B)
			luma := 0.299*r + 0.587*g + 0.114*b
			planes[0].samples[i] = luma
			planes[1].samples[i] = 128 + (b-luma)/1.772
			planes[2].samples[i] = 128 + (r-luma)/1.402
			i++
		}
	}
	return planes
}

// halved is the mean of each 2x2 samples.
func (p plane) halved() plane {
	h := newPlane((p.width+1)/2, (p.height+1)/2)
	for y := range h.height {
		for x := range h.width {
			sum := p.at(2*x, 2*y) + p.at(2*x+1, 2*y) + p.at(2*x, 2*y+1) + p.at(2*x+1, 2*y+1)
			h.samples[y*h.width+x] = sum / 4
		}
	}
	return h
}
