package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hourglass-codec/hourglass/dataset/internal/fetch"
	"github.com/hourglass-codec/hourglass/internal/filelock"
)

// publication is a set that the world downloads, in four files like MNIST's.
type publication struct {
	name        string
	torchvision string // the folder that torchvision keeps it in
	mirrors     []string
	files       [4]fetch.File // in the order of a four; without URLs
	train, test int           // numbers of images
	side        int           // rows and columns
	classes     []string
}

// publications returns the sets that Open knows by name.
func publications() []publication {
	return []publication{
		{
			name:        NameMNIST,
			torchvision: "MNIST",
			mirrors: []string{
				"https://ossci-datasets.s3.amazonaws.com/mnist/",
				"https://storage.googleapis.com/cvdf-datasets/mnist/",
			},
			files: [4]fetch.File{
				{Name: fourNames[0] + ".gz", Size: 9912422, SHA256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
				{Name: fourNames[1] + ".gz", Size: 28881, SHA256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
				{Name: fourNames[2] + ".gz", Size: 1648877, SHA256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
				{Name: fourNames[3] + ".gz", Size: 4542, SHA256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
			},
			train: 60000, test: 10000, side: 28,
			classes: numbers(10),
		},
		{
			name:        NameFashionMNIST,
			torchvision: "FashionMNIST",
			mirrors: []string{
				// The first speaks no TLS; the files' sums are checked either way.
				"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
				"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
			},
			files: [4]fetch.File{
				{Name: fourNames[0] + ".gz", Size: 26421880, SHA256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
				{Name: fourNames[1] + ".gz", Size: 29515, SHA256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
				{Name: fourNames[2] + ".gz", Size: 4422102, SHA256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
				{Name: fourNames[3] + ".gz", Size: 5148, SHA256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"},
			},
			train: 60000, test: 10000, side: 28,
			classes: []string{
				"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
				"Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
			},
		},
	}
}

// open finds the set, or downloads it.
func (p publication) open(ctx context.Context, o Options) (*Split, error) {
	for _, dir := range o.Dirs {
		if !isDir(dir) {
			return nil, fmt.Errorf("dataset: the data folder %s (--data or %s) does not exist", dir, EnvDir)
		}
		if files := p.find(dir); files.any() {
			if err := files.complete(); err != nil {
				return nil, err
			}
			o.Logger.Info("reading", "set", p.name, "from", files.dir)
			return p.read(files)
		}
	}
	return p.openCached(ctx, o)
}

// openCached reads the set from the cache, to which it is downloaded if need be.
func (p publication) openCached(ctx context.Context, o Options) (*Split, error) {
	cache := o.Cache
	if cache == "" {
		var err error
		if cache, err = DefaultCache(); err != nil && o.Offline {
			return nil, p.notFound(o.Dirs)
		} else if err != nil {
			return nil, fmt.Errorf("dataset: no place to keep %s: %w; %s", p.name, err, p.advice(o.Dirs))
		}
	}
	dir := filepath.Join(cache, p.name)
	if err := p.fill(ctx, dir, o); err != nil {
		return nil, err
	}
	o.Logger.Info("reading", "set", p.name, "from", dir)
	s, err := p.read(findFour(dir))
	if err != nil {
		return nil, fmt.Errorf("%w; delete %s to download the set again", err, dir)
	}
	return s, nil
}

// notFound says that the set is in none of the places.
func (p publication) notFound(dirs []string, others ...string) error {
	return fmt.Errorf("dataset: %s: %w in %q; %s", p.name, ErrNotFound, slices.Concat(dirs, others), p.advice(dirs))
}

// find looks for the set below a data folder.
func (p publication) find(dir string) four {
	places := []string{filepath.Join(dir, p.name), filepath.Join(dir, p.torchvision, "raw")}
	if abs, err := filepath.Abs(dir); err == nil && filepath.Base(abs) == p.name {
		places = append(places, dir)
	}
	for _, place := range places {
		if files := findFour(place); files.any() {
			return files
		}
	}
	return four{}
}

// read reads the files and makes sure that they are the published set.
func (p publication) read(files four) (*Split, error) {
	s, err := files.read(p.name)
	if err != nil {
		return nil, err
	}
	if s.Train.N != p.train || s.Test.N != p.test || s.Train.H != p.side || s.Train.W != p.side || s.Train.C != 1 {
		return nil, fmt.Errorf("dataset: %s has %d and %d images of %dx%d, not %s's %d and %d of %dx%d; to use it all the same, give its path as the set's name",
			files.dir, s.Train.N, s.Test.N, s.Train.W, s.Train.H, p.name, p.train, p.test, p.side, p.side)
	}
	if got := len(s.Train.Classes); got > len(p.classes) {
		return nil, fmt.Errorf("dataset: %s has the label %d, but %s has %d classes", files.dir, got-1, p.name, len(p.classes))
	}
	s.Train.Classes, s.Test.Classes = p.classes, p.classes
	return s, nil
}

// fill makes sure that dir, in the cache, has the four files.
func (p publication) fill(ctx context.Context, dir string, o Options) error {
	if findFour(dir).complete() == nil {
		return nil
	}
	if o.Offline {
		return p.notFound(o.Dirs, dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("dataset: no place to keep %s: %w; %s", p.name, err, p.advice(o.Dirs))
	}
	lock, err := filelock.Wait(ctx, filepath.Join(dir, ".lock"))
	if err != nil {
		return fmt.Errorf("dataset: downloading %s: %w", p.name, err)
	}
	defer lock.Close()
	files := findFour(dir) // again: another process may have brought some
	for i, f := range p.files {
		if files.paths[i] != "" {
			continue
		}
		err := p.fetch(ctx, dir, f, o)
		switch {
		case err != nil && ctx.Err() != nil:
			return fmt.Errorf("dataset: %s: %w", p.name, err)
		case err != nil:
			return fmt.Errorf("dataset: %s could not be downloaded: %w\n%s", p.name, err, p.advice(o.Dirs))
		}
	}
	return nil
}

func (p publication) fetch(ctx context.Context, dir string, f fetch.File, o Options) error {
	for _, m := range p.mirrors {
		f.URLs = append(f.URLs, m+f.Name)
	}
	fo := fetch.Options{Client: o.Client, Logger: o.Logger}
	if o.Progress != nil {
		fo.Progress = func(done int64) { o.Progress(Progress{File: f.Name, Done: done, Total: f.Size}) }
	}
	return fetch.Get(ctx, dir, f, fo)
}

// advice says how to supply the files by hand.
func (p publication) advice(dirs []string) string {
	where := "DIR/" + p.name + " and give DIR as --data or in " + EnvDir
	if len(dirs) > 0 {
		where = filepath.Join(dirs[0], p.name)
	}
	var names []string
	for _, f := range p.files {
		names = append(names, f.Name)
	}
	return fmt.Sprintf("to supply the files by hand, put %s into %s", strings.Join(names, ", "), where)
}
