package hourglass

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// registry holds the models that all decoding knows.
var registry struct {
	sync.Mutex
	models []*Model // no two of the same ID
	later  []func() ([]*Model, error)
}

// Register makes models known to everything in the program that decodes. To
// register one again changes nothing.
func Register(models ...*Model) {
	registry.Lock()
	defer registry.Unlock()
	register(models)
}

// RegisterFunc registers the models that load returns, once a model is first
// looked for. An error of load becomes that of whatever looks for a model. load
// must not call this package's functions but [ParseModel].
func RegisterFunc(load func() ([]*Model, error)) {
	registry.Lock()
	defer registry.Unlock()
	registry.later = append(registry.later, load)
}

// register is [Register] for who holds the lock.
func register(models []*Model) {
	for _, m := range models {
		registry.models = addModel(registry.models, m)
	}
}

// addModel adds a model to a list unless it is there.
func addModel(list []*Model, m *Model) []*Model {
	if byID(list, m.id) != nil {
		return list
	}
	return append(list, m)
}

// registered returns all registered models.
func registered() ([]*Model, error) {
	registry.Lock()
	defer registry.Unlock()
	for len(registry.later) > 0 {
		models, err := registry.later[0]()
		if err != nil {
			return nil, fmt.Errorf("hourglass: registered models: %w", err)
		}
		register(models)
		registry.later = registry.later[1:]
	}
	return registry.models[:len(registry.models):len(registry.models)], nil
}

// known returns the models that o and the registry have.
func (o *DecodeOptions) known() ([]*Model, error) {
	list, err := registered()
	if err != nil {
		return nil, err
	}
	for _, m := range o.Models {
		list = addModel(list, m)
	}
	return list, nil
}

// ofImage returns the model that an image names: the one inside it, or else the
// only known one whose ID begins with the name.
func (o *DecodeOptions) ofImage(m *container.Image) (*Model, error) {
	known, err := o.known()
	if err != nil {
		return nil, err
	}
	if m.Chunk(container.ChunkModel) != nil && !o.IgnoreEmbedded {
		return inside(m.EmbeddedModel, known)
	}
	var found *Model
	for _, k := range known {
		switch {
		case k.id.Short() != m.Model:
		case found != nil:
			return nil, fmt.Errorf("hourglass: %w: %v may be %v or %v", ErrUnknownModel, m.Model, found.id, k.id)
		default:
			found = k
		}
	}
	if found == nil {
		return nil, fmt.Errorf("hourglass: %w: the image is by model %v, which is not at hand", ErrUnknownModel, m.Model)
	}
	return found, nil
}

// ofArchive returns the model that an archive names: a known one, or else the
// one inside it.
func (o *DecodeOptions) ofArchive(r *container.Reader) (*Model, error) {
	known, err := o.known()
	if err != nil {
		return nil, err
	}
	id := r.Header().Model
	if m := byID(known, id); m != nil {
		return m, nil
	}
	if !o.IgnoreEmbedded {
		m, err := inside(r.EmbeddedModel, known)
		if !errors.Is(err, ErrUnknownModel) {
			return m, err
		}
	}
	return nil, fmt.Errorf("hourglass: %w: the archive is by model %v, which is not at hand", ErrUnknownModel, id)
}

// inside returns the model that read returns the file of.
func inside(read func() ([]byte, error), known []*Model) (*Model, error) {
	file, err := read()
	if err != nil {
		return nil, err
	}
	if m := byID(known, container.IDOf(file)); m != nil {
		return m, nil
	}
	m, err := ParseModel(file)
	if err != nil {
		return nil, fmt.Errorf("hourglass: %w: the model inside the file: %w", ErrCorrupt, err)
	}
	return m, nil
}

// byID returns the model of a list that has an ID, or nil.
func byID(list []*Model, id container.ModelID) *Model {
	for _, m := range list {
		if m.id == id {
			return m
		}
	}
	return nil
}
