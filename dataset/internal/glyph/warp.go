package glyph

// unity is 1 in the fixed-point numbers of a warp.
const unity = 1 << 16

// em is the scale of a bend: about half the height of a capital, in font units.
const em = 730

// warp deforms outlines around the origin: a linear map, after which the
// strokes are bent sideways.
type warp struct {
	xx, xy, yx, yy int64 // in 1/unity
	bendX, bendY   int64 // in 1/unity, reached at a distance of em
}

// warp returns a random one: a rotation of up to 12 degrees after a shear of up
// to 0.2 and a stretch of up to 14 %, and bends of up to 10 %.
func (r *random) warp() warp {
	// With t the tangent of half the angle, the cosine is (1-t²)/(1+t²) and
	// the sine 2t/(1+t²): rational, so that integers suffice.
	t := r.around(unity * 105 / 1000)
	tt := t * t / unity
	cos := (unity - tt) * unity / (unity + tt)
	sin := 2 * t * unity / (unity + tt)
	shear := r.around(unity / 5)
	stretch := unity + r.around(unity*14/100)
	return warp{
		xx: cos * stretch / unity, xy: (cos*shear - sin*unity) / unity,
		yx: sin * stretch / unity, yy: (sin*shear + cos*unity) / unity,
		bendX: r.around(unity / 10), bendY: r.around(unity / 10),
	}
}

// apply returns o, warped, in the memory of dst.
func (w warp) apply(dst, o outline) outline {
	for len(dst) < len(o) {
		dst = append(dst, nil)
	}
	dst = dst[:len(o)]
	for i, p := range o {
		dst[i] = dst[i][:0]
		for _, v := range p {
			x := (w.xx*v.x + w.xy*v.y) / unity
			y := (w.yx*v.x + w.yy*v.y) / unity
			dst[i] = append(dst[i], point{x + w.bendX*y*y/(em*unity), y + w.bendY*x*x/(em*unity)})
		}
	}
	return dst
}

// place scales o in place, so that the longer side of its box becomes size, and
// moves the box's middle to centre.
func (o outline) place(size int64, centre point) {
	lo, hi := o.bounds()
	side := max(hi.x-lo.x, hi.y-lo.y, 1)
	for _, p := range o {
		for i, v := range p {
			p[i] = point{
				(2*v.x-lo.x-hi.x)*size/(2*side) + centre.x,
				(2*v.y-lo.y-hi.y)*size/(2*side) + centre.y,
			}
		}
	}
}
