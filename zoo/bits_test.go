package zoo_test

import (
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/kernel"
	"github.com/hourglass-codec/hourglass/zoo"
)

var updateBits = flag.Bool("update-bits", false, "rewrite testdata/bits.txt")

const bitsFile = "testdata/bits.txt"

// TestSameBitsEverywhere trains each model for some steps on every instruction
// set of this machine and with several numbers of threads, and compares a hash
// of all weights and optimiser state with the one on file, which every
// architecture must reach.
func TestSameBitsEverywhere(t *testing.T) {
	want := map[string]string{}
	if !*updateBits {
		data, err := os.ReadFile(bitsFile)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			name, hash, _ := strings.Cut(strings.TrimSpace(line), " ")
			want[name] = hash
		}
	}
	defer kernel.SetLevel(kernel.Current())
	for _, level := range kernel.Supported() {
		kernel.SetLevel(level)
		for _, entry := range zoo.Entries() {
			for _, threads := range []int{1, 3} {
				got := trainedHash(t, entry, threads)
				if *updateBits && want[entry.Name] == "" {
					want[entry.Name] = got
				}
				if got != want[entry.Name] {
					t.Errorf("%s on %s (%s, %d threads): hash %s, want %s", entry.Name, runtime.GOARCH, level, threads, got, want[entry.Name])
				}
			}
		}
	}
	if *updateBits {
		writeBits(t, want)
	}
}

// trainedHash trains for three steps, with batches of different sizes.
func trainedHash(t *testing.T, entry zoo.Entry, threads int) string {
	t.Helper()
	model := entry.New(zoo.Options{Seed: 7, Threads: threads})
	defer model.Close()
	size := entry.Input.Elements()
	for step, n := range []int{9, 4, 9} {
		if _, err := model.Step(syntheticImages(n*size, uint32(step)), nil, n); err != nil {
			t.Fatal(err)
		}
	}
	return stateHash(model.State())
}

// syntheticImages returns pixels in 0..1 from integers alone: a smooth pattern
// and noise.
func syntheticImages(n int, seed uint32) []float32 {
	x := make([]float32, n)
	state := seed*2654435761 + 12345
	for i := range x {
		state = state*1664525 + 1013904223
		wave := uint32(i%28)*9 + uint32(i/28%28)*7
		x[i] = float32((wave+state>>27)&255) / 255
	}
	return x
}

func stateHash(state []*graph.Variable) string {
	h := sha256.New()
	var word [4]byte
	for _, v := range state {
		h.Write([]byte(v.Name()))
		for _, f := range v.Value().Data {
			binary.LittleEndian.PutUint32(word[:], math.Float32bits(f))
			h.Write(word[:])
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:16])
}

func writeBits(t *testing.T, hashes map[string]string) {
	t.Helper()
	var b strings.Builder
	for _, e := range zoo.Entries() {
		fmt.Fprintln(&b, e.Name, hashes[e.Name])
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bitsFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
