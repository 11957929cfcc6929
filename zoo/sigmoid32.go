package zoo

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"

	"github.com/hourglass-codec/hourglass/graph"
)

// Sigmoid32 is the low-level autoencoder of the second tutorial, written with
// package graph alone: a sigmoid layer to the code and a layer back, their
// weights and biases explicit variables, trained with Adagrad on the mean
// squared error.
type Sigmoid32 struct {
	inputDim, codeDim int
	sigmoidOutput     bool
	weights           []*graph.Variable // kernel and bias of the encoder, then of the decoder
	slots             []*graph.Variable // Adagrad's accumulators, in the same order

	image, target *graph.Node // placeholders: (N, inputDim)
	code          *graph.Node // placeholder: (N, codeDim)
	encoded       *graph.Node // (N, codeDim), from image
	decoded       *graph.Node // (N, inputDim), from image
	decodedCode   *graph.Node // (N, inputDim), from code
	loss          *graph.Node
	updates       []*graph.Node

	session  *graph.Session[float32]
	programs map[programKey]*graph.Program[float32]
	steps    int64
}

// programKey tells programs apart: what they compute first, whether they train,
// whether the target is the image itself, and for how many images.
type programKey struct {
	fetch          *graph.Node
	training, self bool
	rows           int
}

// Sigmoid32Config are the settings of a [Sigmoid32].
type Sigmoid32Config struct {
	Options            // the learning rate's default is 0.1
	SigmoidOutput bool // a sigmoid on the output too; by default it is linear
}

// NewSigmoid32 returns an autoencoder from inputDim pixels to codeDim numbers.
// The entry sigmoid-32 has 784 and 32.
func NewSigmoid32(inputDim, codeDim int, c Sigmoid32Config) *Sigmoid32 {
	m := &Sigmoid32{
		inputDim: inputDim, codeDim: codeDim, sigmoidOutput: c.SigmoidOutput,
		image:    graph.Placeholder("image", graph.Unknown, inputDim),
		target:   graph.Placeholder("target", graph.Unknown, inputDim),
		code:     graph.Placeholder("code", graph.Unknown, codeDim),
		session:  graph.NewSession[float32](graph.SessionOptions{Threads: c.Threads, Precision: c.Precision}),
		programs: map[programKey]*graph.Program[float32]{},
	}
	m.weights = []*graph.Variable{
		glorot("encoder/kernel", c.Seed, inputDim, codeDim),
		graph.NewVariable("encoder/bias", graph.NewTensor(codeDim)),
		glorot("decoder/kernel", c.Seed, codeDim, inputDim),
		graph.NewVariable("decoder/bias", graph.NewTensor(inputDim)),
	}
	m.encoded = graph.Sigmoid(graph.Add(graph.MatMul(m.image, m.weights[0]), m.weights[1]))
	m.decoded = m.decode(m.encoded, c.SigmoidOutput)
	m.decodedCode = m.decode(m.code, c.SigmoidOutput)
	m.loss = graph.Mean(graph.Square(graph.Sub(m.decoded, m.target)))
	m.addUpdates(c.LearningRate)
	return m
}

// glorot returns a kernel (in, out) drawn uniformly from ±sqrt(6/(in + out)),
// from the generator PCG-DXSM with state (seed, FNV-1a hash of name).
func glorot(name string, seed uint64, in, out int) *graph.Variable {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.NewPCG(seed, h.Sum64())
	limit := math.Sqrt(6 / float64(in+out))
	t := graph.NewTensor(in, out)
	for i := range t.Data {
		u := float64(r.Uint64()>>11) / (1 << 53)
		t.Data[i] = float32(limit * (2*u - 1)) // 2*u is exact, so fusing changes nothing
	}
	return graph.NewVariable(name, t)
}

