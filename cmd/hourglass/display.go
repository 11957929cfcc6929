package main

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hourglass-codec/hourglass/runlog"
	"github.com/hourglass-codec/hourglass/train"
)

// display shows a training: a line for each epoch, and below them a live bar on
// a terminal, or else a line now and then.
type display struct {
	program  *program
	terminal bool
	epochs   int
	latest   atomic.Pointer[train.Progress]
	bar      *liveBar  // nil before the first step, and without a terminal
	spoke    time.Time // the last line
}

var _ train.Observer = (*display)(nil)

// lineEvery is the time between lines within an epoch, without a terminal.
const lineEvery = 30 * time.Second

func (p *program) trainDisplay(s train.Settings) *display {
	return &display{program: p, terminal: isTerminal(p.err), epochs: s.Epochs, spoke: time.Now()}
}

// Step implements [train.Observer].
func (d *display) Step(p train.Progress) {
	d.latest.Store(&p)
	switch {
	case d.bar != nil:
		d.bar.set(p.Step)
	case d.terminal:
		d.bar = newLiveBar(d.program.err, p.Steps, d.epoch, d.status)
	case time.Since(d.spoke) >= lineEvery:
		d.say("epoch %d/%d, step %d/%d%s", p.Epoch, p.Epochs, p.Batch, p.Batches, d.status())
	}
}

// Epoch implements [train.Observer].
func (d *display) Epoch(e runlog.Epoch) {
	validation := ""
	if e.ValLoss != nil {
		validation = fmt.Sprintf("  validation %.5f", float64(*e.ValLoss))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Metrics)) {
		validation += fmt.Sprintf("  %.2f %s", float64(e.Metrics[name]), name)
	}
	d.say("epoch %*d/%d  loss %.5f%s  %s images/s  %s", len(fmt.Sprint(d.epochs)), e.Epoch, d.epochs,
		float64(e.Loss), validation, thousands(int64(e.ImagesPerSecond)), span(seconds(float64(e.Seconds))))
}

// say prints a line, above the bar if there is one.
func (d *display) say(format string, args ...any) {
	d.spoke = time.Now()
	if d.bar != nil {
		fmt.Fprintf(d.bar, format+"\n", args...)
		return
	}
	d.program.remark(format, args...)
}

// epoch is what stands before the bar.
func (d *display) epoch() string {
	p := d.latest.Load()
	return fmt.Sprintf("epoch %d/%d ", p.Epoch, p.Epochs)
}

// status is what stands behind the bar.
func (d *display) status() string {
	p := d.latest.Load()
	s := fmt.Sprintf(" loss %.5f", p.Loss)
	if p.Validation != nil {
		s += fmt.Sprintf("  val %.5f", *p.Validation)
	}
	for _, m := range p.Measures {
		s += fmt.Sprintf("  %.4g %s", m.Value, m.Name)
	}
	return s + fmt.Sprintf("  %s images/s  %s left", thousands(int64(p.ImagesPerSecond)), span(p.Left))
}

// close removes the bar.
func (d *display) close() {
	if d.bar != nil {
		d.bar.close()
	}
}
