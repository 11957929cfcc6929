package nn

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"

	"github.com/hourglass-codec/hourglass/graph"
)

// A Builder begins networks. All layers that descend from its inputs have
// names of their own and initial weights from its seed. The zero Builder is
// ready for use.
type Builder struct {
	// Seed decides the initial weights, dropout and noise. A weight called
	// "dense/kernel" draws from the generator PCG-DXSM of math/rand/v2 with
	// state (Seed, h), h being the 64-bit FNV-1a hash of that name: the other
	// layers of the network do not matter to it.
	Seed uint64

	names map[string]bool
	// stored, if not nil, has the weights of a network that is being loaded.
	stored map[string]*graph.Tensor
}

// Input returns a new input for samples of the given shape, without the batch.
// With an empty name it is called input_1, input_2 and so on.
func (b *Builder) Input(name string, shape ...int) *Node {
	in := &inputLayer{builder: b}
	in.name = b.claim(name, "input", 1)
	full := append(graph.Shape{graph.Unknown}, shape...)
	for _, d := range shape {
		if d < 1 {
			panic(&BuildError{in.name, fmt.Errorf("an input of shape %v", full)})
		}
	}
	app := &application{layer: in}
	app.out = []*Node{{app: app, shape: full}}
	return app.out[0]
}

// claim reserves a layer's name. An empty one becomes the first free one of
// stem_number, stem_number+1, ..., where stem_0 is stem itself.
func (b *Builder) claim(name, stem string, number int) string {
	if b.names == nil {
		b.names = map[string]bool{}
	}
	for made := name == ""; name == "" || made && b.names[name]; number++ {
		name = stem
		if number > 0 {
			name = fmt.Sprintf("%s_%d", stem, number)
		}
	}
	if b.names[name] {
		panic(&BuildError{name, errors.New("a second layer of this name")})
	}
	b.names[name] = true
	return name
}

// random returns the generator for what is called name.
func (b *Builder) random(name string) *rand.PCG {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.NewPCG(b.Seed, h.Sum64())
}

// A BuildError says which layer cannot be built and why. Functions that build
// networks panic with it.
type BuildError struct {
	Layer string
	Err   error
}

func (e *BuildError) Error() string { return fmt.Sprintf("nn: layer %q: %v", e.Layer, e.Err) }

// Unwrap returns the reason.
func (e *BuildError) Unwrap() error { return e.Err }

// kindOf returns the name of a layer's type, as summaries show it.
func kindOf(c Config) string { return reflect.TypeOf(c).Name() }

// nameOf returns what the Name field of every Config says.
func nameOf(c Config) string { return reflect.ValueOf(c).FieldByName("Name").String() }

var (
	wordStart = regexp.MustCompile(`(.)([A-Z][a-z0-9]+)`)
	camelHump = regexp.MustCompile(`([a-z])([A-Z])`)
)

// snakeCase turns a type's name into a layer's as Keras does: MaxPooling2D
// becomes max_pooling2d.
func snakeCase(kind string) string {
	s := wordStart.ReplaceAllString(kind, "${1}_$2")
	return strings.ToLower(camelHump.ReplaceAllString(s, "${1}_$2"))
}
