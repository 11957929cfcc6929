package nn

import (
	"math"
	"math/rand/v2"

	"github.com/hourglass-codec/hourglass/graph"
)

// GDN is generalised divisive normalisation of x (N, ..., C):
//
//	y_i = x_i / sqrt(beta_i + sum_j gamma_ij * x_j^2)
//
// over channels (Ballé, Laparra and Simoncelli, "Density Modeling of Images
// using a Generalized Normalization Transformation", 2016). So that training
// keeps beta positive and gamma from becoming negative, the weights are their
// square roots: beta = 1e-6 + beta_root^2 with beta_root (C), and gamma_ij =
// gamma_root_ji^2 with gamma_root (C, C), input channel first. At first beta is
// 1 and gamma 0.1 times the identity; the roots off the diagonal start at
// 2^-18, not at 0, where a square has no gradient.
type GDN struct {
	Name string `json:"-"`
}

// Apply makes the layer and applies it to x (N, ..., C).
func (d GDN) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d GDN) forward(c *call, in []*graph.Node) *graph.Node {
	beta, gamma := gdnWeights(c, in[0])
	return graph.Mul(in[0], graph.Rsqrt(gdnNorm(in[0], beta, gamma)))
}

// InverseGDN multiplies where [GDN] divides, the approximate inverse that
// decoders use.
type InverseGDN struct {
	Name string `json:"-"`
}

// Apply makes the layer and applies it to x (N, ..., C).
func (d InverseGDN) Apply(x *Node) *Node { return New(d).Apply(x) }

func (d InverseGDN) forward(c *call, in []*graph.Node) *graph.Node {
	beta, gamma := gdnWeights(c, in[0])
	return graph.Mul(in[0], graph.Sqrt(gdnNorm(in[0], beta, gamma)))
}

const (
	gdnLeastBeta = 1e-6
	gdnGamma     = 0.1          // initial, on the diagonal
	gdnPedestal  = 1.0 / 262144 // 2^-18, the root of gamma off the diagonal
)

// gdnWeights returns beta (C) and gamma (C, C), input channel first.
func gdnWeights(c *call, x *graph.Node) (beta, gamma *graph.Node) {
	s := x.Shape()
	channels := s[len(s)-1]
	betaRoot := c.weight("beta_root", Constant(float32(math.Sqrt(1-gdnLeastBeta))), fans{}, channels)
	gammaRoot := c.weight("gamma_root", scaledIdentity(channels), fans{}, channels, channels)
	return graph.Shift(graph.Square(betaRoot), gdnLeastBeta), graph.Square(gammaRoot)
}

// scaledIdentity initialises gamma_root, (n, n).
func scaledIdentity(n int) Initializer {
	return func(dst []float32, _, _ int, _ *rand.PCG) {
		fill(dst, gdnPedestal)
		for i := range n {
			dst[i*n+i] = float32(math.Sqrt(gdnGamma))
		}
	}
}

// gdnNorm returns beta_i + sum_j gamma_ji * x_j^2, of x's shape.
func gdnNorm(x, beta, gamma *graph.Node) *graph.Node {
	sums := graph.MatMul(asMatrix(graph.Square(x)), gamma)
	return fromMatrix(graph.Add(sums, beta), x.Shape())
}
