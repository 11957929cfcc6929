package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// countBar shows how many images, or kilobytes, have been done: by a bar on a
// terminal, or else by a line now and then.
type countBar struct {
	program      *program
	verb, unit   string // packing, images
	first, total int    // units that were done before; all
	done         atomic.Int64
	begun, spoke time.Time
	terminal     bool
	bar          *liveBar // nil before the first step, and without a terminal
}

func (p *program) countBar(verb, unit string, first, total int) *countBar {
	now := time.Now()
	b := &countBar{program: p, verb: verb, unit: unit, first: first, total: total, begun: now, spoke: now, terminal: isTerminal(p.err)}
	b.done.Store(int64(first))
	return b
}

// set says that so many are done, those before among them.
func (b *countBar) set(done int) {
	b.done.Store(int64(done))
	switch {
	case b.bar != nil:
		b.bar.set(int64(done))
	case b.terminal:
		b.bar = newLiveBar(b.program.err, int64(b.total), func() string { return b.verb + " " }, b.status)
	case time.Since(b.spoke) >= lineEvery:
		b.spoke = time.Now()
		b.program.remark("%s%s", b.verb, b.status())
	}
}

// status is what stands behind the bar.
func (b *countBar) status() string {
	done := b.done.Load()
	s := fmt.Sprintf(" %s of %s %s", thousands(done), thousands(int64(b.total)), b.unit)
	rate := b.rate()
	if rate > 0 {
		s += fmt.Sprintf("  %s %s/s  %s left", thousands(int64(rate)), b.unit, span(seconds(float64(int64(b.total)-done)/rate)))
	}
	return s
}

// rate returns the units a second so far.
func (b *countBar) rate() float64 {
	return float64(b.done.Load()-int64(b.first)) / time.Since(b.begun).Seconds()
}

// close removes the bar.
func (b *countBar) close() {
	if b.bar != nil {
		b.bar.close()
		b.bar, b.terminal = nil, false
	}
}
