package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/dataset/idx"
	"github.com/hourglass-codec/hourglass/dataset/npy"
)

// A packSource has the images that go into an archive.
type packSource struct {
	n      int
	names  []string // of the images; nil for those of an array
	labels []int    // nil if there are none
	add    func(w *hourglass.ArchiveWriter, i int, info hourglass.Info) error
}

// info returns what is to be kept of image i.
func (s *packSource) info(i int) (info hourglass.Info) {
	if s.names != nil {
		info.Name = s.names[i]
	}
	if s.labels != nil {
		info.Label = s.labels[i]
	}
	return info
}

// openSource opens what the user wants to be packed: pictures and folders of
// them, or one array.
func (p *program) openSource(inputs []string, labels string, m *hourglass.Model) (*packSource, error) {
	s, err := p.openImages(inputs, m)
	if err != nil || labels == "" {
		return s, err
	}
	if s.labels, err = readLabels(labels); err != nil {
		return nil, fmt.Errorf("%s: %w", labels, err)
	}
	if len(s.labels) != s.n {
		return nil, fmt.Errorf("%s has %d labels for %d images", labels, len(s.labels), s.n)
	}
	return s, nil
}

func (p *program) openImages(inputs []string, m *hourglass.Model) (*packSource, error) {
	if len(inputs) == 1 {
		name := inputName(inputs[0])
		switch a, err := p.readArray(inputs[0]); {
		case a == nil && err != nil:
			return nil, err
		case err != nil:
			return nil, fmt.Errorf("%s: %w", name, err)
		case a != nil:
			return arraySource(name, a, m)
		}
	}
	return pictureSource(inputs, m)
}

// array is (N, H, W) or (N, H, W, C).
type array struct {
	shape []int
	pix   []uint8
}

// maxArray is the most bytes of an array: what can be addressed.
const maxArray = math.MaxInt64

var (
	gzipMagic = []byte("\x1f\x8b")
	npyMagic  = []byte("\x93NUMPY")
	idxMagic  = []byte{0, 0, 8}
)

// readArray reads an array of images; nil if the input is none.
func (p *program) readArray(name string) (*array, error) {
	if info, err := os.Stat(name); name != standard && (err != nil || info.IsDir()) {
		return nil, err
	}
	in, err := p.openInput(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := bufio.NewReader(in)
	head, err := r.Peek(len(npyMagic))
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, npyMagic):
		shape, pix, err := npy.Read[uint8](r, npy.Options{MaxBytes: maxArray})
		return &array{shape, pix}, err
	case bytes.HasPrefix(head, gzipMagic), bytes.HasPrefix(head, idxMagic):
		a, err := idx.Read(r, idx.Options{MaxBytes: maxArray})
		if err != nil {
			return &array{}, err
		}
		return &array{a.Shape, a.Data}, nil
	case name == standard:
		return &array{}, errors.New("it is neither an idx nor an .npy file; for a list of pictures there is --files-from")
	}
	return nil, nil
}

func arraySource(name string, a *array, m *hourglass.Model) (*packSource, error) {
	shape := a.shape
	if len(shape) == 3 {
		shape = append(slices.Clone(shape), 1)
	}
	if want := modelShape(m); len(shape) != 4 || !slices.Equal(shape[1:], want) {
		return nil, fmt.Errorf("%s is an array of %s; the model takes images of %s (rows x columns x channels): choose another model",
			name, dims(a.shape), dims(want))
	}
	size := shape[1] * shape[2] * shape[3]
	return &packSource{n: shape[0], add: func(w *hourglass.ArchiveWriter, i int, info hourglass.Info) error {
		return w.AddPix(a.pix[i*size:(i+1)*size], info)
	}}, nil
}

// readLabels reads an idx file of labels, (N).
func readLabels(name string) ([]int, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := idx.Read(f, idx.Options{})
	if err != nil {
		return nil, err
	}
	if len(a.Shape) != 1 {
		return nil, fmt.Errorf("an array of %s; labels have one dimension", dims(a.Shape))
	}
	labels := make([]int, len(a.Data))
	for i, l := range a.Data {
		labels[i] = int(l)
	}
	return labels, nil
}

// pictureSource lists pictures, in the order in which they are named, and those
// of a folder by name.
func pictureSource(inputs []string, m *hourglass.Model) (*packSource, error) {
	var paths, names []string
	for _, in := range inputs {
		info, err := os.Stat(in)
		switch {
		case err != nil:
			return nil, err
		case !info.IsDir():
			paths, names = append(paths, in), append(names, storedName(in))
			continue
		}
		inside, err := picturesIn(in)
		if err != nil {
			return nil, err
		}
		for _, name := range inside {
			paths = append(paths, filepath.Join(in, filepath.FromSlash(name)))
			if len(inputs) > 1 {
				name = path.Join(storedName(in), name)
			}
			names = append(names, name)
		}
	}
	return &packSource{n: len(paths), names: names, add: func(w *hourglass.ArchiveWriter, i int, info hourglass.Info) error {
		return addPicture(w, paths[i], info)
	}}, nil
}

// storedName returns the name that an archive keeps of a path: all of it, if it
// leads down from the working folder, otherwise its end.
func storedName(p string) string {
	if filepath.IsLocal(p) {
		return filepath.ToSlash(filepath.Clean(p))
	}
	return filepath.Base(p)
}

func addPicture(w *hourglass.ArchiveWriter, path string, info hourglass.Info) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := decodePicture(f, w.Model())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return w.Add(img, info)
}

// pictureTypes are the extensions of the pictures that are taken from a folder.
var pictureTypes = []string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".hgi"}

func isPicture(name string) bool {
	return slices.Contains(pictureTypes, strings.ToLower(path.Ext(name)))
}

// picturesIn lists the pictures in a folder and those below it, hidden ones left
// out.
func picturesIn(dir string) (names []string, err error) {
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && isPicture(name):
			names = append(names, name)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: there are no pictures in the folder (%s)", dir, strings.Join(pictureTypes, " "))
	}
	return names, err
}

// readList reads the paths of pictures, one a line.
func (p *program) readList(name string) (paths []string, err error) {
	in, err := p.openInput(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if line := strings.TrimSuffix(lines.Text(), "\r"); line != "" {
			paths = append(paths, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", inputName(name), err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s names no pictures", inputName(name))
	}
	return paths, nil
}
