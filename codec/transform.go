package codec

import (
	"github.com/hourglass-codec/hourglass/graph"
)

// A transform is analysis and synthesis at one quality, for images in chunks of
// n. Its results are the same bits on every machine, in any chunk. It is for
// one goroutine.
type transform struct {
	analysis  *graph.Program[float32] // nil until it is needed, as synthesis
	synthesis *graph.Program[float32]
	n         int
	nodes     *transformNodes
	inverse   []float32 // (L), what the synthesis takes a step for

	session *graph.Session[float32]
	quality []float32 // weights of the anchors
	meter   distortionMeter
}

// transformNodes are the transforms as a graph.
type transformNodes struct {
	x, y, z            *graph.Node // analysis; z is nil without global latents
	q                  *graph.Node
	steps, planes, pix *graph.Node // synthesis; planes is nil without global latents
	y01                *graph.Node // pix before rounding, from 0 to 1 and beyond
}

// newNodes builds the graph of the transforms.
func newNodes(n *Network) transformNodes {
	t := transformNodes{
		x:     graph.Placeholder("x", graph.Unknown, n.Height, n.Width, n.Channels),
		q:     graph.Placeholder("quality", graph.Unknown, len(n.Lambdas)),
		steps: graph.Placeholder("latents", graph.Unknown, n.GridH(), n.GridW(), n.Latents()),
	}
	if n.Global > 0 {
		t.planes = graph.Placeholder("planes", graph.Unknown, n.GridH(), n.GridW(), n.Config.Planes)
	}
	t.y, t.z = n.Analysis(t.x, t.q)
	t.y01 = n.Synthesis(t.steps, t.planes, t.q)
	pix := graph.Scale(t.y01, 255)
	t.pix = graph.Round(graph.Min(graph.Max(pix, graph.Scalar(0)), graph.Scalar(255)))
	return t
}

// newTransform returns the transforms of a network. What is not needed is never
// planned.
func newTransform(s *graph.Session[float32], nodes *transformNodes, m *model, q quality, n int) *transform {
	t := &transform{n: n, nodes: nodes, session: s, quality: q.weights(len(m.config.Lambdas))}
	for i := range m.config.Latents() {
		log := int32(clamp(int64(q.of(m.inverse, m.config.Latents(), i)), minLog, maxLog))
		t.inverse = append(t.inverse, float32(exp2(log, inverseBits))/(1<<inverseBits))
	}
	return t
}

// plan plans a program of t's quality and number of images, if *p is nil.
func (t *transform) plan(p **graph.Program[float32], fetches ...*graph.Node) (err error) {
	if *p != nil {
		return nil
	}
	if *p, err = t.session.Plan(t.n, fetches...); err == nil {
		t.setQuality(*p)
	}
	return err
}

// setQuality gives a program the quality, once and for all.
func (t *transform) setQuality(p *graph.Program[float32]) {
	in := p.Input(t.nodes.q)
	for i := range in {
		in[i] = t.quality[i%len(t.quality)]
	}
}

// analyse returns the latents (n, h, w, L) and global latents (n, G) of images
// pix (n, H, W, C), in natural units; they are valid until the next call.
func (t *transform) analyse(pix []uint8) (y, z []float32, err error) {
	fetches := []*graph.Node{t.nodes.y}
	if t.nodes.z != nil {
		fetches = append(fetches, t.nodes.z)
	}
	if err := t.plan(&t.analysis, fetches...); err != nil {
		return nil, nil, err
	}
	x := t.analysis.Input(t.nodes.x)
	for i, v := range pix {
		x[i] = float32(v) / 255
	}
	if err := t.analysis.Run(0); err != nil {
		return nil, nil, err
	}
	y = t.analysis.Output(t.nodes.y).Data
	if t.nodes.z != nil {
		z = t.analysis.Output(t.nodes.z).Data
	}
	return y, z, nil
}

// synthesise computes images pix (n, H, W, C) from latents (n, h, w, L), in
// steps, and planes (n, h, w, P).
func (t *transform) synthesise(pix []uint8, latents []int32, planes []uint8) error {
	if err := t.plan(&t.synthesis, t.nodes.pix); err != nil {
		return err
	}
	t.setSynthesis(t.synthesis, latents, planes)
	if err := t.synthesis.Run(0); err != nil {
		return err
	}
	for i, v := range t.synthesis.Output(t.nodes.pix).Data {
		pix[i] = 0
		if v >= 0 { // false for what is no number
			pix[i] = uint8(v)
		}
	}
	return nil
}

// setSynthesis gives a program with the synthesis its latents, in steps, and
// planes.
func (t *transform) setSynthesis(p *graph.Program[float32], latents []int32, planes []uint8) {
	in := p.Input(t.nodes.steps)
	for i := 0; i < len(latents); {
		for _, inverse := range t.inverse {
			in[i] = float32(latents[i]) / fraction * inverse
			i++
		}
	}
	if t.nodes.planes != nil {
		in := p.Input(t.nodes.planes)
		for i, v := range planes {
			in[i] = float32(int(v)-128) / activationUnit
		}
	}
}
