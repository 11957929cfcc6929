//go:build !amd64 || noasm

package kernel

func peakFMA(int) int { return 0 }
