package codec

import (
	"math"
	"strings"

	"github.com/hourglass-codec/hourglass/graph"
)

// A model is what a model file holds: the weights of a network as they are
// used, those of the entropy model as integers.
type model struct {
	config Config
	// rates are the bits that an image of the kind trained on takes at each
	// anchor.
	rates []float64
	// transforms are the variables of analysis and synthesis.
	transforms []*graph.Variable

	gain, inverse []int32 // (A, L), base-2 logarithms
	global        *globalModel
	steps         []stepNet
}

// globalModel is the part of the entropy model that is about global latents.
type globalModel struct {
	gain, mean, scale []int32 // (A, G): logarithm of steps in a unit, mean, logarithm of the scale
	unfold            intLayer
}

// stepNet are the layers of a contextNet.
type stepNet struct{ first, second, last intLayer }

// intLayer is a layer of integers: sums of whole numbers, and for each output
// what one of the sum is worth.
type intLayer struct {
	in, out int
	weights []int8
	bias    []int32   // (A, out) or (1, out)
	scale   []float32 // (out), positive
}

// newModel returns the network's weights as they are used.
func newModel(n *Network, rates []float64) *model {
	m := &model{config: n.Config, rates: rates, gain: logarithms(n.gain), inverse: logarithms(n.inverse)}
	for _, v := range n.vars {
		if inTransforms(v) {
			m.transforms = append(m.transforms, asStored(v))
		}
	}
	if n.Global > 0 {
		m.global = &globalModel{gain: logarithms(n.globalGain), mean: wholes(n.globalMean, fraction), scale: logarithms(n.globalScale)}
		m.global.unfold = newIntLayer(n.unfold.w, n.unfold.b, nil, globalUnit)
	}
	for i, c := range n.context {
		m.steps = append(m.steps, stepNet{
			first:  newIntLayer(c.first.w, c.first.b, c.first.q, activationUnit),
			second: newIntLayer(c.second.w, c.second.b, nil, activationUnit),
			last:   newLastLayer(c.last, n.Schedule()[i].Count),
		})
	}
	return m
}

// inTransforms tells whether a variable belongs to analysis or synthesis.
func inTransforms(v *graph.Variable) bool {
	return strings.HasPrefix(v.Name(), "analysis/") || strings.HasPrefix(v.Name(), "synthesis/")
}

// A storage is how the file has a variable of the transforms.
type storage uint8

const (
	asFloat32 storage = iota
	asFloat16         // synthesis
	asInt8            // kernels of the analysis: whole numbers and a step for each output
)

func storageOf(v *graph.Variable) storage {
	switch {
	case strings.HasPrefix(v.Name(), "synthesis/"):
		return asFloat16
	case strings.HasSuffix(v.Name(), "/kernel"):
		return asInt8
	}
	return asFloat32
}

// asStored returns a copy of v. Rounding is left to the writer of the file.
func asStored(v *graph.Variable) *graph.Variable {
	t := graph.NewTensor(v.Shape()...)
	copy(t.Data, v.Value().Data)
	return graph.NewVariable(v.Name(), t)
}

// logarithms turns natural logarithms into whole multiples of 1/octave of base 2.
func logarithms(v *graph.Variable) []int32 {
	r := make([]int32, len(v.Value().Data))
	for i, x := range v.Value().Data {
		r[i] = int32(min(max(math.Round(float64(x)/math.Ln2*octave), minLog), maxLog))
	}
	return r
}

// wholes returns the whole numbers of 1/unit nearest to a variable's values.
func wholes(v *graph.Variable, unit float64) []int32 {
	r := make([]int32, len(v.Value().Data))
	for i, x := range v.Value().Data {
		r[i] = nearest(float64(x) * unit)
	}
	return r
}

// nearest rounds to a whole number, far within the range of int32.
func nearest(x float64) int32 {
	const far = 1 << 28
	return int32(min(max(math.Round(x), -far), far))
}

// integers returns what [eightBits] does: whole numbers k for w (..., out), and
// their steps.
func integers(w *graph.Variable) (k []int8, step []float32) {
	values, out := w.Value().Data, w.Shape()[len(w.Shape())-1]
	step = make([]float32, out)
	for i, v := range values {
		step[i%out] = max(step[i%out], float32(math.Abs(float64(v))))
	}
	for i := range step {
		step[i] = max(step[i], 1e-6) * float32(1.0/127)
	}
	k = make([]int8, len(values))
	for i, v := range values {
		k[i] = int8(min(max(math.RoundToEven(float64(v/step[i%out])), -127), 127))
	}
	return k, step
}

// When the global latents unfold, they count 1/globalUnit of a natural unit.
const (
	globalUnit = 1 << globalBits
	globalBits = 10
)

// newIntLayer returns a layer whose inputs count 1/unit and whose outputs count
// 1/activationUnit. q is the part of the bias that depends on quality, or nil.
func newIntLayer(w, b, q *graph.Variable, unit float64) intLayer {
	l := newLayer(w)
	var step []float32
	l.weights, step = integers(w)
	l.scale = make([]float32, l.out)
	for i, s := range step {
		l.scale[i] = s * float32(activationUnit/unit)
	}
	l.bias = biases(b, q, step, unit)
	return l
}

func newLayer(w *graph.Variable) intLayer {
	shape := w.Shape()
	return intLayer{in: shape[len(shape)-2], out: shape[len(shape)-1]}
}

// biases returns b + q, (A, out), or b, (1, out), in what the sums count.
func biases(b, q *graph.Variable, step []float32, unit float64) []int32 {
	var all []int32
	rows := 1
	if q != nil {
		rows = q.Shape()[0]
	}
	for a := range rows {
		for i, s := range step {
			v := float64(b.Value().Data[i])
			if q != nil {
				v += float64(q.Value().Data[a*len(step)+i])
			}
			all = append(all, nearest(v/float64(s)*unit))
		}
	}
	return all
}

// newLastLayer returns the layer of size means and as many logarithms of
// scales. One of a mean is worth a natural unit, one of a logarithm an octave.
func newLastLayer(c conv, size int) intLayer {
	l := newLayer(c.w)
	l.weights, l.scale = integers(c.w)
	l.bias = biases(c.b, nil, l.scale, activationUnit)
	for i := range l.scale {
		if l.scale[i] /= activationUnit; i >= size {
			l.scale[i] *= math.Log2E
		}
	}
	return l
}
