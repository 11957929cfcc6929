package glyph

import "slices"

// Coordinates of outlines on the canvas are in 1/256 of a pixel.
const (
	one   = 256 // a pixel
	lines = 8   // sample lines through each row of pixels
)

// point is a point on the canvas, y downwards.
type point struct{ x, y int64 }

// raster fills outlines with antialiasing, in integers alone: along each of a
// row's sample lines, coverage is exact to 1/256 of a pixel. The zero value is
// ready.
type raster struct {
	crossings [Side * lines][]crossing
	row       [Side + 1]int // coverage sums; the last takes what ends at the edge
}

// crossing is where an outline crosses a sample line.
type crossing struct {
	x       int64
	winding int // +1 downwards, -1 upwards
}

// fill draws the interior of closed polygons, by the non-zero winding rule,
// into dst, (Side, Side): 0 outside, 255 inside.
func (r *raster) fill(dst *[Side * Side]uint8, polygons [][]point) {
	for i := range r.crossings {
		r.crossings[i] = r.crossings[i][:0]
	}
	for _, p := range polygons {
		last := p[len(p)-1]
		for _, q := range p {
			r.edge(last, q)
			last = q
		}
	}
	for y := range Side {
		clear(r.row[:])
		for l := range lines {
			r.scan(r.crossings[y*lines+l])
		}
		for x := range Side {
			dst[y*Side+x] = uint8(r.row[x] * 255 / (one * lines))
		}
	}
}

// edge notes the crossings of the line from p to q with the sample lines, which
// lie at (i+1/2)/lines pixels.
func (r *raster) edge(p, q point) {
	winding := 1
	if p.y > q.y {
		p, q, winding = q, p, -1
	}
	const step = one / lines
	first := max(0, ceilDiv(p.y-step/2, step))
	for i := first; i < Side*lines; i++ {
		y := i*step + step/2
		if y >= q.y {
			return
		}
		x := p.x + (q.x-p.x)*(y-p.y)/(q.y-p.y)
		r.crossings[i] = append(r.crossings[i], crossing{x, winding})
	}
}

// scan adds the spans between the crossings of one line to the row.
func (r *raster) scan(line []crossing) {
	slices.SortFunc(line, func(a, b crossing) int { return int(a.x - b.x) })
	winding := 0
	for i, c := range line {
		if winding != 0 {
			r.span(line[i-1].x, c.x)
		}
		winding += c.winding
	}
}

// span adds the coverage of the part from x0 to x1 of one line.
func (r *raster) span(x0, x1 int64) {
	x0, x1 = max(x0, 0), min(x1, Side*one)
	for x0 < x1 {
		pixel := x0 / one
		end := min(x1, (pixel+1)*one)
		r.row[pixel] += int(end - x0)
		x0 = end
	}
}

// ceilDiv returns the least integer that is not below a/b, for positive b.
func ceilDiv(a, b int64) int64 {
	q := a / b
	if a > q*b {
		q++
	}
	return q
}
