package plot

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// cloud draws the points at the given indices as a picture of the axes' area,
// transparent where there are none. classes is the number of classes.
func (f Scatter) cloud(a axes, indices []int, classes int) *image.NRGBA {
	side := int(math.Round(scatterSide * dotsPerPoint))
	radius, alpha := dotSize(len(indices))
	c := newCanvas(side, radius*dotsPerPoint, alpha)
	shuffle := rand.New(rand.NewPCG(1, 1)).Perm(len(indices))
	for _, k := range shuffle {
		i := indices[k]
		colour := okabeIto[0]
		if f.Labels != nil {
			colour = classColour(f.Labels[i], classes)
		}
		q := f.Points[i]
		c.dot(a.x.at(q[0])*float64(side), (1-a.y.at(q[1]))*float64(side), colour)
	}
	return c.image()
}

// dotSize returns the radius in points and the opacity of n points' dots: few
// are large and nearly opaque, many are small and let others through.
func dotSize(n int) (radius, alpha float64) {
	crowd := min(1, math.Log10(float64(max(n, 100))/100)/math.Log10(600)) // 0 to 100 points, 1 from 60,000
	return 2.6 - 1.7*crowd, 0.9 - 0.35*crowd
}

// canvas blends dots in floating point: thousands of faint layers leave no
// rounding marks.
type canvas struct {
	side   int
	radius float64 // in pixels
	alpha  float32
	pix    [][4]float32 // premultiplied red, green, blue and alpha, 0 to 1
}

func newCanvas(side int, radius, alpha float64) *canvas {
	return &canvas{side, radius, float32(alpha), make([][4]float32, side*side)}
}

// dot draws a disc around (x, y) in pixels, its edge smoothed over one pixel.
func (c *canvas) dot(x, y float64, colour color.NRGBA) {
	rgb := [3]float32{float32(colour.R) / 255, float32(colour.G) / 255, float32(colour.B) / 255}
	reach := c.radius + 0.5
	for py := max(0, int(y-reach)); py < min(c.side, int(y+reach)+1); py++ {
		for px := max(0, int(x-reach)); px < min(c.side, int(x+reach)+1); px++ {
			distance := math.Hypot(float64(px)+0.5-x, float64(py)+0.5-y)
			cover := c.alpha * float32(min(1, max(0, reach-distance)))
			under := &c.pix[py*c.side+px]
			for i, v := range rgb {
				under[i] = v*cover + under[i]*(1-cover)
			}
			under[3] = cover + under[3]*(1-cover)
		}
	}
}

// image returns the canvas with 8 bits a channel.
func (c *canvas) image() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, c.side, c.side))
	for i, q := range c.pix {
		if q[3] == 0 {
			continue
		}
		for k := range 3 {
			m.Pix[4*i+k] = uint8(q[k]/q[3]*255 + 0.5)
		}
		m.Pix[4*i+3] = uint8(q[3]*255 + 0.5)
	}
	return m
}
