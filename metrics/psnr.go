package metrics

import "math"

// MSE is the mean squared difference over all samples of all channels, in
// squared grey levels (0 to 255²).
//
// The error wraps [ErrShape] if the images do not have the same shape.
func MSE(a, b Image) (float64, error) {
	a, b, err := pair(a, b)
	if err != nil {
		return 0, err
	}
	// A row's sum is exact in uint64, and so is the whole picture's.
	var sum uint64
	for y := range a.Height {
		sum += rowSquaredError(a.row(y), b.row(y), a, b)
	}
	return float64(sum) / (float64(a.Width) * float64(a.Height) * float64(a.Channels)), nil
}

// rowSquaredError sums the squared differences of a row p of a and q of b.
func rowSquaredError(p, q []uint8, a, b Image) (sum uint64) {
	for x := range a.Width {
		for c := range a.Channels {
			d := int64(p[x*a.Step+c]) - int64(q[x*b.Step+c])
			sum += uint64(d * d)
		}
	}
	return sum
}

// PSNR is the peak signal-to-noise ratio 10·log10(255²/MSE) in dB, with the
// MSE taken over all channels together; +Inf for identical images.
//
// The error wraps [ErrShape] if the images do not have the same shape.
func PSNR(a, b Image) (float64, error) {
	mse, err := MSE(a, b)
	if err != nil {
		return 0, err
	}
	return PSNRFromMSE(mse), nil
}

// PSNRFromMSE turns a mean squared error in squared grey levels into dB
// (peak 255); +Inf for 0.
func PSNRFromMSE(mse float64) float64 {
	return 10 * math.Log10(255*255/mse)
}
