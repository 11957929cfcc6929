package metrics_test

import (
	"fmt"
	"image"

	"github.com/hourglass-codec/hourglass/metrics"
)

// An image.RGBA is compared as RGB: three of every four bytes count.
func ExamplePSNR() {
	original := image.NewRGBA(image.Rect(0, 0, 16, 16))
	decoded := image.NewRGBA(original.Rect)
	for i := range decoded.Pix {
		decoded.Pix[i] = 5
	}
	view := func(m *image.RGBA) metrics.Image {
		return metrics.Image{Pix: m.Pix, Width: m.Rect.Dx(), Height: m.Rect.Dy(), Channels: 3, Step: 4, Stride: m.Stride}
	}
	db, err := metrics.PSNR(view(original), view(decoded))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f dB\n", db)
	// Output: 34.15 dB
}

func ExampleBDRate() {
	jpeg := []metrics.RatePoint{{Rate: 0.33, Quality: 26.6}, {Rate: 0.59, Quality: 29.8}, {Rate: 1.04, Quality: 32.8}, {Rate: 2.35, Quality: 37.9}}
	ours := []metrics.RatePoint{{Rate: 0.20, Quality: 27.1}, {Rate: 0.35, Quality: 30.0}, {Rate: 0.60, Quality: 33.0}, {Rate: 1.30, Quality: 37.5}}
	percent, err := metrics.BDRate(jpeg, ours)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+.1f %% bits for the same PSNR\n", percent)
	// Output: -43.4 % bits for the same PSNR
}
