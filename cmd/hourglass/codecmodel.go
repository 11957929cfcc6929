package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/builtin"
	"github.com/hourglass-codec/hourglass/train"
)

// encodeFlags say how images are encoded.
type encodeFlags struct {
	model           string
	quality, effort int
	embed, fallback bool
}

func (f *encodeFlags) add(c *cobra.Command) {
	modelFlag(c, &f.model, "model to encode with")
	c.Flags().IntVar(&f.quality, "quality", 0, fmt.Sprintf("%d to %d; more is better and larger (default %d)",
		hourglass.MinQuality, hourglass.MaxQuality, hourglass.DefaultQuality))
	c.Flags().IntVar(&f.effort, "effort", 0, "how many times to refine codes, for fewer bytes in more time")
	c.Flags().BoolVar(&f.embed, "embed-model", false, "put the model into the file, for those who do not have it")
	c.Flags().BoolVar(&f.fallback, "lossless-fallback", false, "store images without loss that are of another kind than the model is for")
}

// modelFlag adds the flag --model of commands that encode or decode.
func modelFlag(c *cobra.Command, name *string, what string) {
	c.Flags().StringVar(name, "model", "", what+": "+modelForms())
	complete(c, "model", builtin.Names())
}

// modelForms says what names a model.
func modelForms() string {
	forms := append(builtin.Names(), "a model file", "the folder of a run")
	return strings.Join(forms[:len(forms)-1], ", ") + " or " + forms[len(forms)-1]
}

// maxModelFile is the size of the largest file that is taken for a model's.
const maxModelFile = 1 << 24

// codecModel returns the model that the user means by name.
func codecModel(name string) (*hourglass.Model, error) {
	if slices.Contains(builtin.Names(), name) {
		return builtin.Model(name)
	}
	path, err := modelPath(name)
	if err != nil {
		return nil, err
	}
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.close()
	m, err := f.model()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// modelPath returns the path of a model file, given it or the folder of a run.
func modelPath(name string) (string, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("there is no model %s", quote(name))
		if near := nearest(filepath.Base(name), builtin.Names()); near != "" {
			return "", &adviceError{err, fmt.Sprintf("did you mean %s?", near)}
		}
		return "", &adviceError{err, "--model wants " + modelForms()}
	case err != nil:
		return "", err
	case info.IsDir():
		run, err := train.Open(name)
		if err != nil {
			return "", err
		}
		return run.BestPath(), nil
	}
	return name, nil
}

// model parses a model file.
func (s *seekable) model() (*hourglass.Model, error) {
	if s.size > maxModelFile {
		return nil, errors.New("too large for a model file")
	}
	file, err := io.ReadAll(s.reader())
	if err != nil {
		return nil, err
	}
	return hourglass.ParseModel(file)
}

// neededModel is [codecModel] for a model that must be named.
func neededModel(name string) (*hourglass.Model, error) {
	if name == "" {
		return nil, errors.New("which model? Give --model: " + modelForms() + " (hourglass train makes one)")
	}
	return codecModel(name)
}

// decodeOptions returns the options of commands that decode. name is a model to
// know beside the built-in ones, or "".
func decodeOptions(name string, threads int) (*hourglass.DecodeOptions, error) {
	o := &hourglass.DecodeOptions{Threads: threads}
	if name == "" {
		return o, nil
	}
	m, err := codecModel(name)
	if err != nil {
		return nil, err
	}
	o.Models = []*hourglass.Model{m}
	return o, nil
}

// adviseModel says what to do if there is no model to decode a file with.
func adviseModel(err error) error {
	if errors.Is(err, hourglass.ErrUnknownModel) {
		return &adviceError{err, "name its file by --model"}
	}
	return err
}

// modelName returns how people name a model: as it is built in, or by the
// beginning of its ID.
func modelName(m *hourglass.Model) string {
	if name := builtin.NameOf(m.ID()); name != "" {
		return name
	}
	return m.ID().String()[:10]
}

// An image that takes this many times the bytes of those that the model was
// trained on is most likely of another kind.
const farAbove = 3

// warnOfRate warns if n images, whose codes have so many bytes, are not of the
// kind that the model is for.
func (p *program) warnOfRate(m *hourglass.Model, quality, n int, bytes int64) {
	each, expected := float64(bytes)/float64(n), m.ExpectedBytes(quality)
	if each > farAbove*expected {
		p.remark("warning: %.0f bytes an image, where images of the kind that the model was trained on take %.0f: is it the right model?",
			each, expected)
	}
}
