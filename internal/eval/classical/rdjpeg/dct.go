package rdjpeg

import "math"

// zigzag maps the order of coding to row*8+column.
var zigzag = [64]int{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// cosines[u][x] is the orthonormal DCT-II of eight samples.
var cosines = func() (c [8][8]float64) {
	for u := range c {
		scale := 0.5
		if u == 0 {
			scale = math.Sqrt(0.125)
		}
		for x := range c[u] {
			c[u][x] = scale * math.Cos(float64((2*x+1)*u)*math.Pi/16)
		}
	}
	return c
}()

// blocksOf transforms a plane. JPEG's DCT is orthonormal, so squared errors of
// coefficients are squared errors of samples.
func blocksOf(p plane) []block {
	var blocks []block
	for y := 0; y < p.height; y += 8 {
		for x := 0; x < p.width; x += 8 {
			var samples [64]float64
			for i := range samples {
				samples[i] = p.at(x+i%8, y+i/8) - 128
			}
			blocks = append(blocks, transformed(&samples))
		}
	}
	return blocks
}

func transformed(samples *[64]float64) (b block) {
	var rows, full [64]float64
	for y := range 8 {
		for u := range 8 {
			for x := range 8 {
				rows[y*8+u] += cosines[u][x] * samples[y*8+x]
			}
		}
	}
	for v := range 8 {
		for u := range 8 {
			for y := range 8 {
				full[v*8+u] += cosines[v][y] * rows[y*8+u]
			}
		}
	}
	for k, place := range zigzag {
		b.exact[k] = full[place]
	}
	return b
}

func nearest(x float64) int { return int(math.Round(x)) }
