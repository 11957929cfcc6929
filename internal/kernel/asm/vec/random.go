package vec

// Philox returns the ten-round Philox4x32 output for a counter; the two keys
// of each round are parameters from number keys on.
func (f *Func) Philox(c [4]Value, keys int) [4]Value {
	m0, m1 := f.Bits(0xD2511F53), f.Bits(0xCD9E8D57)
	for round := range 10 {
		k0, k1 := f.Param(keys+2*round), f.Param(keys+2*round+1)
		h0, l0 := f.MulHi(c[0], m0), f.MulLo(c[0], m0)
		h1, l1 := f.MulHi(c[2], m1), f.MulLo(c[2], m1)
		c = [4]Value{f.Xor(f.Xor(h1, c[1]), k0), l1, f.Xor(f.Xor(h0, c[3]), k1), l0}
	}
	return c
}

// Unit24 returns the upper 24 bits of w as a number in [0, 1).
func (f *Func) Unit24(w Value) Value {
	return f.Mul(f.ToFloat(f.Shr(w, 8)), f.Const(0x1p-24))
}

// BoxMuller returns two independent standard normal numbers made of two
// random words.
func (f *Func) BoxMuller(w0, w1 Value) (z0, z1 Value) {
	e, m := f.splitNormalLog(f.Add(f.Unit24(w0), f.Const(0x1p-24)))
	r := f.Sqrt(f.Mul(f.logParts(e, m, f.Const(0)), f.Const(-2)))
	x := f.Sub(f.Unit24(f.Shl(w1, 2)), f.Const(0.5))
	x2 := f.Mul(x, x)
	s := f.Mul(x, f.Horner(x2, sinPoly))
	c := f.Horner(x2, cosPoly)
	quarter := f.SignSet(f.Shl(w1, 1))
	s, c = f.Select(quarter, c, s), f.Select(quarter, f.Neg(s), c)
	half := f.And(w1, f.Bits(signBit))
	return f.Mul(r, f.Xor(c, half)), f.Mul(r, f.Xor(s, half))
}
