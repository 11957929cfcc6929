package codec

import "github.com/hourglass-codec/hourglass/graph"

// Sites says which sites of the grid a step is about.
type Sites uint8

// The colours of a checkerboard whose first corner is black.
const (
	AllSites Sites = iota
	BlackSites
	WhiteSites
)

// Has tells whether the site is one of s.
func (s Sites) Has(row, col int) bool {
	return s == AllSites || (row+col)%2 == int(s-BlackSites)
}

// A Step of the schedule codes some latents, given those of the steps before.
type Step struct {
	First, Count int   // the latents
	Sites        Sites // where
	Seen         int   // latents from the first on of which the step sees what is known
}

// Schedule returns the steps in which the latents are coded. Each group takes
// two: the black sites of a checkerboard, then the white ones, which see all
// neighbours (D. He et al., "Checkerboard Context Model for Efficient Learned
// Image Compression", 2021); groups see those before them (D. Minnen and S.
// Singh, "Channel-wise Autoregressive Entropy Models for Learned Image
// Compression", 2020). With Factorised there is one step that sees nothing.
func (c Config) Schedule() []Step {
	if c.Factorised {
		return []Step{{Count: c.Latents()}}
	}
	var steps []Step
	first := 0
	for _, g := range c.Groups {
		steps = append(steps, Step{first, g, BlackSites, first}, Step{first, g, WhiteSites, first + g})
		first += g
	}
	return steps
}

// Mask returns 1 at the sites of s and 0 elsewhere, as (1, h, w, 1).
func (c Config) Mask(s Sites) *graph.Node {
	t := graph.NewTensor(1, c.GridH(), c.GridW(), 1)
	for i := range t.Data {
		if s.Has(i/c.GridW(), i%c.GridW()) {
			t.Data[i] = 1
		}
	}
	return graph.Constant(t)
}

// sitesOf lists the sites of an image that are of s, row by row.
func (c Config) sitesOf(s Sites) (all []int32) {
	for i := range c.GridH() * c.GridW() {
		if s.Has(i/c.GridW(), i%c.GridW()) {
			all = append(all, int32(i))
		}
	}
	return all
}

// planes returns the channels of planes that there are.
func (c Config) planes() int {
	if c.Global == 0 {
		return 0
	}
	return c.Planes
}
