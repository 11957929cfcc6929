package rd

import (
	"io"
	"math"
	"math/rand/v2"

	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/graph"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
	"github.com/hourglass-codec/hourglass/nn"
	"github.com/hourglass-codec/hourglass/optim"
	"github.com/hourglass-codec/hourglass/train"
)

// Options say how a codec is trained.
type Options struct {
	Seed         uint64
	Steps        int64   // of the whole training
	LearningRate float64 // at the start; it falls along half a cosine wave to a hundredth
	Threads      int
	Precision    graph.Precision
	// Quality, if not 0, is the one setting from 1 to [codec.MaxQuality] that is
	// trained; otherwise all are at once.
	Quality int
	// Rounded is the share of the training, at its end, in which latents are
	// rounded and the encoder remains as it is; before, noise stands in for
	// rounding where the rate is concerned.
	Rounded float64
}

// A Learner trains a codec for all its qualities at once: each image of a batch
// has a quality of its own. It implements the Learner of package train.
type Learner struct {
	network *codec.Network
	options Options
	session *graph.Session[float32]
	rate    optim.Cosine
	train   *objective
	updates []*graph.Node
	test    *objective
	state   []*graph.Variable
	steps   int64

	programs map[plan]*graph.Program[float32]
	measures [2]train.Measure // of the last batch
	rates    anchorMeans      // bits, of the batches since the last step that trained
}

// plan names a program.
type plan struct {
	n     int
	train bool
}

// NewLearner returns a learner of a new network.
func NewLearner(c codec.Config, o Options) *Learner {
	l := &Learner{
		network:  codec.NewNetwork(c, o.Seed),
		options:  o,
		session:  graph.NewSession[float32](graph.SessionOptions{Threads: o.Threads, Precision: o.Precision}),
		programs: map[plan]*graph.Program[float32]{},
		rates:    newAnchorMeans(len(c.Lambdas)),
	}
	rounding := graph.HostScalar("rounding", func(step int64) float64 {
		if float64(step) < (1-o.Rounded)*float64(o.Steps) {
			return 0
		}
		return 1
	})
	l.train = newObjective(l.network, rounding)
	l.test = newObjective(l.network, nil)
	l.rate = optim.Cosine{Initial: o.LearningRate, Final: o.LearningRate / 100, Steps: o.Steps}
	adam := optim.Adam{LearningRate: l.rate, Clip: optim.ByGlobalNorm(1000)}
	l.updates = adam.Minimize(l.train.loss, l.network.Variables())
	l.state = append(append(l.state, l.network.Variables()...), optim.Slots(l.updates)...)
	return l
}

// Network returns the network that is trained.
func (l *Learner) Network() *codec.Network { return l.network }

// program returns the program for batches of n.
func (l *Learner) program(n int, train bool) (*graph.Program[float32], error) {
	key := plan{n, train}
	if p := l.programs[key]; p != nil {
		return p, nil
	}
	o, fetches := l.test, []*graph.Node(nil)
	if train {
		o, fetches = l.train, l.updates
	}
	p, err := l.session.Plan(n, append([]*graph.Node{o.loss, o.bits, o.mse}, fetches...)...)
	if err != nil {
		return nil, err
	}
	l.programs[key] = p
	return p, nil
}

// Step makes one training step on n images x (n, H, W, C).
func (l *Learner) Step(x, _ []float32, n int) (float32, error) {
	p, err := l.program(n, true)
	if err != nil {
		return 0, err
	}
	copy(p.Input(l.train.x), x)
	r := rand.New(rand.NewPCG(l.options.Seed, uint64(l.steps)))
	for i := range n {
		l.set(p, l.train, i, l.place((float64(i)+r.Float64())/float64(n)))
	}
	if err := p.Run(l.steps); err != nil {
		return 0, err
	}
	l.steps++
	l.rates = newAnchorMeans(len(l.network.Lambdas))
	loss := l.outcome(p, l.train)
	if f := float64(loss); math.IsNaN(f) || math.IsInf(f, 0) {
		return loss, &nn.DivergedError{Step: l.steps, Loss: loss}
	}
	return loss, nil
}

// place returns where among the anchors the quality is that is a share of the
// way from the lowest to the highest, or the only one that is trained.
func (l *Learner) place(share float64) float64 {
	if q := l.options.Quality; q != 0 {
		share = float64(q-1) / (codec.MaxQuality - 1)
	}
	return float64(len(l.network.Lambdas)-1) * share
}

