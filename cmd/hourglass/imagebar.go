package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// imageBar shows how many images have been done: by a bar on a terminal, or else
// by a line now and then.
type imageBar struct {
	program      *program
	verb         string // packing
	first, total int    // images that were done before; all
	done         atomic.Int64
	begun, spoke time.Time
	terminal     bool
	bar          *liveBar // nil before the first step, and without a terminal
}

func (p *program) imageBar(verb string, first, total int) *imageBar {
	now := time.Now()
	b := &imageBar{program: p, verb: verb, first: first, total: total, begun: now, spoke: now, terminal: isTerminal(p.err)}
	b.done.Store(int64(first))
	return b
}

// set says that so many images are done, those before among them.
func (b *imageBar) set(done int) {
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
func (b *imageBar) status() string {
	done := b.done.Load()
	s := fmt.Sprintf(" %s of %s images", thousands(done), thousands(int64(b.total)))
	rate := b.rate()
	if rate > 0 {
		s += fmt.Sprintf("  %s images/s  %s left", thousands(int64(rate)), span(seconds(float64(int64(b.total)-done)/rate)))
	}
	return s
}

// rate returns the images a second so far.
func (b *imageBar) rate() float64 {
	return float64(b.done.Load()-int64(b.first)) / time.Since(b.begun).Seconds()
}

// close removes the bar.
func (b *imageBar) close() {
	if b.bar != nil {
		b.bar.close()
		b.bar, b.terminal = nil, false
	}
}
