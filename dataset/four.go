package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hourglass-codec/hourglass/dataset/idx"
)

// The files of a set published like MNIST, in the order of a four.
var fourNames = [4]string{
	"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
	"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
}

// four is where the four files of a set like MNIST are, "" for a missing one.
type four struct {
	dir   string
	paths [4]string
}

// findFour looks for the four files in dir, compressed or not, and also under
// the names that unpacking programs give them (train-images.idx3-ubyte).
func findFour(dir string) four {
	f := four{dir: dir}
	for i, name := range fourNames {
		dotted := strings.Replace(name, "-idx", ".idx", 1)
		for _, variant := range []string{name + ".gz", name, dotted + ".gz", dotted} {
			path := filepath.Join(dir, variant)
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				f.paths[i] = path
				break
			}
		}
	}
	return f
}

// any reports whether one of the files is there.
func (f four) any() bool { return f.paths != [4]string{} }

// complete returns an error that names a missing file.
func (f four) complete() error {
	if i := slices.Index(f.paths[:], ""); i >= 0 {
		return fmt.Errorf("dataset: %s (or .gz) is missing in %s, which has other files of the set", fourNames[i], f.dir)
	}
	return nil
}

// read reads the files.
func (f four) read(name string) (*Split, error) {
	train, err := readIDX(f.paths[0], f.paths[1])
	if err != nil {
		return nil, err
	}
	test, err := readIDX(f.paths[2], f.paths[3])
	if err != nil {
		return nil, err
	}
	if train.H != test.H || train.W != test.W || train.C != test.C {
		return nil, fmt.Errorf("dataset: %s: training images are (%d, %d, %d), test images (%d, %d, %d)",
			f.dir, train.H, train.W, train.C, test.H, test.W, test.C)
	}
	train.Name, test.Name = name, name
	classes := max(train.maxLabel(), test.maxLabel()) + 1
	train.Classes = numbers(classes)
	test.Classes = train.Classes
	return &Split{Train: train, Test: test}, nil
}

// openIDXFile opens one idx file of images, with labels if a file beside it is
// named like it, with labels in place of images.
func openIDXFile(path, name string) (*Split, error) {
	if isPicture(path) {
		return nil, fmt.Errorf("dataset: %s is a single picture: name the folder of pictures", path)
	}
	dir, base := filepath.Split(path)
	labels := filepath.Join(dir, strings.NewReplacer("images", "labels", "idx3", "idx1").Replace(base))
	if _, err := os.Stat(labels); err != nil || labels == filepath.Clean(path) {
		labels = ""
	}
	s, err := readIDX(path, labels)
	if err != nil {
		return nil, err
	}
	s.Name = name
	if s.Labels != nil {
		s.Classes = numbers(s.maxLabel() + 1)
	}
	return divide(s, path)
}

// readIDX reads images and, unless the path is "", their labels.
func readIDX(imagePath, labelPath string) (*Set, error) {
	images, err := readArray(imagePath)
	if err != nil {
		return nil, err
	}
	shape := images.Shape
	if len(shape) == 3 {
		shape = append(slices.Clone(shape), 1)
	}
	if len(shape) != 4 || slices.Contains(shape, 0) || (shape[3] != 1 && shape[3] != 3) {
		return nil, fmt.Errorf("dataset: %s holds an array of shape %v, which is not (images, rows, columns) or (images, rows, columns, 1 or 3)",
			imagePath, images.Shape)
	}
	s := &Set{N: shape[0], H: shape[1], W: shape[2], C: shape[3], Pixels: images.Data}
	if labelPath == "" {
		return s, nil
	}
	labels, err := readArray(labelPath)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(labels.Shape, shape[:1]) {
		return nil, fmt.Errorf("dataset: %s holds an array of shape %v, which is not one label for each of %d images",
			labelPath, labels.Shape, s.N)
	}
	s.Labels = make([]int, s.N)
	for i, l := range labels.Data {
		s.Labels[i] = int(l)
	}
	return s, nil
}

func readArray(path string) (*idx.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	defer f.Close()
	a, err := idx.Read(f, idx.Options{MaxBytes: defaultMaxBytes})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// maxLabel returns the largest label of s, or -1 if it has none.
func (s *Set) maxLabel() int {
	largest := -1
	for _, l := range s.Labels {
		largest = max(largest, l)
	}
	return largest
}

// numbers returns the names "0", "1", ... of n classes.
func numbers(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}
