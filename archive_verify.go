package hourglass

import (
	"io"
	"slices"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// A Report is what [VerifyArchive] finds.
type Report struct {
	Images  int       // intact images
	Total   int       // images that there are or should be, as far as is known
	Damages []*Damage // by the images lost; none if the archive is intact
}

// OK tells whether the archive is intact.
func (r *Report) OK() bool { return len(r.Damages) == 0 }

// VerifyArchive reads an archive of size bytes, all of it, checks everything
// that has a checksum, and decodes all images. What is damaged is in the report;
// the error says why there is none.
func VerifyArchive(r io.ReaderAt, size int64, o *DecodeOptions) (*Report, error) {
	o = o.orDefault()
	report, err := VerifyChecksums(r, size, o)
	if err != nil {
		return nil, err
	}
	a, _, err := RecoverArchive(r, size, o)
	if err != nil {
		return nil, err
	}
	for item, err := range a.All() {
		if err == nil {
			continue
		}
		if _, found := a.r.Find(item.Number); found { // or it is in the report
			d := err.(*Damage)
			report.Images -= d.Images
			report.Damages = append(report.Damages, d)
		}
	}
	slices.SortStableFunc(report.Damages, func(a, b *Damage) int { return a.First - b.First })
	return report, nil
}

// VerifyChecksums is [VerifyArchive] without decoding, which needs no model.
func VerifyChecksums(r io.ReaderAt, size int64, o *DecodeOptions) (*Report, error) {
	found, err := container.Verify(r, size, nil, o.orDefault().limits())
	if err != nil {
		return nil, err
	}
	return &Report{Images: found.Images, Total: found.Total, Damages: damages(found.Damages)}, nil
}
