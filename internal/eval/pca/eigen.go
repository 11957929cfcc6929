package pca

import (
	"cmp"
	"errors"
	"math"
	"slices"
)

// A matrix is square, by rows.
type matrix [][]float64

func newMatrix(n int) matrix {
	m := make(matrix, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

var errEigen = errors.New("pca: eigenvalues do not converge")

// eigen returns the eigenvalues of the symmetric matrix a, the largest first,
// and their eigenvectors as the rows of a matrix. It overwrites a.
//
// The matrix is made tridiagonal by Householder's reflections and then diagonal
// by implicit QL steps with Wilkinson's shift (Golub and Van Loan, "Matrix
// Computations", 4th ed., 8.3).
func eigen(a matrix) (values []float64, vectors matrix, err error) {
	diagonal, beside, vectors := tridiagonal(a)
	if err := diagonalise(diagonal, beside, vectors); err != nil {
		return nil, nil, err
	}
	order := make([]int, len(a))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(diagonal[j], diagonal[i]) })
	sorted := make(matrix, len(a))
	for i, j := range order {
		values = append(values, diagonal[j])
		sorted[i] = vectors[j]
	}
	return values, sorted, nil
}

// tridiagonal returns w, orthogonal, and the diagonals of w·a·wᵀ: beside[i] is
// the element between i and i+1.
func tridiagonal(a matrix) (diagonal, beside []float64, w matrix) {
	n := len(a)
	w = newMatrix(n)
	for i := range w {
		w[i][i] = 1
	}
	beside = make([]float64, n)
	for k := range n - 1 {
		v, length := reflector(a[k][k+1:])
		beside[k] = length
		if v == nil {
			continue
		}
		reflectBoth(a, k+1, v)
		reflectRows(w, k+1, v)
	}
	diagonal = make([]float64, n)
	for i := range diagonal {
		diagonal[i] = a[i][i]
	}
	return diagonal, beside, w
}

// reflector returns v, of squared length 2, so that x - v·(v·x) is length
// times the first unit vector; nil if x is that already.
func reflector(x []float64) (v []float64, length float64) {
	if norm(x[1:]) == 0 {
		return nil, x[0]
	}
	length = -math.Copysign(norm(x), x[0])
	v = slices.Clone(x)
	v[0] -= length
	scale := math.Sqrt2 / norm(v)
	for i := range v {
		v[i] *= scale
	}
	return v, length
}

// reflectBoth turns the part of a from row and column first on into
// (1-v·vᵀ)·a·(1-v·vᵀ).
func reflectBoth(a matrix, first int, v []float64) {
	p := make([]float64, len(v))
	for i := range v {
		p[i] = dot(a[first+i][first:], v)
	}
	half := dot(p, v) / 2
	for i := range p {
		p[i] -= half * v[i]
	}
	for i := range v {
		row := a[first+i][first:]
		for j := range row {
			row[j] -= v[i]*p[j] + p[i]*v[j]
		}
	}
}

// reflectRows turns the rows of w from first on into (1-v·vᵀ)·w.
func reflectRows(w matrix, first int, v []float64) {
	sum := make([]float64, len(w))
	for i, x := range v {
		axpy(sum, x, w[first+i])
	}
	for i, x := range v {
		axpy(w[first+i], -x, sum)
	}
}

// maxSteps bounds the QL steps for one eigenvalue; two or three are usual.
const maxSteps = 60

// diagonalise makes a tridiagonal matrix diagonal by rotations, which it
// applies to the rows of w too.
func diagonalise(diagonal, beside []float64, w matrix) error {
	n := len(diagonal)
	for first := range n {
		for step := 0; ; step++ {
			last := first
			for last < n-1 && !negligible(beside[last], diagonal[last], diagonal[last+1]) {
				last++
			}
			if last == first {
				break
			}
			if step == maxSteps {
				return errEigen
			}
			stepQL(diagonal, beside, w, first, last)
		}
	}
	return nil
}

func negligible(e, d0, d1 float64) bool {
	const epsilon = 0x1p-52
	return math.Abs(e) <= epsilon*(math.Abs(d0)+math.Abs(d1))
}

// stepQL is one implicit QL step on the block from first to last.
func stepQL(diagonal, beside []float64, w matrix, first, last int) {
	half := (diagonal[first+1] - diagonal[first]) / (2 * beside[first])
	shift := diagonal[first] - beside[first]/(half+math.Copysign(math.Hypot(half, 1), half))
	g := diagonal[last] - shift
	sine, cosine, p := 1.0, 1.0, 0.0
	for i := last - 1; i >= first; i-- {
		f, b := sine*beside[i], cosine*beside[i]
		r := math.Hypot(f, g)
		beside[i+1] = r
		if r == 0 { // the block falls apart
			diagonal[i+1] -= p
			beside[last] = 0
			return
		}
		sine, cosine = f/r, g/r
		g = diagonal[i+1] - p
		r = (diagonal[i]-g)*sine + 2*cosine*b
		p = sine * r
		diagonal[i+1] = g + p
		g = cosine*r - b
		rotate(w[i], w[i+1], sine, cosine)
	}
	diagonal[first] -= p
	beside[first] = g
	beside[last] = 0
}

// rotate turns the rows x and y.
func rotate(x, y []float64, sine, cosine float64) {
	y = y[:len(x)]
	for k, a := range x {
		b := y[k]
		x[k], y[k] = cosine*a-sine*b, sine*a+cosine*b
	}
}

func dot(x, y []float64) (sum float64) {
	y = y[:len(x)]
	for i, a := range x {
		sum += a * y[i]
	}
	return sum
}

// axpy adds a·x to y.
func axpy(y []float64, a float64, x []float64) {
	x = x[:len(y)]
	for i := range y {
		y[i] += a * x[i]
	}
}

func norm(x []float64) float64 { return math.Sqrt(dot(x, x)) }
