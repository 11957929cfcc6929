package graph

import "fmt"

// An UpdateRule is how an optimiser changes a variable: one of the *Rule
// structs of this package. The symbols in their comments: w is the variable, g
// its gradient, scaled; rate the first of the update's scalars.
type UpdateRule interface {
	fmt.Stringer
	// Slots names the state tensors that the rule keeps for each variable, with
	// their initial values.
	Slots() []Slot
}

// A Slot is a state tensor of an update rule.
type Slot struct {
	Name    string
	Initial float32
}

// SGDRule is stochastic gradient descent: w -= rate*g; with momentum m,
// v = m*v + g and w -= rate*v, or w -= rate*(g + m*v) with Nesterov set
// (Sutskever et al., "On the importance of initialization and momentum in deep
// learning", 2013).
type SGDRule struct {
	Momentum float64
	Nesterov bool
}

func (r SGDRule) String() string { return "SGD" }

// Slots implements [UpdateRule].
func (r SGDRule) Slots() []Slot {
	if r.Momentum == 0 {
		return nil
	}
	return []Slot{{Name: "velocity"}}
}

// AdagradRule is a += g*g, w -= rate*g/(sqrt(a) + Epsilon) (Duchi, Hazan and
// Singer, "Adaptive Subgradient Methods", 2011).
type AdagradRule struct{ InitialAccumulator, Epsilon float64 }

func (r AdagradRule) String() string { return "Adagrad" }

// Slots implements [UpdateRule].
func (r AdagradRule) Slots() []Slot {
	return []Slot{{Name: "accumulator", Initial: float32(r.InitialAccumulator)}}
}

// RMSpropRule is s = Rho*s + (1-Rho)*g*g, w -= rate*g/(sqrt(s) + Epsilon)
// (Tieleman and Hinton, 2012).
type RMSpropRule struct{ Rho, Epsilon float64 }

func (r RMSpropRule) String() string { return "RMSprop" }

// Slots implements [UpdateRule].
func (r RMSpropRule) Slots() []Slot { return []Slot{{Name: "mean_square"}} }

// AdamRule is Algorithm 1 of Kingma and Ba, "Adam: A Method for Stochastic
// Optimization", 2015: m = Beta1*m + (1-Beta1)*g, v = Beta2*v + (1-Beta2)*g*g,
// w -= rate/(1-Beta1^t) * m / (sqrt(v/(1-Beta2^t)) + Epsilon), where t is the
// number of the step from 1. With WeightDecay d, w -= rate*d*w first: AdamW
// (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019).
type AdamRule struct{ Beta1, Beta2, Epsilon, WeightDecay float64 }

func (r AdamRule) String() string { return "Adam" }

// Slots implements [UpdateRule].
func (r AdamRule) Slots() []Slot { return []Slot{{Name: "m"}, {Name: "v"}} }

// UpdateOp changes a variable by a rule. Its inputs are the gradient, the
// learning rate (a scalar) and a factor (a scalar) that scales the gradient. It
// happens after everything else in a run; its own value is empty.
type UpdateOp struct {
	Rule     UpdateRule
	Variable *Variable
	Slots    []*Variable
}

func (o *UpdateOp) String() string { return o.Rule.String() + " of " + o.Variable.name }

func (o *UpdateOp) infer(in []Shape) Shape {
	if !in[0].Equal(o.Variable.Shape()) {
		fail(o, in, "the gradient must have the variable's shape %v", o.Variable.Shape())
	}
	if in[1].Elements() != 1 || in[2].Elements() != 1 {
		fail(o, in, "learning rate and gradient factor must be scalars")
	}
	return Shape{0}
}

func (o *UpdateOp) grad(_, _ *Node) []*Node { panic("graph: an update has no gradient") }

// Update returns a node that, fetched in a run, changes v by rule after all
// else in the run. slots are the rule's state, in order. factor scales the
// gradient; nil means 1.
func Update(rule UpdateRule, v *Variable, slots []*Variable, gradient, rate, factor Value) *Node {
	if factor == nil {
		factor = Scalar(1)
	}
	if len(slots) != len(rule.Slots()) {
		panic(fmt.Sprintf("graph: %v keeps %d slots, got %d", rule, len(rule.Slots()), len(slots)))
	}
	return newNode(&UpdateOp{rule, v, slots}, gradient, rate, factor)
}

// AssignOp gives a variable a new value after all else in a run.
type AssignOp struct{ Variable *Variable }

func (o *AssignOp) String() string { return "assignment to " + o.Variable.name }

func (o *AssignOp) infer(in []Shape) Shape {
	if !in[0].Equal(o.Variable.Shape()) {
		fail(o, in, "the value must have the variable's shape %v", o.Variable.Shape())
	}
	return Shape{0}
}

func (o *AssignOp) grad(_, _ *Node) []*Node { panic("graph: an assignment has no gradient") }

// Assign returns a node that, fetched in a run, sets v to value after all else
// in the run.
func Assign(v *Variable, value Value) *Node { return newNode(&AssignOp{v}, value) }
