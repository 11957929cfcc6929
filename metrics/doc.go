// Package metrics measures how far a reconstructed image is from its
// original, and how one codec's rate-distortion curve lies to another's.
//
// The image metrics take 8-bit images ([Image], a view: nothing is copied)
// and compute in float64:
//
//   - [MSE] and [PSNR] over all samples, peak 255;
//   - [SSIM] of Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment:
//     from error visibility to structural similarity", IEEE Transactions on
//     Image Processing 13(4), 2004;
//   - [MSSSIM] of Wang, Simoncelli and Bovik, "Multiscale structural
//     similarity for image quality assessment", Asilomar 2003.
//
// [BDRate] and [BDPSNR] follow G. Bjøntegaard, "Calculation of average PSNR
// differences between RD-curves", ITU-T VCEG-M33, 2001, with the piecewise
// cubic (PCHIP) of later practice in place of one cubic through four points.
package metrics
