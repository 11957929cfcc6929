package vec

// The instructions of the matrix products on NEON.

// BroadcastNext fills the lanes of d with the element at base and adds step to
// base.
func (a *Assembler) BroadcastNext(d VReg, base, step GReg) {
	a.Word(0x4dc0c800|uint32(step)<<16|uint32(base)<<5|uint32(d), "LD1R {V%d.4S}, [X%d], X%d", d, base, step)
}

// MultiplyAdd is d += n·m, rounded once.
func (a *Assembler) MultiplyAdd(d, n, m VReg) { a.three(fmla.code, fmla.name, d, n, m) }

// Multiply is d = n·m.
func (a *Assembler) Multiply(d, n, m VReg) { a.three(0x6e20dc00, "FMUL", d, n, m) }

// Add is d = n + m.
func (a *Assembler) Add(d, n, m VReg) { a.three(0x4e20d400, "FADD", d, n, m) }

// Zero sets d to +0.
func (a *Assembler) Zero(d VReg) { a.three(0x6e201c00, "EOR", d, d, d) }

// IsNegative sets the lanes of d where n < 0 to all ones, others to zero.
func (a *Assembler) IsNegative(d, n VReg) { a.two(0x4ea0e800, "FCMLT0", d, n) }

// Clear is d = n with the bits that are set in m cleared.
func (a *Assembler) Clear(d, n, m VReg) { a.three(0x4e601c00, "BIC", d, n, m) }

// Insert copies the bits of n that are set in m to d.
func (a *Assembler) Insert(d, n, m VReg) { a.three(0x6ea01c00, "BIT", d, n, m) }

// LoadPair loads two elements into lanes 0 and 1 and clears the others.
func (a *Assembler) LoadPair(d VReg, base GReg, disp int) {
	a.Word(0xfd400000|uint32(disp/8)<<10|uint32(base)<<5|uint32(d), "LDR D%d, [X%d, #%d]", d, base, disp)
}

// LoadThird loads an element into lane 2; scratch is overwritten.
func (a *Assembler) LoadThird(d VReg, base GReg, disp int, scratch GReg) {
	a.Line("\tADD $%d, R%d, R%d", disp, base, scratch)
	a.Word(0x4d408000|uint32(scratch)<<5|uint32(d), "LD1 {V%d.S}[2], [X%d]", d, scratch)
}

// StorePair stores lanes 0 and 1.
func (a *Assembler) StorePair(d VReg, base GReg, disp int) {
	a.Word(0xfd000000|uint32(disp/8)<<10|uint32(base)<<5|uint32(d), "STR D%d, [X%d, #%d]", d, base, disp)
}

// StoreThird stores lane 2; scratch is overwritten.
func (a *Assembler) StoreThird(d VReg, base GReg, disp int, scratch GReg) {
	a.Line("\tADD $%d, R%d, R%d", disp, base, scratch)
	a.Word(0x4d008000|uint32(scratch)<<5|uint32(d), "ST1 {V%d.S}[2], [X%d]", d, scratch)
}

// Transpose32 sets d, e to the even and the odd elements of n and m, in turn
// from each.
func (a *Assembler) Transpose32(d, e, n, m VReg) {
	a.three(0x4e802800, "TRN1", d, n, m)
	a.three(0x4e806800, "TRN2", e, n, m)
}

// Transpose64 does so with pairs of elements.
func (a *Assembler) Transpose64(d, e, n, m VReg) {
	a.three(0x4ec02800, "TRN1.2D", d, n, m)
	a.three(0x4ec06800, "TRN2.2D", e, n, m)
}
