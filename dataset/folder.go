package dataset

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// FolderOptions say what [ReadFolder] makes of the pictures in a folder. The
// zero value is the default: RGB, in the size of the first picture, without
// labels.
type FolderOptions struct {
	H, W   int  // rows and columns of every image; both 0: as the first picture
	Grey   bool // one channel instead of three
	Fit    Fit  // how a picture of another size is brought to H rows, W columns
	Labels bool // the first-level sub-folders are classes, in sorted order

	MaxPixels int64 // in one picture; 0 means 1<<26 (67 million)
	MaxBytes  int64 // of the whole set; 0 means 8 GiB
}

const (
	defaultMaxPixels = 1 << 26
	defaultMaxBytes  = 8 << 30
)

// ReadFolder reads all pictures in fsys (usually an [os.DirFS]) and its
// sub-folders: PNG, JPEG, GIF (the first frame), WebP, BMP and TIFF, known by
// their extensions. Other files, and names that begin with a dot, are passed
// over. The images come in the order of their paths, whatever the number of
// processors.
//
// Transparent pictures are laid on white. Grey is the luma of ITU-R BT.601 in
// the integer arithmetic of [image/color.GrayModel]. Orientation tags and colour
// profiles are not applied.
//
// A file that cannot be read gives a [*fs.PathError] that names it and wraps
// the decoder's error or a [*SizeError].
func ReadFolder(ctx context.Context, fsys fs.FS, o FolderOptions) (*Set, error) {
	files, err := pictures(fsys)
	if err != nil {
		return nil, err
	}
	s := &Set{N: len(files), H: o.H, W: o.W, C: 3}
	if o.Grey {
		s.C = 1
	}
	if o.Labels {
		if s.Labels, s.Classes, err = folderLabels(files); err != nil {
			return nil, err
		}
	}
	r := &pictureReader{fsys: fsys, fit: o.Fit, maxPixels: o.MaxPixels}
	if r.maxPixels == 0 {
		r.maxPixels = defaultMaxPixels
	}
	if s.H == 0 && s.W == 0 {
		if s.H, s.W, err = r.size(files[0]); err != nil {
			return nil, err
		}
	}
	if s.H <= 0 || s.W <= 0 {
		return nil, fmt.Errorf("dataset: images of %d rows and %d columns: give both, or neither", s.H, s.W)
	}
	if err := allocate(s, o.MaxBytes); err != nil {
		return nil, err
	}
	if err := r.readAll(ctx, files, s); err != nil {
		return nil, err
	}
	return s, nil
}

// allocate makes room for the pixels of s.
func allocate(s *Set, limit int64) error {
	if limit == 0 {
		limit = defaultMaxBytes
	}
	const maxSide = 1 << 20 // keeps the product within an int64
	if s.H > maxSide || s.W > maxSide || int64(s.N) > limit/int64(s.Size()) {
		return fmt.Errorf("dataset: %d images of %dx%d pixels are over the limit of %d bytes: choose a smaller size",
			s.N, s.W, s.H, limit)
	}
	s.Pixels = make([]uint8, s.N*s.Size())
	return nil
}

// pictures returns the paths of all pictures in fsys, sorted folder by folder.
func pictures(fsys fs.FS) ([]string, error) {
	var files []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && isPicture(name):
			files = append(files, name)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("dataset: no pictures in the folder (%s)", strings.Join(extensions, " "))
	}
	return files, err
}

var extensions = []string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"}

func isPicture(name string) bool {
	return slices.Contains(extensions, strings.ToLower(path.Ext(name)))
}

// folderLabels makes classes of the first elements of the files' paths.
func folderLabels(files []string) (labels []int, classes []string, err error) {
	for _, name := range files {
		class, _, ok := strings.Cut(name, "/")
		if !ok {
			return nil, nil, fmt.Errorf("dataset: %s has no label: with labels, every picture lies in a sub-folder named for its class", name)
		}
		if !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
	}
	slices.Sort(classes)
	for _, name := range files {
		class, _, _ := strings.Cut(name, "/")
		i, _ := slices.BinarySearch(classes, class)
		labels = append(labels, i)
	}
	return labels, classes, nil
}

// readAll decodes files into the images of s on all processors. The error is
// that of the first bad file in their order.
func (r *pictureReader) readAll(ctx context.Context, files []string, s *Set) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Files are handed out in order and those begun are finished, so no file
	// before the first bad one remains unread.
	next := make(chan int)
	go func() {
		defer close(next)
		for i := range files {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	errs := make([]error, len(files))
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		workers.Go(func() {
			for i := range next {
				if errs[i] = r.read(files[i], s.H, s.W, s.C, s.Pix(i)); errs[i] != nil {
					cancel()
				}
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
