package main

import (
	"fmt"
	"sync/atomic"

	"github.com/hourglass-codec/hourglass/dataset"
)

// downloads shows files being downloaded: a bar for each on a terminal, else a
// line when one begins.
type downloads struct {
	program *program
	file    string
	bytes   atomic.Int64 // done
	bar     *liveBar
}

func (p *program) downloads() *downloads { return &downloads{program: p} }

func (d *downloads) show(p dataset.Progress) {
	d.bytes.Store(p.Done)
	if p.File != d.file {
		d.close()
		d.file = p.File
		d.begin(p)
	}
	if d.bar != nil {
		d.bar.set(p.Done)
	}
}

func (d *downloads) begin(p dataset.Progress) {
	const mega = 1e6
	if !isTerminal(d.program.err) {
		d.program.remark("downloading %s (%.1f MB)", p.File, float64(p.Total)/mega)
		return
	}
	d.bar = newLiveBar(d.program.err, p.Total,
		func() string { return fmt.Sprintf("downloading %-28s ", p.File) },
		func() string {
			return fmt.Sprintf(" %.1f of %.1f MB", float64(d.bytes.Load())/mega, float64(p.Total)/mega)
		})
}

// close ends the display.
func (d *downloads) close() {
	if d.bar != nil {
		d.bar.close()
		d.bar = nil
	}
}
