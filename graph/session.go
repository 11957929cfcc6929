package graph

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/hourglass-codec/hourglass/internal/kernel"
)

// SessionOptions configure a session.
type SessionOptions struct {
	// Threads is the number of threads that share the work of one run; 0
	// means runtime.GOMAXPROCS(0). It never changes a result.
	Threads int
	// Precision is that of products and convolutions; see [BF16].
	Precision Precision
}

// A Session plans and runs graphs. Sessions of float32 read and write the
// values of variables in place, so that sessions see each other's updates; a
// float64 session works on its own copies. A session and its programs are for
// one goroutine at a time.
type Session[T Float] struct {
	pool     *kernel.Pool
	precise  Precision
	copies   map[*Variable][]T // of a float64 session
	programs map[string]*Program[T]
	step     int64
}

// NewSession returns a session. Close it to end its threads at once; else they
// end when it is garbage collected.
func NewSession[T Float](opts SessionOptions) *Session[T] {
	s := &Session[T]{
		pool:     kernel.NewPool(opts.Threads),
		precise:  opts.Precision,
		copies:   map[*Variable][]T{},
		programs: map[string]*Program[T]{},
	}
	runtime.AddCleanup(s, (*kernel.Pool).Close, s.pool)
	return s
}

// Close ends the session's threads. Its programs must not run any more.
func (s *Session[T]) Close() { s.pool.Close() }

// Values returns the session's values of v, to be read or changed between
// runs: v's own for float32, the session's copy for float64.
func (s *Session[T]) Values(v *Variable) []T {
	if same, ok := any(v.value.Data).([]T); ok {
		return same
	}
	c, ok := s.copies[v]
	if !ok {
		c = convert[T](v.value.Data)
		s.copies[v] = c
	}
	return c
}

// convert returns a copy of x as []T.
func convert[T Float](x []float32) []T {
	out := make([]T, len(x))
	for i, v := range x {
		out[i] = T(v)
	}
	return out
}

// Run plans, or finds the plan for, the fetches at the shapes of the feeds,
// runs it, and returns copies of the fetched values. Fetched updates make it a
// training step, which the session counts. For a loop without allocation use
// [Session.Plan].
func (s *Session[T]) Run(feeds map[*Node]*Array[T], fetches ...*Node) ([]*Array[T], error) {
	p, err := s.planFor(feeds, fetches)
	if err != nil {
		return nil, err
	}
	for ph, value := range feeds {
		copy(p.Input(ph), value.Data)
	}
	if err := p.Run(s.step); err != nil {
		return nil, err
	}
	if p.updates {
		s.step++
	}
	out := make([]*Array[T], len(fetches))
	for i, n := range fetches {
		v := p.Output(n)
		out[i] = &Array[T]{Shape: v.Shape, Data: append([]T(nil), v.Data...)}
	}
	return out, nil
}

// planFor returns a program for fetches at the shapes of feeds, kept for the
// next time.
func (s *Session[T]) planFor(feeds map[*Node]*Array[T], fetches []*Node) (*Program[T], error) {
	var key strings.Builder
	shapes := map[*Node]Shape{}
	for _, n := range topological(fetches...) {
		if _, ok := n.op.(*Input); !ok {
			continue
		}
		if f, ok := feeds[n]; ok {
			shapes[n] = f.Shape
			fmt.Fprintf(&key, "%p%v", n, f.Shape)
		}
	}
	for _, n := range fetches {
		fmt.Fprintf(&key, "|%p", n)
	}
	if p, ok := s.programs[key.String()]; ok {
		return p, nil
	}
	p, err := s.PlanShapes(shapes, fetches...)
	if err == nil {
		s.programs[key.String()] = p
	}
	return p, err
}

// Plan prepares a program that computes the fetches, Unknown dimensions of
// placeholders being batch. Fetches may include updates and assignments.
func (s *Session[T]) Plan(batch int, fetches ...*Node) (*Program[T], error) {
	return s.PlanSame(batch, nil, fetches...)
}

// PlanSame is [Session.Plan] for when some placeholders, the keys of same,
// always have the value of others, what they map to: an autoencoder's target
// is its input. Only the others have an [Program.Input].
func (s *Session[T]) PlanSame(batch int, same map[*Node]*Node, fetches ...*Node) (*Program[T], error) {
	shapes := map[*Node]Shape{}
	for _, n := range topological(fetches...) {
		if in, ok := n.op.(*Input); ok {
			shape := make(Shape, len(in.Shape))
			for i, d := range in.Shape {
				if d == Unknown {
					d = batch
				}
				shape[i] = d
			}
			shapes[n] = shape
		}
	}
	for n, other := range same {
		if shapes[n] != nil && !shapes[n].Equal(shapes[other]) {
			return nil, fmt.Errorf("graph: %v of shape %v cannot stand for %v of shape %v", other.op, shapes[other], n.op, shapes[n])
		}
	}
	return s.plan(shapes, same, fetches)
}

// PlanShapes prepares a program that computes the fetches for placeholders of
// the given shapes.
func (s *Session[T]) PlanShapes(shapes map[*Node]Shape, fetches ...*Node) (*Program[T], error) {
	return s.plan(shapes, nil, fetches)
}

func (s *Session[T]) plan(shapes map[*Node]Shape, same map[*Node]*Node, fetches []*Node) (p *Program[T], err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *ShapeError: // the placeholders' shapes do not go together
			p, err = nil, e
		default:
			panic(e)
		}
	}()
	for _, n := range topological(fetches...) {
		in, ok := n.op.(*Input)
		if !ok {
			continue
		}
		given, ok := shapes[n]
		if !ok {
			return nil, fmt.Errorf("graph: %v has no value", in)
		}
		if !given.Known() || !fits(given, in.Shape) {
			return nil, fmt.Errorf("graph: %v of shape %v cannot take shape %v", in, in.Shape, given)
		}
	}
	return newPlanner(s, shapes, same, fetches).program(), nil
}

// fits reports whether a tensor of known shape may stand for declared.
func fits(known, declared Shape) bool {
	if len(known) != len(declared) {
		return false
	}
	for i, d := range declared {
		if d != Unknown && d != known[i] {
			return false
		}
	}
	return true
}

// A Program is a planned computation: its memory is laid out and its steps
// are prepared, so that Run allocates nothing.
type Program[T Float] struct {
	session *Session[T] // whose threads the steps use: it lives as long as its programs
	inputs  map[*Node][]T
	outputs map[*Node]Array[T]
	steps   []step
	updates bool
	bytes   int
}

// A step is one prepared piece of a run; number counts training steps.
type step func(number int64)

// Input returns the buffer of a placeholder, to be filled before each run. It
// is nil if the fetches do not need the placeholder.
func (p *Program[T]) Input(placeholder *Node) []T { return p.inputs[placeholder] }

// Output returns the value of a fetch, valid until the next run. It panics if n
// was not fetched.
func (p *Program[T]) Output(n *Node) Array[T] {
	out, ok := p.outputs[n]
	if !ok {
		panic(fmt.Sprintf("graph: %v was not fetched", n.op))
	}
	return out
}

// Run computes the fetches. step is the number of training steps done before:
// update rules, host values and random numbers depend on it.
func (p *Program[T]) Run(step int64) error {
	for _, f := range p.steps {
		f(step)
	}
	runtime.KeepAlive(p.session)
	return nil
}

// Memory returns the bytes of the program's buffers, without variables and the
// kernels' own scratch.
func (p *Program[T]) Memory() int { return p.bytes }
