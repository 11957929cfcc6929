package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"github.com/hourglass-codec/hourglass/internal/atomicfile"
)

// Figure is a drawing: one of the structs of this package.
type Figure interface {
	// layout checks the data and works out where everything goes.
	layout() (*sheet, error)
}

// sheet is a figure that is ready to be drawn.
type sheet struct {
	width, height float64 // in points
	paint         func(p *page)
}

// Format is a kind of file.
type Format int

// The formats.
const (
	PNG Format = iota
	SVG
)

// FormatOf returns the format that the extension of path names.
func FormatOf(path string) (Format, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".png":
		return PNG, nil
	case ".svg":
		return SVG, nil
	default:
		return 0, fmt.Errorf("plot: %s: extension %q is neither .png nor .svg", path, ext)
	}
}

// maxPixels bounds the memory of a figure: 256 MiB as RGBA.
const maxPixels = 64 << 20

// ErrNoData says that a figure has nothing to show.
var ErrNoData = errors.New("plot: nothing to draw")

// Write draws the figure to w.
//
// The error wraps [ErrNoData] if the figure is empty; other errors say which
// part of its data does not fit, or come from w.
func Write(w io.Writer, format Format, f Figure) error {
	s, err := f.layout()
	if err != nil {
		return err
	}
	if dots := s.width * s.height * dotsPerPoint * dotsPerPoint; dots > maxPixels {
		return fmt.Errorf("plot: the figure would have %.0f million pixels, more than %d; give it fewer or smaller images",
			dots/1e6, maxPixels/1_000_000)
	}
	switch format {
	case PNG:
		return png.Encode(w, paintPNG(s))
	case SVG:
		return paintSVG(w, s)
	}
	panic(fmt.Sprintf("plot: format %d", format))
}

// Save draws the figure to a file in the format that its extension names. The
// file appears, or replaces the one there, only once it is whole.
func Save(path string, f Figure) error {
	format, err := FormatOf(path)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := Write(&buf, format, f); err != nil {
		return err
	}
	write := func(w io.Writer) error { _, err := buf.WriteTo(w); return err }
	if err := atomicfile.Write(path, write); err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	return nil
}
