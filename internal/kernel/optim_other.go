//go:build (!amd64 && !arm64) || noasm

package kernel

func sgdSIMD(_, _ []float32, _ *[4]float32) bool { return false }

func momentumSIMD(_, _, _ []float32, _ *[4]float32) bool { return false }

func nesterovSIMD(_, _, _ []float32, _ *[4]float32) bool { return false }

func adagradSIMD(_, _, _ []float32, _ *[8]float32) bool { return false }

func rmspropSIMD(_, _, _ []float32, _ *[8]float32) bool { return false }

func adamSIMD(_, _, _, _ []float32, _ *[12]float32) bool { return false }
