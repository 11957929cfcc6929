package entropy_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/hourglass-codec/hourglass/entropy"
)

// A table from the counts of a histogram, and a message by it.
func Example() {
	table, err := entropy.NewTable(-2, []uint64{3, 20, 54, 20, 3}, 0)
	if err != nil {
		panic(err)
	}
	latents := []int32{0, 0, 1, 0, -1, 0, 0, 0, 2, 0, 0, -1, 7}

	enc := entropy.NewRangeEncoder()
	enc.PutAll(table, latents)
	message := enc.Finish(nil)

	dec := entropy.NewRangeDecoder(message)
	got := make([]int32, len(latents))
	dec.GetAll(table, got)
	n, err := dec.Finish()
	fmt.Println(got)
	fmt.Println(n, "bytes", err)
	// Output:
	// [0 0 1 0 -1 0 0 0 2 0 0 -1 7]
	// 6 bytes <nil>
}

// A mean-scale hyperprior: a network says the scale and the mean of each
// latent, and with them the table.
func ExampleFamily() {
	family := entropy.Family{Shape: entropy.Gaussian, Means: 4}
	set, err := family.Set()
	if err != nil {
		panic(err)
	}
	latents := []int32{12, -3, 0, 1}
	scales := []int{30, 18, 2, 12} // places in the grid
	means := []int{45, -13, 1, 2}  // in quarters
	shifts := make([]int32, len(means))
	ctx := make([]uint16, len(means))
	residuals := make([]int32, len(means))
	for i := range latents {
		ctx[i], shifts[i] = family.Context(scales[i], means[i])
		residuals[i] = latents[i] - shifts[i]
	}
	enc := entropy.NewRangeEncoder()
	enc.PutEach(set, ctx, residuals)
	message := enc.Finish(nil)

	dec := entropy.NewRangeDecoder(message)
	dec.GetEach(set, ctx, residuals)
	if _, err := dec.Finish(); err != nil {
		panic(err)
	}
	for i := range residuals {
		fmt.Print(residuals[i]+shifts[i], " ")
	}
	fmt.Println("in", len(message), "byte")
	// Output:
	// 12 -3 0 1 in 1 byte
}

// Many symbols go by the rANS coder; the calls are the same.
func ExampleRANSEncoder() {
	table, err := entropy.NewClosedTable(0, []uint64{90, 10})
	if err != nil {
		panic(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	symbols := make([]int32, 1_000_000)
	for i := range symbols {
		symbols[i] = int32(r.IntN(10) / 9)
	}
	enc := entropy.NewRANSEncoder()
	enc.PutBits(uint32(len(symbols)), 32)
	enc.PutAll(table, symbols)
	message := enc.Finish(nil)

	dec := entropy.NewRANSDecoder(message)
	got := make([]int32, dec.GetBits(32))
	dec.GetAll(table, got)
	_, err = dec.Finish()
	fmt.Printf("%.3f bits a symbol, %v\n", float64(8*len(message))/float64(len(got)), err)
	// Output:
	// 0.468 bits a symbol, <nil>
}
