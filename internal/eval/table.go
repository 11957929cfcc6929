package eval

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"text/tabwriter"
)

// WriteTable writes the report to be read: bytes an image at equal quality,
// the comparisons, and the points of every curve that no other point of it
// beats.
func (r *Report) WriteTable(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s\n\n", r.title()); err != nil {
		return err
	}
	for _, section := range []func(io.Writer) error{r.writeAtQuality, r.writeComparisons, r.writePoints} {
		if err := section(w); err != nil {
			return err
		}
	}
	return nil
}

// title says what was measured.
func (r *Report) title() string {
	kind := "grey"
	if r.Channels == 3 {
		kind = "RGB"
	}
	return fmt.Sprintf("%s: %d images, %dx%d %s", r.Set, r.Images, r.Width, r.Height, kind)
}

// newTabs aligns columns to the right.
func newTabs(w io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
}

// padded fills s up to the length of the longest of the first columns, so that
// it is aligned to the left.
func (r *Report) padded(s string) string {
	width := len(firstColumn)
	for _, c := range r.Curves {
		width = max(width, len(c.Name))
	}
	return fmt.Sprintf("%-*s", width, s)
}

const firstColumn = "bytes an image at"

// qualities returns up to eight whole numbers of dB across the range.
func (r *Report) qualities() (list []float64) {
	step := math.Ceil((r.High - r.Low) / 7)
	for q := math.Ceil(r.Low); q <= r.High; q += max(step, 1) {
		list = append(list, q)
	}
	return list
}

// writeAtQuality writes the bytes an image of every curve at equal quality.
func (r *Report) writeAtQuality(w io.Writer) error {
	tabs := newTabs(w)
	qualities := r.qualities()
	fmt.Fprint(tabs, r.padded(firstColumn))
	for _, q := range qualities {
		fmt.Fprintf(tabs, "\t%g dB", q)
	}
	fmt.Fprintln(tabs, "\t")
	for _, c := range r.Curves {
		fmt.Fprint(tabs, r.padded(c.Name))
		for _, q := range qualities {
			fmt.Fprintf(tabs, "\t%s", atQuality(c, q))
		}
		fmt.Fprintln(tabs, "\t")
	}
	if err := tabs.Flush(); err != nil {
		return err
	}
	return r.writeMissing(w)
}

func atQuality(c Curve, psnr float64) string {
	if rate, ok := c.BytesAt(psnr); ok {
		return strconv.FormatFloat(rate, 'f', 1, 64)
	}
	return "-"
}

// writeMissing says which codecs were not measured, and why.
func (r *Report) writeMissing(w io.Writer) error {
	for _, c := range r.Curves {
		if c.Missing == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", c.Name, c.Missing); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

func (r *Report) writeComparisons(w io.Writer) error {
	if len(r.Comparisons) == 0 {
		return nil
	}
	fmt.Fprintln(w, "BD-rate:")
	for _, c := range r.Comparisons {
		if _, err := fmt.Fprintf(w, "  %s against %s: %s\n", c.Test, c.Anchor, c); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

// writePoints writes the frontiers.
func (r *Report) writePoints(w io.Writer) error {
	tabs := newTabs(w)
	fmt.Fprintf(tabs, "%s\t%s\n", r.padded("codec"), "setting\timages\tbytes/image\tbits/pixel\tPSNR\tSSIM\tpack/s\tunpack/s\tstored once\t")
	for _, c := range r.Curves {
		for _, p := range c.Frontier() {
			fmt.Fprintf(tabs, "%s\t%s\t%d\t%.2f\t%.4f\t%.2f\t%s\t%.0f\t%.0f\t%d\t\n", r.padded(c.Name), p.Setting, p.Images,
				p.BytesPerImage(), p.BitsPerPixel(), p.PSNR(), ssim(p), p.PackRate(), p.UnpackRate(), p.Shared)
		}
	}
	return tabs.Flush()
}

func ssim(p Point) string {
	if p.SSIM == 0 {
		return "-"
	}
	return strconv.FormatFloat(p.SSIM, 'f', 4, 64)
}

// WriteCSV writes every point as a line, after a line of column names.
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write([]string{"set", "codec", "group", "quality", "variant", "images", "bytes", "stored_once",
		"bytes_per_image", "bits_per_pixel", "psnr", "ssim", "pack_images_per_second", "unpack_images_per_second"})
	for _, c := range r.Curves {
		for _, p := range c.Points {
			out.Write([]string{r.Set, c.Name, string(c.Group), number(p.Setting.Quality), p.Setting.Variant,
				strconv.Itoa(p.Images), strconv.FormatInt(p.Bytes, 10), strconv.FormatInt(p.Shared, 10),
				number(p.BytesPerImage()), number(p.BitsPerPixel()), number(p.PSNR()), number(p.SSIM),
				number(p.PackRate()), number(p.UnpackRate())})
		}
	}
	out.Flush()
	return out.Error() // of any of the writes
}

// number writes six significant digits.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
