// Package pca is the learned codec that a trained network must beat first: the
// principal components of the training images, a uniform quantiser with the
// same step for all, and for each component the ideal code for the frequencies
// of its levels on the training images.
//
// Nothing is coded: the size is the sum of -log2 of the frequencies, which no
// real coder with these static tables falls below.
package pca

import (
	"context"
	"errors"
	"fmt"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// MaxSamples is the number of samples in an image up to which Fit works: the
// time grows with its cube, and is minutes there.
const MaxSamples = 4096

// ErrTooLarge says that images have more samples than MaxSamples.
var ErrTooLarge = errors.New("pca: images too large")

// A Model is a basis fitted to training images, and these images in it. D is
// the number of samples in an image, N that of training images.
type Model struct {
	mean     []float32
	basis    []float32 // (D, D): row k is component k, the largest variance first
	training []float32 // (D, N): the training images in the basis
}

// batch is the number of images that go through a matrix product at once. Sums
// over images are float32 within a batch and float64 beyond.
const batch = 1000

// Fit finds the principal components of the images.
func Fit(ctx context.Context, train *dataset.Set) (*Model, error) {
	d := train.Size()
	if d > MaxSamples {
		return nil, fmt.Errorf("%w: %d samples, more than %d", ErrTooLarge, d, MaxSamples)
	}
	pool := kernel.NewPool(0)
	defer pool.Close()
	m := &Model{mean: mean(train)}
	covariance, err := m.covariance(ctx, pool, train)
	if err != nil {
		return nil, err
	}
	_, vectors, err := eigen(covariance)
	if err != nil {
		return nil, err
	}
	for _, v := range vectors {
		for _, x := range v {
			m.basis = append(m.basis, float32(x))
		}
	}
	training, err := m.project(ctx, pool, train)
	if err != nil {
		return nil, err
	}
	m.training = make([]float32, len(training))
	kernel.Permute(m.training, training, []int{train.N, d}, []int{1, 0})
	return m, nil
}

// mean returns the mean image.
func mean(s *dataset.Set) []float32 {
	sums := make([]int64, s.Size())
	for i := range s.N {
		for j, p := range s.Pix(i) {
			sums[j] += int64(p)
		}
	}
	mean := make([]float32, len(sums))
	for j, sum := range sums {
		mean[j] = float32(float64(sum) / float64(s.N))
	}
	return mean
}

// centred calls f with the images less the mean, (n, D), batch by batch.
func (m *Model) centred(ctx context.Context, s *dataset.Set, f func(first, n int, x []float32)) error {
	d := len(m.mean)
	x := make([]float32, min(batch, s.N)*d)
	for first := 0; first < s.N; first += batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(batch, s.N-first)
		for i, p := range s.Pixels[first*d : (first+n)*d] {
			x[i] = float32(p) - m.mean[i%d]
		}
		f(first, n, x[:n*d])
	}
	return nil
}

func (m *Model) covariance(ctx context.Context, pool *kernel.Pool, s *dataset.Set) (matrix, error) {
	d := len(m.mean)
	sum := newMatrix(d)
	part := make([]float32, d*d)
	err := m.centred(ctx, s, func(_, n int, x []float32) {
		multiply(pool, kernel.MatMulShape{M: d, N: d, K: n, TransA: true}, part, x, x)
		for i, row := range sum {
			for j, p := range part[i*d : (i+1)*d] {
				row[j] += float64(p) / float64(s.N)
			}
		}
	})
	return sum, err
}

// project returns the images in the basis, (N, D).
func (m *Model) project(ctx context.Context, pool *kernel.Pool, s *dataset.Set) ([]float32, error) {
	d := len(m.mean)
	y := make([]float32, s.N*d)
	err := m.centred(ctx, s, func(first, n int, x []float32) {
		multiply(pool, kernel.MatMulShape{M: n, N: d, K: d, TransB: true}, y[first*d:(first+n)*d], x, m.basis)
	})
	return y, err
}

// restore is the inverse of project for y (N, D), with pixels rounded and
// clipped.
func (m *Model) restore(ctx context.Context, pool *kernel.Pool, pixels []uint8, y []float32) error {
	d := len(m.mean)
	x := make([]float32, min(batch*d, len(y)))
	for first := 0; first < len(y); first += batch * d {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := y[first:min(first+batch*d, len(y))]
		multiply(pool, kernel.MatMulShape{M: len(part) / d, N: d, K: d}, x[:len(part)], part, m.basis)
		for i := range part {
			pixels[first+i] = uint8(min(max(x[i]+m.mean[i%d]+0.5, 0), 255))
		}
	}
	return nil
}

// multiply sets c to the product of a and b.
func multiply(pool *kernel.Pool, s kernel.MatMulShape, c, a, b []float32) {
	s.Batch = 1
	kernel.NewMatMul(s, kernel.Epilogue[float32]{}).Run(pool, c, a, b, nil)
}
