package kernel

import (
	"fmt"
	"os"
	"slices"
)

// A Level is a set of SIMD instructions that kernels may use.
type Level uint8

// The levels. Each machine supports Plain and perhaps some others.
const (
	Plain  Level = iota // Go loops, any machine
	AVX2                // amd64: AVX2 and FMA
	AVX512              // amd64: AVX-512 F, BW, DQ and VL
	NEON                // arm64
)

var levelNames = [...]string{"plain", "avx2", "avx512", "neon"}

// String returns the name that HOURGLASS_SIMD takes for l.
func (l Level) String() string { return levelNames[l] }

// level is the one in use: the best supported unless HOURGLASS_SIMD says
// otherwise. supported holds every level of this machine, best last.
var (
	supported = detect()
	level     = initialLevel(os.Getenv("HOURGLASS_SIMD"))
)

// Current returns the level in use.
func Current() Level { return level }

// Supported returns the levels that this machine and build support, best last.
func Supported() []Level { return slices.Clone(supported) }

// SetLevel selects the level for all kernels and returns the one before. It is
// for tests and benchmarks and must not be called while kernels run. Objects
// planned before the call may keep what they chose.
func SetLevel(l Level) (before Level) {
	if !slices.Contains(supported, l) {
		panic(fmt.Sprintf("kernel: level %v is not among the supported %v", l, supported))
	}
	before, level = level, l
	return before
}

// initialLevel returns the level named by the environment variable's value if
// this machine supports it, else the best one.
func initialLevel(name string) Level {
	for _, l := range supported {
		if l.String() == name {
			return l
		}
	}
	return supported[len(supported)-1]
}
