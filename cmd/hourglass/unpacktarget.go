package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/dataset/idx"
	"github.com/hourglass-codec/hourglass/dataset/npy"
	"github.com/hourglass-codec/hourglass/internal/atomicfile"
)

// What unpack writes.
const (
	toPNG = "png"
	toIDX = "idx"
	toNPY = "npy"
)

const gzipExt = ".gz"

// targetOf returns what to write to a name.
func targetOf(name string) string {
	name = strings.TrimSuffix(name, gzipExt)
	switch {
	case strings.HasSuffix(name, ".npy"):
		return toNPY
	case strings.HasSuffix(name, ".idx"), strings.HasSuffix(name, "-ubyte"):
		return toIDX
	}
	return toPNG
}

// writeUnpacked writes images, and labels if the user wants them.
func (p *program) writeUnpacked(u *unpacker, f unpackFlags) error {
	labels := make([]int, u.archive.Len())
	for i := range labels {
		labels[i] = noLabel
	}
	var err error
	if f.to == toPNG {
		err = newFolder(f.out.path, func(tmp string) error { return u.writeFolder(tmp, labels) })
	} else {
		err = p.writeArray(u, f, labels)
	}
	if err != nil || f.labels == "" {
		return err
	}
	return writeLabels(f.labels, labels)
}

// noLabel is the label of a lost image.
const noLabel = math.MaxUint8

// writeLabels writes an idx file of labels.
func writeLabels(name string, labels []int) error {
	a := &idx.Array{Shape: []int{len(labels)}}
	for i, l := range labels {
		if l > math.MaxUint8 {
			return fmt.Errorf("%s: the label of image %d is %d; an idx file holds labels up to %d", name, i, l, math.MaxUint8)
		}
		a.Data = append(a.Data, uint8(l))
	}
	return atomicfile.Write(name, func(w io.Writer) error { return writeIDX(w, name, a) })
}

// writeIDX writes an idx file, compressed if its name says so.
func writeIDX(w io.Writer, name string, a *idx.Array) error {
	if !strings.HasSuffix(name, gzipExt) {
		return idx.Write(w, a)
	}
	z := gzip.NewWriter(w)
	return errors.Join(idx.Write(z, a), z.Close())
}

// writeArray writes an array of all images.
func (p *program) writeArray(u *unpacker, f unpackFlags, labels []int) error {
	shape := append([]int{u.archive.Len()}, modelShape(u.archive.Model())...)
	size := shape[1] * shape[2] * shape[3]
	pix := make([]byte, shape[0]*size)
	err := u.each(func(item hourglass.Item) error {
		copy(pix[item.Number*size:], item.Pix)
		if item.InfoErr == nil {
			labels[item.Number] = item.Info.Label
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.write(f.out, func(w io.Writer) error {
		if f.to == toNPY {
			return npy.Write(w, shape, pix)
		}
		if shape[3] == 1 {
			shape = shape[:3]
		}
		return writeIDX(w, f.out.path, &idx.Array{Shape: shape, Data: pix})
	})
}

// writeFolder writes PNG files to a folder.
func (u *unpacker) writeFolder(dir string, labels []int) error {
	n := pngNames{dir: dir, digits: len(fmt.Sprint(max(u.archive.Len()-1, 0))), taken: map[string]int{}}
	return u.each(func(item hourglass.Item) error {
		if item.InfoErr == nil {
			labels[item.Number] = item.Info.Label
		}
		f, err := n.create(item)
		if err != nil {
			return err
		}
		return errors.Join(png.Encode(f, item.Image()), f.Close())
	})
}

// pngNames finds names for files.
type pngNames struct {
	dir    string
	digits int            // of a number
	taken  map[string]int // how many files want a name
}

// create makes the file of an image: by the image's name, with .png, or by its
// number if it has none that can be used here. Of several files of one name,
// which may differ in what the system thinks is the same, the later ones get a
// number.
func (n *pngNames) create(item hourglass.Item) (*os.File, error) {
	name := fmt.Sprintf("%0*d", max(n.digits, 5), item.Number)
	if local, err := filepath.Localize(item.Info.Name); err == nil && item.Info.Name != "" {
		name = local
		if isPicture(name) {
			name = withoutExt(name)
		}
	}
	file := filepath.Join(n.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return nil, err
	}
	for ; ; n.taken[name]++ {
		suffix := ""
		if k := n.taken[name]; k > 0 {
			suffix = fmt.Sprintf("-%d", k+1)
		}
		f, err := os.OpenFile(file+suffix+".png", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}
