// Package builtin has models in the program: for the digits of MNIST and for the
// clothes of Fashion-MNIST. To import it registers them, and the format .hgi
// with package image:
//
//	import _ "github.com/hourglass-codec/hourglass/builtin"
//
// A model is parsed when one is first looked for.
package builtin

import (
	"embed"
	"fmt"
	"image"
	"path"
	"strings"
	"sync"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/internal/container"
)

// files has a file NAME.safetensors for each model.
//
//go:embed *.safetensors
var files embed.FS

const extension = ".safetensors"

func init() {
	hourglass.RegisterFunc(all)
	image.RegisterFormat("hgi", container.ImageMagic, hourglass.Decode, hourglass.DecodeConfig)
}

// Names returns the names of the models, in order.
func Names() (names []string) {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the folder is in the program
	}
	for _, e := range entries {
		if path.Ext(e.Name()) == extension {
			names = append(names, strings.TrimSuffix(e.Name(), extension))
		}
	}
	return names
}

// Model returns the model of a name.
func Model(name string) (*hourglass.Model, error) {
	models, err := byName()
	if err != nil {
		return nil, err
	}
	m, ok := models[name]
	if !ok {
		return nil, fmt.Errorf("builtin: no model %q is built in", name)
	}
	return m, nil
}

// NameOf returns the name of the model that has an ID, or "" if it is not built
// in.
func NameOf(id hourglass.ModelID) string {
	models, err := byName()
	if err != nil {
		return ""
	}
	for name, m := range models {
		if m.ID() == id {
			return name
		}
	}
	return ""
}

// byName parses all models.
var byName = sync.OnceValues(func() (map[string]*hourglass.Model, error) {
	models := map[string]*hourglass.Model{}
	for _, name := range Names() {
		file, err := files.ReadFile(name + extension)
		if err != nil {
			return nil, err
		}
		if models[name], err = hourglass.ParseModel(file); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return models, nil
})

// all returns the models.
func all() (list []*hourglass.Model, err error) {
	models, err := byName()
	for _, m := range models {
		list = append(list, m)
	}
	return list, err
}
