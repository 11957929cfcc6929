package eval

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/metrics"
)

// Measure packs and unpacks the images once. The error of a codec that is not
// available is returned as it is.
func Measure(ctx context.Context, c Codec, images *dataset.Set, s Setting) (Point, error) {
	p := Point{Setting: s, Images: images.N, Pixels: int64(images.N) * int64(images.H) * int64(images.W)}
	start := time.Now()
	packed, err := c.Pack(ctx, images, s)
	if errors.Is(err, ErrUnavailable) {
		return Point{}, err
	}
	if err != nil {
		return Point{}, fmt.Errorf("%s at %s: %w", c.Info().Name, s, err)
	}
	p.PackSeconds = time.Since(start).Seconds()
	p.Bytes, p.Shared = packed.Bytes(), packed.Shared()

	decoded := *images
	decoded.Pixels = make([]uint8, len(images.Pixels))
	start = time.Now()
	if err := packed.Unpack(ctx, decoded.Pixels); err != nil {
		return Point{}, fmt.Errorf("%s at %s, unpacking: %w", c.Info().Name, s, err)
	}
	p.UnpackSeconds = time.Since(start).Seconds()
	p.MSE = meanSquaredError(images.Pixels, decoded.Pixels)
	p.SSIM, err = meanSSIM(ctx, images, &decoded)
	return p, err
}

// meanSquaredError sums in integers: the order does not matter.
func meanSquaredError(a, b []uint8) float64 {
	var sum int64
	for i, x := range a {
		d := int64(x) - int64(b[i])
		sum += d * d
	}
	return float64(sum) / float64(len(a))
}

// meanSSIM is the mean over the images, or 0 if they are smaller than the
// window of the SSIM.
func meanSSIM(ctx context.Context, a, b *dataset.Set) (float64, error) {
	scores := make([]float64, a.N)
	err := Parallel(ctx, a.N, func(i int) (err error) {
		scores[i], err = metrics.SSIM(view(a, i), view(b, i))
		return err
	})
	if errors.Is(err, metrics.ErrTooSmall) {
		return 0, nil
	}
	var sum float64
	for _, s := range scores {
		sum += s
	}
	return sum / float64(a.N), err
}

// view returns image i of a set for package metrics.
func view(s *dataset.Set, i int) metrics.Image {
	return metrics.Image{Pix: s.Pix(i), Width: s.W, Height: s.H, Channels: s.C}
}