// decode returns the images of codes (N, codeDim).
func (m *Sigmoid32) decode(codes *graph.Node, sigmoid bool) *graph.Node {
	y := graph.Add(graph.MatMul(codes, m.weights[2]), m.weights[3])
	if sigmoid {
		return graph.Sigmoid(y)
	}
	return y
}

// addUpdates makes the nodes of a training step.
func (m *Sigmoid32) addUpdates(learningRate float64) {
	if learningRate == 0 {
		learningRate = 0.1
	}
	rate := graph.Scalar(float32(learningRate))
	rule := graph.AdagradRule{InitialAccumulator: 0.1, Epsilon: 1e-7}
	gradients := graph.Gradients(m.loss, m.weights[0], m.weights[1], m.weights[2], m.weights[3])
	for i, w := range m.weights {
		squares := graph.NewTensor(w.Shape()...)
		for k := range squares.Data {
			squares.Data[k] = 0.1
		}
		slot := graph.NewState(w.Name()+"/adagrad/accumulator", squares)
		m.slots = append(m.slots, slot)
		m.updates = append(m.updates, graph.Update(rule, w, []*graph.Variable{slot}, gradients[i], rate, nil))
	}
}

// program returns the program for a key.
func (m *Sigmoid32) program(key programKey) (*graph.Program[float32], error) {
	if p := m.programs[key]; p != nil {
		return p, nil
	}
	fetches := []*graph.Node{key.fetch}
	if key.training {
		fetches = append(fetches, m.updates...)
	}
	same := map[*graph.Node]*graph.Node{}
	if key.self {
		same[m.target] = m.image
	}
	p, err := m.session.PlanSame(key.rows, same, fetches...)
	if err == nil {
		m.programs[key] = p
	}
	return p, err
}

// runLoss computes the loss of n images x that should become y, or x itself if
// y is nil.
func (m *Sigmoid32) runLoss(training bool, x, y []float32, n int) (float32, error) {
	size := n * m.inputDim
	if n < 1 || len(x) < size || y != nil && len(y) < size {
		return 0, fmt.Errorf("zoo: %d images of %d numbers from slices of %d and %d", n, m.inputDim, len(x), len(y))
	}
	p, err := m.program(programKey{fetch: m.loss, training: training, self: y == nil, rows: n})
	if err != nil {
		return 0, err
	}
	copy(p.Input(m.image), x[:size])
	if y != nil {
		copy(p.Input(m.target), y[:size])
	}
	if err := p.Run(m.steps); err != nil {
		return 0, err
	}
	return p.Output(m.loss).Data[0], nil
}

// Step implements [Autoencoder].
func (m *Sigmoid32) Step(x, y []float32, n int) (float32, error) {
	loss, err := m.runLoss(true, x, y, n)
	if err != nil {
		return 0, err
	}
	m.steps++
	return loss, diverged(m.steps, loss)
}

// Loss implements [Autoencoder].
func (m *Sigmoid32) Loss(x, y []float32, n int) (float32, error) { return m.runLoss(false, x, y, n) }

// TrainConfig says how [Sigmoid32.Train] goes through the images.
type TrainConfig struct {
	Epochs    int    // 0 means 1
	BatchSize int    // 0 means 256
	Seed      uint64 // of the order of the images
	// OnEpoch is called after each epoch, counted from 1, with the mean loss
	// while its images were trained on; an error ends the training.
	OnEpoch func(epoch int, loss float64) error
}

