package eval

import (
	"context"
	"errors"

	"github.com/hourglass-codec/hourglass/dataset"
)

// Options say how to measure. The zero value is the default.
type Options struct {
	Low, High float64        // dB, the range of the BD-rates; both 0: 25 to 38
	Cache     *Cache         // may be nil
	Progress  func(Progress) // called before each measurement; may be nil
}

// Progress is how far a Run is.
type Progress struct {
	Codec       string
	Setting     Setting
	Done, Total int // measurements, those from the cache included
}

// Run measures the codecs on the images at all their settings. A codec that is
// not available here becomes a curve without points that says why; any other
// error ends the run.
func Run(ctx context.Context, images *dataset.Set, codecs []Codec, o Options) (*Report, error) {
	if o.Low == 0 && o.High == 0 {
		o.Low, o.High = 25, 38
	}
	r := &runner{Options: o, images: images, fingerprint: Fingerprint(images)}
	for _, c := range codecs {
		r.progress.Total += len(c.Settings())
	}
	report := &Report{
		Set: images.Name, SHA256: r.fingerprint,
		Images: images.N, Height: images.H, Width: images.W, Channels: images.C,
		Low: o.Low, High: o.High,
	}
	for _, c := range codecs {
		curve, err := r.curve(ctx, c)
		if err != nil {
			return nil, err
		}
		report.Curves = append(report.Curves, curve)
	}
	report.compare()
	return report, nil
}

// runner is one Run.
type runner struct {
	Options
	images      *dataset.Set
	fingerprint string
	progress    Progress
}

// curve measures one codec.
func (r *runner) curve(ctx context.Context, c Codec) (Curve, error) {
	curve := Curve{Info: c.Info()}
	settings := c.Settings()
	done := r.progress.Done + len(settings)
	for _, s := range settings {
		r.report(curve.Name, s)
		p, err := r.point(ctx, c, s)
		if errors.Is(err, ErrUnavailable) {
			curve.Missing, curve.Points = err.Error(), nil
			break
		}
		if err != nil {
			return Curve{}, err
		}
		curve.Points = append(curve.Points, p)
		r.progress.Done++
	}
	r.progress.Done = done
	return curve, nil
}

// report calls the progress function, if there is one.
func (r *runner) report(codec string, s Setting) {
	r.progress.Codec, r.progress.Setting = codec, s
	if r.Progress != nil {
		r.Progress(r.progress)
	}
}

// point measures, or takes from the cache, one point.
func (r *runner) point(ctx context.Context, c Codec, s Setting) (Point, error) {
	images, fingerprint := r.images, r.fingerprint
	if limit := c.Info().Limit; limit > 0 && limit < images.N {
		images = images.Take(limit)
		fingerprint = Fingerprint(images)
	}
	if p, ok := r.Cache.find(fingerprint, c.Info(), s); ok {
		return p, nil
	}
	p, err := Measure(ctx, c, images, s)
	if err != nil {
		return Point{}, err
	}
	return p, r.Cache.add(fingerprint, c.Info(), p)
}
