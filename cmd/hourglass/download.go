package main

import (
	"fmt"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/hourglass-codec/hourglass/dataset"
)

// downloads shows files being downloaded: a bar for each on a terminal, else a
// line when one begins.
type downloads struct {
	program *program
	file    string
	bars    *mpb.Progress
	bar     *mpb.Bar
}

func (p *program) downloads() *downloads { return &downloads{program: p} }

func (d *downloads) show(p dataset.Progress) {
	if p.File != d.file {
		d.file = p.File
		d.begin(p)
	}
	if d.bar != nil {
		d.bar.SetCurrent(p.Done)
	}
}

func (d *downloads) begin(p dataset.Progress) {
	if !d.program.terminal() {
		d.program.remark("downloading %s (%.1f MB)", p.File, float64(p.Total)/1e6)
		return
	}
	if d.bars == nil {
		d.bars = mpb.New(mpb.WithOutput(d.program.err), mpb.WithWidth(40))
	}
	d.abort()
	d.bar = d.bars.AddBar(p.Total,
		mpb.PrependDecorators(decor.Name(fmt.Sprintf("downloading %-28s ", p.File))),
		mpb.AppendDecorators(decor.CountersKibiByte(" % .1f / % .1f")))
}

// abort ends a bar that a failure or a file of another size left open.
func (d *downloads) abort() {
	if d.bar != nil {
		d.bar.Abort(false)
	}
}

// done ends the display.
func (d *downloads) done() {
	d.abort()
	if d.bars != nil {
		d.bars.Wait()
	}
}
