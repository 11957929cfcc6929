package entropy_test

import (
	"flag"
	"testing"

	"github.com/hourglass-codec/hourglass/entropy"
	"github.com/hourglass-codec/hourglass/entropy/entropytest"
)

var update = flag.Bool("update", false, "write the golden messages")

func rangeCoder() entropytest.Coder {
	return entropytest.Coder{
		NewEncoder:   func() entropy.Encoder { return entropy.NewRangeEncoder() },
		NewDecoder:   func() entropy.Decoder { return entropy.NewRangeDecoder(nil) },
		Overhead:     1.25, // one bit to fit an interval of aligned bytes, and the rest of a byte
		MeanOverhead: 0.65,
		Golden:       "testdata/golden/range",
		Update:       *update,
	}
}

func ransCoder() entropytest.Coder {
	return entropytest.Coder{
		NewEncoder:   func() entropy.Encoder { return entropy.NewRANSEncoder() },
		NewDecoder:   func() entropy.Decoder { return entropy.NewRANSDecoder(nil) },
		Overhead:     32,
		MeanOverhead: 25,
		Golden:       "testdata/golden/rans",
		Update:       *update,
	}
}

func TestRange(t *testing.T) { entropytest.Test(t, rangeCoder()) }

func TestRANS(t *testing.T) { entropytest.Test(t, ransCoder()) }

func FuzzRangeDecoder(f *testing.F) { entropytest.Fuzz(f, rangeCoder()) }

func FuzzRANSDecoder(f *testing.F) { entropytest.Fuzz(f, ransCoder()) }

func FuzzRangeRoundTrip(f *testing.F) { entropytest.FuzzRoundTrip(f, rangeCoder()) }

func FuzzRANSRoundTrip(f *testing.F) { entropytest.FuzzRoundTrip(f, ransCoder()) }
