package optim

import (
	"github.com/hourglass-codec/hourglass/graph"
)

// An Optimizer changes variables so that a loss becomes smaller.
type Optimizer interface {
	// Minimize returns a node for each variable that, fetched in a run, moves
	// it against the gradient of the scalar loss. Each call makes new state,
	// which [Slots] lists. It panics if the loss is not a scalar or the
	// settings make no sense.
	Minimize(loss *graph.Node, vars []*graph.Variable) []*graph.Node
}

// SGD is stochastic gradient descent, with momentum if Momentum is not 0
// ([graph.SGDRule]).
type SGD struct {
	LearningRate Schedule // nil means Constant(0.01)
	Momentum     float64  // in [0, 1)
	Nesterov     bool     // look ahead along the momentum
	Clip         Clipping // nil means none
}

// Minimize implements [Optimizer].
func (o SGD) Minimize(loss *graph.Node, vars []*graph.Variable) []*graph.Node {
	rule := graph.SGDRule{Momentum: o.Momentum, Nesterov: o.Nesterov}
	return minimize("sgd", rule, orRate(o.LearningRate, 0.01), o.Clip, loss, vars)
}

// Adagrad divides each weight's rate by the root of the sum of its squared
// gradients ([graph.AdagradRule]).
type Adagrad struct {
	LearningRate       Schedule // nil means Constant(0.001)
	InitialAccumulator float64  // 0 means 0.1
	Epsilon            float64  // 0 means 1e-7
	Clip               Clipping // nil means none
}

// Minimize implements [Optimizer].
func (o Adagrad) Minimize(loss *graph.Node, vars []*graph.Variable) []*graph.Node {
	rule := graph.AdagradRule{
		InitialAccumulator: or(o.InitialAccumulator, 0.1),
		Epsilon:            or(o.Epsilon, 1e-7),
	}
	return minimize("adagrad", rule, orRate(o.LearningRate, 0.001), o.Clip, loss, vars)
}

// RMSprop divides each weight's rate by the root of a moving average of its
// squared gradients ([graph.RMSpropRule]).
type RMSprop struct {
	LearningRate Schedule // nil means Constant(0.001)
	Rho          float64  // decay of the average; 0 means 0.9
	Epsilon      float64  // 0 means 1e-7
	Clip         Clipping // nil means none
}

// Minimize implements [Optimizer].
func (o RMSprop) Minimize(loss *graph.Node, vars []*graph.Variable) []*graph.Node {
	rule := graph.RMSpropRule{Rho: or(o.Rho, 0.9), Epsilon: or(o.Epsilon, 1e-7)}
	return minimize("rmsprop", rule, orRate(o.LearningRate, 0.001), o.Clip, loss, vars)
}

// Adam keeps moving averages of the gradient and of its square, both corrected
// for their start at 0 ([graph.AdamRule]).
type Adam struct {
	LearningRate Schedule // nil means Constant(0.001)
	Beta1        float64  // decay of the gradient's average; 0 means 0.9
	Beta2        float64  // decay of the square's average; 0 means 0.999
	Epsilon      float64  // 0 means 1e-7
	Clip         Clipping // nil means none
}

// Minimize implements [Optimizer].
func (o Adam) Minimize(loss *graph.Node, vars []*graph.Variable) []*graph.Node {
	rule := graph.AdamRule{Beta1: or(o.Beta1, 0.9), Beta2: or(o.Beta2, 0.999), Epsilon: or(o.Epsilon, 1e-7)}
	return minimize("adam", rule, orRate(o.LearningRate, 0.001), o.Clip, loss, vars)
}

// AdamW is [Adam] with weight decay that does not pass through the moving
// averages ([graph.AdamRule]).
type AdamW struct {
	LearningRate Schedule // nil means Constant(0.001)
	WeightDecay  float64  // 0 means 0.004; for none use Adam
	Beta1        float64  // 0 means 0.9
	Beta2        float64  // 0 means 0.999
	Epsilon      float64  // 0 means 1e-7
	Clip         Clipping // nil means none
}

// Minimize implements [Optimizer].
func (o AdamW) Minimize(loss *graph.Node, vars []*graph.Variable) []*graph.Node {
	rule := graph.AdamRule{
		Beta1: or(o.Beta1, 0.9), Beta2: or(o.Beta2, 0.999), Epsilon: or(o.Epsilon, 1e-7),
		WeightDecay: or(o.WeightDecay, 0.004),
	}
	return minimize("adamw", rule, orRate(o.LearningRate, 0.001), o.Clip, loss, vars)
}

// or returns v, or the default if v is 0.
func or(v, byDefault float64) float64 {
	if v == 0 {
		return byDefault
	}
	return v
}

func orRate(s Schedule, byDefault float64) Schedule {
	if s == nil {
		return Constant(byDefault)
	}
	return s
}

// minimize makes one update of each variable by rule. A slot is called
// <variable>/<name>/<slot>.
func minimize(name string, rule graph.UpdateRule, rate Schedule, clip Clipping,
	loss *graph.Node, vars []*graph.Variable) []*graph.Node {
	if loss.Shape().Elements() != 1 {
		panic(&graph.ShapeError{Op: name, Shapes: []graph.Shape{loss.Shape()}, Reason: "the loss must be a scalar"})
	}
	xs := make([]graph.Value, len(vars))
	for i, v := range vars {
		xs[i] = v
	}
	gradients := graph.Gradients(loss, xs...)
	var factor graph.Value
	if clip != nil {
		gradients, factor = clip.clip(gradients)
	}
	r := graph.HostScalar("learning rate", rate.Rate)
	updates := make([]*graph.Node, len(vars))
	for i, v := range vars {
		updates[i] = graph.Update(rule, v, newSlots(name, rule, v), gradients[i], r, factor)
	}
	return updates
}

func newSlots(name string, rule graph.UpdateRule, v *graph.Variable) []*graph.Variable {
	var slots []*graph.Variable
	for _, s := range rule.Slots() {
		value := graph.NewTensor(v.Shape()...)
		for i := range value.Data {
			value.Data[i] = s.Initial
		}
		slots = append(slots, graph.NewState(v.Name()+"/"+name+"/"+s.Name, value))
	}
	return slots
}

// Slots returns the state that the updates keep between runs, in order. A
// checkpoint must hold it beside the variables.
func Slots(updates []*graph.Node) []*graph.Variable {
	var slots []*graph.Variable
	for _, n := range updates {
		if u, ok := n.Op().(*graph.UpdateOp); ok {
			slots = append(slots, u.Slots...)
		}
	}
	return slots
}
