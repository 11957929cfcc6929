package graph

// Distribution is what a [Random] op draws from.
type Distribution uint8

// The distributions.
const (
	Uniform Distribution = iota // uniform on [0, 1)
	Normal                      // mean 0, variance 1
)

// Random draws a number for each element of its input, which gives only its
// shape. The numbers depend on Seed, the step of the run and the element's
// place alone, so they are the same on every machine and after a resume.
type Random struct {
	Dist Distribution
	Seed uint64
}

func (o *Random) String() string          { return "random" }
func (o *Random) shapeOnly(int) bool      { return true }
func (o *Random) infer(in []Shape) Shape  { return in[0] }
func (o *Random) grad(_, _ *Node) []*Node { return []*Node{nil} }

// RandomUniform returns noise of like's shape, uniform on [0, 1). Give every
// use in a graph its own seed.
func RandomUniform(like Value, seed uint64) *Node { return newNode(&Random{Uniform, seed}, like) }

// RandomNormal returns Gaussian noise of like's shape with mean 0 and variance
// 1. Give every use in a graph its own seed.
func RandomNormal(like Value, seed uint64) *Node { return newNode(&Random{Normal, seed}, like) }
