package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/hourglass-codec/hourglass/runlog"
	"github.com/hourglass-codec/hourglass/train"
)

// display shows a training: a line for each epoch, and below them a live bar on
// a terminal, or else a line now and then.
type display struct {
	program *program
	epochs  int
	latest  atomic.Pointer[train.Progress]
	bars    *mpb.Progress // nil without a terminal
	bar     *mpb.Bar
	spoke   time.Time // the last line
}

var _ train.Observer = (*display)(nil)

// lineEvery is the time between lines within an epoch, without a terminal.
const lineEvery = 30 * time.Second

func (p *program) trainDisplay(s train.Settings) *display {
	d := &display{program: p, epochs: s.Epochs, spoke: time.Now()}
	if p.terminal() {
		d.bars = mpb.New(mpb.WithOutput(p.err), mpb.WithRefreshRate(100*time.Millisecond))
	}
	return d
}

// Step implements [train.Observer].
func (d *display) Step(p train.Progress) {
	d.latest.Store(&p)
	if d.bars == nil {
		if time.Since(d.spoke) >= lineEvery {
			d.say("epoch %d/%d, step %d/%d%s", p.Epoch, p.Epochs, p.Batch, p.Batches, d.status(decor.Statistics{}))
		}
		return
	}
	if d.bar == nil {
		d.bar = d.bars.AddBar(p.Steps, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Any(d.epoch)), mpb.AppendDecorators(decor.Any(d.status)))
	}
	d.bar.SetCurrent(p.Step)
}

// Epoch implements [train.Observer].
func (d *display) Epoch(e runlog.Epoch) {
	validation := ""
	if e.ValLoss != nil {
		validation = fmt.Sprintf("  validation %.5f", float64(*e.ValLoss))
	}
	d.say("epoch %*d/%d  loss %.5f%s  %s images/s  %s", len(fmt.Sprint(d.epochs)), e.Epoch, d.epochs,
		float64(e.Loss), validation, thousands(int64(e.ImagesPerSecond)), span(seconds(float64(e.Seconds))))
}

// say prints a line, above the bar if there is one.
func (d *display) say(format string, args ...any) {
	d.spoke = time.Now()
	if d.bars != nil {
		fmt.Fprintf(d.bars, format+"\n", args...)
		return
	}
	d.program.remark(format, args...)
}

// epoch is what stands before the bar.
func (d *display) epoch(decor.Statistics) string {
	p := d.latest.Load()
	return fmt.Sprintf("epoch %d/%d ", p.Epoch, p.Epochs)
}

// status is what stands behind the bar.
func (d *display) status(decor.Statistics) string {
	p := d.latest.Load()
	s := fmt.Sprintf("  loss %.5f", p.Loss)
	if p.Validation != nil {
		s += fmt.Sprintf("  val %.5f", *p.Validation)
	}
	return s + fmt.Sprintf("  %s/s  %s left", thousands(int64(p.ImagesPerSecond)), span(p.Left))
}

// close removes the bar.
func (d *display) close() {
	if d.bar != nil {
		d.bar.Abort(true)
	}
	if d.bars != nil {
		d.bars.Wait()
	}
}
