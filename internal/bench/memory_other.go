//go:build !unix

package bench

// PeakBytes returns 0: this system does not tell.
func PeakBytes() int64 { return 0 }