// set gives image i of a batch a quality: a place among the anchors.
func (l *Learner) set(p *graph.Program[float32], o *objective, i int, place float64) {
	lambdas := l.network.Lambdas
	anchors := len(lambdas)
	at := min(int(place), anchors-2)
	part := place - float64(at)
	q := p.Input(o.quality)[i*anchors : (i+1)*anchors]
	clear(q)
	q[at], q[at+1] = float32(1-part), float32(part)
	lambda := lambdas[at] * math.Pow(lambdas[at+1]/lambdas[at], part)
	p.Input(o.lambda)[i] = float32(lambda)
	p.Input(o.weight)[i] = float32(math.Pow(lambda, -0.25))
}

// Measure returns the mean bits and mean squared error of n images at a
// quality: a place among the anchors.
func (l *Learner) Measure(x []float32, n int, place float64) (bits, mse float64, err error) {
	p, err := l.program(n, false)
	if err != nil {
		return 0, 0, err
	}
	copy(p.Input(l.test.x), x)
	for i := range n {
		l.set(p, l.test, i, place)
	}
	if err := p.Run(l.steps); err != nil {
		return 0, 0, err
	}
	return mean(p.Output(l.test.bits).Data), mean(p.Output(l.test.mse).Data), nil
}

// anchorMeans are means of what is measured at qualities between anchors,
// which counts for both, for each as much as it is near.
type anchorMeans struct{ sums, weights []float64 }

func newAnchorMeans(anchors int) anchorMeans {
	return anchorMeans{make([]float64, anchors), make([]float64, anchors)}
}

// add takes in values (n), measured at qualities (n, A).
func (m anchorMeans) add(qualities, values []float32) {
	anchors := len(m.sums)
	for i, w := range qualities {
		m.sums[i%anchors] += float64(w) * float64(values[i/anchors])
		m.weights[i%anchors] += float64(w)
	}
}

// means returns the mean at each anchor, 0 where nothing was measured.
func (m anchorMeans) means() []float64 {
	all := make([]float64, len(m.sums))
	for i, w := range m.weights {
		if w > 0 {
			all[i] = m.sums[i] / w
		}
	}
	return all
}

func mean(x []float32) float64 {
	s := 0.0
	for _, v := range x {
		s += float64(v)
	}
	return s / float64(len(x))
}

// Loss returns the mean loss of n images, over qualities.
func (l *Learner) Loss(x, _ []float32, n int) (float32, error) {
	p, err := l.program(n, false)
	if err != nil {
		return 0, err
	}
	copy(p.Input(l.test.x), x)
	for i := range n {
		l.set(p, l.test, i, l.place((float64(i)+0.5)/float64(n)))
	}
	if err := p.Run(l.steps); err != nil {
		return 0, err
	}
	l.rates.add(p.Input(l.test.quality), p.Output(l.test.bits).Data)
	return l.outcome(p, l.test), nil
}

// outcome returns the loss of a run and keeps its measures.
func (l *Learner) outcome(p *graph.Program[float32], o *objective) float32 {
	mse := mean(p.Output(o.mse).Data)
	l.measures = [2]train.Measure{
		{Name: "bits", Value: mean(p.Output(o.bits).Data)},
		{Name: "dB", Value: 10 * math.Log10(255*255/mse)},
	}
	return p.Output(o.loss).Data[0]
}

// Measures returns the bits an image and the peak signal-to-noise ratio of the
// last batch, over all qualities.
func (l *Learner) Measures() []train.Measure { return l.measures[:] }

// LearningRate returns the rate of the next step.
func (l *Learner) LearningRate() float64 { return l.rate.Rate(l.steps) }

// StepCount returns the number of steps done.
func (l *Learner) StepCount() int64 { return l.steps }

// SetStepCount says how many steps have been done.
func (l *Learner) SetStepCount(n int64) { l.steps = n }

// Weights returns the part of State that is the network's.
func (l *Learner) Weights() []*graph.Variable { return l.network.Variables() }

// State returns all else that steps change.
func (l *Learner) State() []*graph.Variable { return l.state }

// Save writes the codec's model file: see [codec.WriteModel].
func (l *Learner) Save(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		return codec.WriteModel(w, l.network, l.rates.means())
	})
}

// Close ends the learner's threads.
func (l *Learner) Close() { l.session.Close() }
