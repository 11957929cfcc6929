package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
)

// Names that [Open] knows.
const (
	NameMNIST        = "mnist"
	NameFashionMNIST = "fashion-mnist"
	NameGlyphs       = "glyphs"
)

// EnvDir is the environment variable that names a data folder.
const EnvDir = "HOURGLASS_DATA"

// ErrNotFound reports a set that is not on this machine, when [Options] forbid
// to download it.
var ErrNotFound = errors.New("not found")

// Options say where [Open] looks and what it makes of folders and glyphs. The
// zero value is the default.
type Options struct {
	Dirs    []string // data folders, searched in order; see [DataDirs]
	Cache   string   // the folder for downloads; "" means [DefaultCache]
	Offline bool     // do not download

	Client   *http.Client   // for downloads; nil means [http.DefaultClient]
	Progress func(Progress) // called as a download goes on; may be nil
	Logger   *slog.Logger   // told where sets are found and which mirrors fail; nil means silence

	Folder FolderOptions // for a folder of pictures
	Glyphs GlyphOptions  // for the built-in set
}

// Progress is how far a download is.
type Progress struct {
	File        string // base name of the file
	Done, Total int64  // bytes
}

// DataDirs returns the data folders to search: dir (usually the value of a
// --data flag) and that of the environment variable [EnvDir], each if not "".
func DataDirs(dir string) []string {
	return slices.DeleteFunc([]string{dir, os.Getenv(EnvDir)}, func(d string) bool { return d == "" })
}

// DefaultCache returns the folder that downloads go to unless told otherwise:
// hourglass in the user's cache folder.
func DefaultCache() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "hourglass"), nil
}

// Open returns the set that the user means by name:
//
//   - "mnist" and "fashion-mnist", found in one of the data folders, or else in
//     the cache, or else downloaded to the cache. A data folder has the set's
//     four idx files, compressed or not, in a folder of the set's name (or in
//     MNIST/raw or FashionMNIST/raw, as torchvision keeps them), or is itself
//     a folder of that name.
//   - "glyphs", drawn by [Glyphs];
//   - the path of a folder with four idx files named like MNIST's;
//   - the path of one idx file of images, (N, H, W) or (N, H, W, C), with
//     labels from beside it if it is named like MNIST's;
//   - the path of a folder of pictures, read by [ReadFolder].
//
// A folder of pictures with the sub-folders train and test is divided so. From
// one idx file, and any other folder, every tenth image is for testing (or the
// last, if there are fewer than ten).
//
// Damaged files give errors that name the file and wrap those of package idx,
// of the picture's decoder, or a [*SizeError]; a set that is nowhere on this
// machine gives [ErrNotFound] if Options.Offline, and a failed download a
// message of several lines, one for each mirror and one that says how to supply
// the files by hand.
func Open(ctx context.Context, name string, o Options) (*Split, error) {
	o = o.withDefaults()
	if name == NameGlyphs {
		return Glyphs(ctx, o.Glyphs)
	}
	for _, p := range publications() {
		if p.name == name {
			return p.open(ctx, o)
		}
	}
	return openPath(ctx, name, o)
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// openPath opens what lies at path.
func openPath(ctx context.Context, path string, o Options) (*Split, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("dataset: %q is neither a set (%s, %s, %s) nor an existing file or folder",
			path, NameFashionMNIST, NameMNIST, NameGlyphs)
	case err != nil:
		return nil, fmt.Errorf("dataset: %w", err)
	}
	o.Logger.Debug("reading", "path", path)
	name := filepath.Base(path)
	if !info.IsDir() {
		return openIDXFile(path, name)
	}
	if files := findFour(path); files.any() {
		if err := files.complete(); err != nil {
			return nil, err
		}
		return files.read(name)
	}
	return openPictures(ctx, path, name, o.Folder)
}

// openPictures opens a folder of pictures.
func openPictures(ctx context.Context, dir, name string, o FolderOptions) (*Split, error) {
	train, test := filepath.Join(dir, "train"), filepath.Join(dir, "test")
	if isDir(train) && isDir(test) {
		return openPicturePair(ctx, train, test, name, o)
	}
	s, err := readPictures(ctx, dir, name, o)
	if err != nil {
		return nil, err
	}
	return divide(s, dir)
}

func openPicturePair(ctx context.Context, trainDir, testDir, name string, o FolderOptions) (*Split, error) {
	train, err := readPictures(ctx, trainDir, name, o)
	if err != nil {
		return nil, err
	}
	o.H, o.W = train.H, train.W
	test, err := readPictures(ctx, testDir, name, o)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(train.Classes, test.Classes) {
		return nil, fmt.Errorf("dataset: %s and %s have different sub-folders: labels need the same classes in both", trainDir, testDir)
	}
	return &Split{Train: train, Test: test}, nil
}

func readPictures(ctx context.Context, dir, name string, o FolderOptions) (*Set, error) {
	s, err := ReadFolder(ctx, os.DirFS(dir), o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	s.Name = name
	return s, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// divide holds a part of s, which came from path, out for testing.
func divide(s *Set, path string) (*Split, error) {
	const every = 10
	if s.N < 2 {
		return nil, fmt.Errorf("dataset: %s has one image: at least two are needed, one to train on and one to test with", path)
	}
	return s.holdOut(min(every, s.N)), nil
}
