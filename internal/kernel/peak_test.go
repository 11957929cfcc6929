package kernel

import "testing"

func TestPeak(t *testing.T) {
	defer SetLevel(Current())
	for _, l := range Supported() {
		SetLevel(l)
		got, known := Peak(nil), l == AVX2 || l == AVX512
		if known != (got > 0) {
			t.Errorf("%v: %v operations", l, got)
		}
	}
}

func BenchmarkMultiplyAdds(b *testing.B) {
	defer SetLevel(Current())
	for _, l := range Supported()[1:] {
		SetLevel(l)
		b.Run(l.String(), func(b *testing.B) {
			work := 0.0
			for b.Loop() {
				work += Peak(nil)
			}
			b.ReportMetric(work/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
