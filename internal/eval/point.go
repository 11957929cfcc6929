package eval

import (
	"encoding/json"
	"math"

	"github.com/hourglass-codec/hourglass/metrics"
)

// Point is what a codec did to a set at one setting.
type Point struct {
	Setting Setting `json:"setting"`

	Images int   `json:"images"`
	Pixels int64 `json:"pixels"` // of all images, whatever their channels
	Bytes  int64 `json:"bytes"`  // see Packed
	Shared int64 `json:"shared"` // see Packed

	MSE  float64 `json:"mse"`            // over all 8-bit samples of all images
	SSIM float64 `json:"ssim,omitempty"` // mean over the images; 0 if they are too small for it

	PackSeconds   float64 `json:"pack_seconds"`
	UnpackSeconds float64 `json:"unpack_seconds"`
}

// BytesPerImage is the mean size of an image.
func (p Point) BytesPerImage() float64 { return float64(p.Bytes) / float64(p.Images) }

// BitsPerPixel is the rate in bits a pixel.
func (p Point) BitsPerPixel() float64 { return 8 * float64(p.Bytes) / float64(p.Pixels) }

// PSNR is that of the mean squared error over all images, in dB; +Inf if
// every pixel is right.
func (p Point) PSNR() float64 { return metrics.PSNRFromMSE(p.MSE) }

// PackRate is the speed of packing in images a second.
func (p Point) PackRate() float64 { return float64(p.Images) / p.PackSeconds }

// UnpackRate is the speed of unpacking in images a second.
func (p Point) UnpackRate() float64 { return float64(p.Images) / p.UnpackSeconds }

// MarshalJSON adds what follows from the fields: bytes an image, bits a pixel,
// PSNR (null where it is infinite) and images a second.
func (p Point) MarshalJSON() ([]byte, error) {
	type fields Point
	return json.Marshal(struct {
		fields
		BytesPerImage float64  `json:"bytes_per_image"`
		BitsPerPixel  float64  `json:"bits_per_pixel"`
		PSNR          *float64 `json:"psnr"`
		PackRate      *float64 `json:"pack_images_per_second"`
		UnpackRate    *float64 `json:"unpack_images_per_second"`
	}{
		fields(p), p.BytesPerImage(), p.BitsPerPixel(),
		finite(p.PSNR()), finite(p.PackRate()), finite(p.UnpackRate()),
	})
}

// finite returns nil for what JSON has no number for.
func finite(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}
