package codec

import (
	"math"

	"github.com/hourglass-codec/hourglass/graph"
)

// A distortionMeter computes what rounding latents has done to images, and how
// that depends on each latent, for images in chunks of n.
type distortionMeter struct {
	nodes   *distortionNodes
	program *graph.Program[float32] // nil until it is needed
}

// distortionNodes are the distortion as a graph.
type distortionNodes struct {
	x, mse, gradient *graph.Node
}

// newDistortionNodes returns the mean squared error (N), of pixel values from 0
// to 255, between placeholder x (N, H, W, C), from 0 to 1, and what the
// synthesis makes; and its gradient with respect to the latents.
func newDistortionNodes(t *transformNodes) *distortionNodes {
	d := &distortionNodes{x: graph.Placeholder("original", t.pix.Shape()...)}
	e := graph.Sub(graph.Min(graph.Max(t.y01, graph.Scalar(0)), graph.Scalar(1)), d.x)
	d.mse = graph.Scale(graph.Mean(graph.Square(e), 1, 2, 3), 255*255)
	d.gradient = graph.Gradients(graph.Sum(d.mse), t.steps)[0]
	return d
}

// measure returns the mean squared errors (n) of latents (n, h, w, L), in
// steps, of images pix, and the gradients with respect to latents in natural
// units of the synthesis. They are valid until the next call.
func (t *transform) measure(pix []uint8, latents []int32, planes []uint8) (mse, gradient []float32, err error) {
	if t.meter.nodes == nil {
		t.meter.nodes = newDistortionNodes(t.nodes)
	}
	if err := t.plan(&t.meter.program, t.meter.nodes.mse, t.meter.nodes.gradient); err != nil {
		return nil, nil, err
	}
	p := t.meter.program
	x := p.Input(t.meter.nodes.x)
	for i, v := range pix {
		x[i] = float32(v) / 255
	}
	t.setSynthesis(p, latents, planes)
	if err := p.Run(0); err != nil {
		return nil, nil, err
	}
	return p.Output(t.meter.nodes.mse).Data, p.Output(t.meter.nodes.gradient).Data, nil
}

// refine moves the latents before rounding so that, as they are rounded, rate
// and distortion become less: as many times as the effort says. An image keeps
// the best that it has had.
//
// Where latents are rounded to y and the distortion, in bits, has the gradient g
// there and a curvature of 2 curvature, it is least at y - g/(2 curvature): the
// latents go part of the way there, and are rounded again with the new
// predictions that follow from their neighbours (J. Campos et al., "Content
// Adaptive Optimization for Neural Image Compression", 2019, has the idea).
func (k *coder) refine(pix []byte, n int, o EncodeOptions) error {
	lambda := k.codec.Lambda(o.Quality)
	latents, sites, _ := k.sizes()
	width, size := k.codec.model.config.planes(), len(pix)/n
	best := append([]int32(nil), k.target...)
	least := make([]float64, n)
	for i := range least {
		least[i] = math.Inf(1)
	}
	for round := 0; ; round++ {
		if err := k.putLatents(n); err != nil {
			return err
		}
		err := k.chunks(n, func(e *engine, i, m int) error {
			mse, gradient, err := e.measure(pix[i*size:(i+m)*size], k.steps[i*latents:(i+m)*latents], k.planes[i*sites*width:(i+m)*sites*width])
			if err != nil {
				return err
			}
			for j := range m {
				at := (i + j) * latents
				if cost := k.bits[i+j] + lambda*float64(mse[j]); cost < least[i+j] {
					least[i+j] = cost
					copy(best[at:at+latents], k.target[at:at+latents])
				}
			}
			e.move(k.target[i*latents:], k.steps[i*latents:], gradient, lambda)
			return nil
		})
		if err != nil {
			return err
		}
		if round == o.Effort {
			copy(k.target, best)
			return nil
		}
	}
}

// curvature is how many bits a square of a step in one latent is worth in
// distortion: 5 to 6, measured on Fashion-MNIST's training images at all
// qualities.
const curvature = 6

// move moves latents before rounding towards where the distortion is least.
func (t *transform) move(target, steps []int32, gradient []float32, lambda float64) {
	const part = 0.2
	for i := 0; i < len(gradient); {
		for _, inverse := range t.inverse {
			g := float64(gradient[i]) * float64(inverse) * lambda
			aim := float64(steps[i]) - float64(fraction*min(max(g/(2*curvature), -1), 1))
			target[i] += int32(math.RoundToEven(part * (aim - float64(target[i]))))
			i++
		}
	}
}