// Train fits the model to n images (n, inputDim), shuffled in each epoch.
func (m *Sigmoid32) Train(ctx context.Context, images []float32, n int, c TrainConfig) error {
	size := c.BatchSize
	if size == 0 {
		size = 256
	}
	for epoch := 1; epoch <= max(c.Epochs, 1); epoch++ {
		order := rand.New(rand.NewPCG(c.Seed, uint64(epoch))).Perm(n)
		loss, err := m.trainEpoch(ctx, images, order, size)
		if err == nil && c.OnEpoch != nil {
			err = c.OnEpoch(epoch, loss)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// trainEpoch goes once through the images in order and returns the mean loss.
func (m *Sigmoid32) trainEpoch(ctx context.Context, images []float32, order []int, size int) (float64, error) {
	batch := make([]float32, 0, size*m.inputDim)
	sum := 0.0
	for done := 0; done < len(order); {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		batch = batch[:0]
		n := min(size, len(order)-done)
		for _, i := range order[done : done+n] {
			batch = append(batch, images[i*m.inputDim:(i+1)*m.inputDim]...)
		}
		loss, err := m.Step(batch, nil, n)
		if err != nil {
			return 0, err
		}
		sum += float64(float64(loss) * float64(n))
		done += n
	}
	return sum / float64(len(order)), nil
}

// EncodedImage returns the code of one image.
func (m *Sigmoid32) EncodedImage(image []float32) ([]float32, error) {
	code := make([]float32, m.codeDim)
	return code, m.Encode(code, image, 1)
}

// DecodedImage returns what becomes of one original image, encoded and decoded.
func (m *Sigmoid32) DecodedImage(original []float32) ([]float32, error) {
	image := make([]float32, m.inputDim)
	return image, m.Reconstruct(image, original, 1)
}

// Encode implements [Autoencoder].
func (m *Sigmoid32) Encode(dst, x []float32, n int) error {
	return m.predict(dst, m.encoded, m.image, x, n, m.inputDim, m.codeDim)
}

// Decode implements [Autoencoder].
func (m *Sigmoid32) Decode(dst, codes []float32, n int) error {
	return m.predict(dst, m.decodedCode, m.code, codes, n, m.codeDim, m.inputDim)
}

// Reconstruct implements [Autoencoder].
func (m *Sigmoid32) Reconstruct(dst, x []float32, n int) error {
	return m.predict(dst, m.decoded, m.image, x, n, m.inputDim, m.inputDim)
}

// predictBatch is how many images are computed at once.
const predictBatch = 256

// predict computes fetch, rows of out numbers, for n rows of in numbers, given
// to the placeholder ph.
func (m *Sigmoid32) predict(dst []float32, fetch, ph *graph.Node, x []float32, n, in, out int) error {
	if len(x) < n*in || len(dst) < n*out {
		return fmt.Errorf("zoo: %d rows of %d numbers from a slice of %d, to rows of %d in a slice of %d", n, in, len(x), out, len(dst))
	}
	for i := 0; i < n; i += predictBatch {
		k := min(predictBatch, n-i)
		p, err := m.program(programKey{fetch: fetch, rows: k})
		if err != nil {
			return err
		}
		copy(p.Input(ph), x[i*in:(i+k)*in])
		if err := p.Run(m.steps); err != nil {
			return err
		}
		copy(dst[i*out:], p.Output(fetch).Data)
	}
	return nil
}

// StepCount implements [Autoencoder].
func (m *Sigmoid32) StepCount() int64 { return m.steps }

// SetStepCount implements [Autoencoder].
func (m *Sigmoid32) SetStepCount(n int64) { m.steps = n }

// Weights implements [Autoencoder].
func (m *Sigmoid32) Weights() []*graph.Variable { return m.weights }

// State implements [Autoencoder].
func (m *Sigmoid32) State() []*graph.Variable {
	return append(append([]*graph.Variable(nil), m.weights...), m.slots...)
}

// Summary writes a table of the variables; there are no layers.
func (m *Sigmoid32) Summary(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%-20s %-16s %s\n", "Variable", "Shape", "Param #"); err != nil {
		return err
	}
	total := 0
	for _, v := range m.weights {
		total += v.Shape().Elements()
		if _, err := fmt.Fprintf(w, "%-20s %-16v %d\n", v.Name(), v.Shape(), v.Shape().Elements()); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "Total params: %d\n", total)
	return err
}

// Close implements [Autoencoder].
func (m *Sigmoid32) Close() { m.session.Close() }
