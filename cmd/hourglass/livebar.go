//go:build !js && !wasip1

package main

import (
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/cwriter"
	"github.com/vbauerster/mpb/v8/decor"
)

// liveBar is a bar on a terminal that shows how far something is. Lines may be
// written above it.
type liveBar struct {
	lines *mpb.Progress
	bar   *mpb.Bar
}

// newLiveBar shows a bar from 0 to total. before and after return what stands
// on its sides; they are called from another goroutine.
func newLiveBar(w io.Writer, total int64, before, after func() string) *liveBar {
	text := func(f func() string) decor.Decorator {
		return decor.Any(func(decor.Statistics) string { return f() })
	}
	lines := mpb.New(mpb.WithOutput(w), mpb.WithRefreshRate(100*time.Millisecond))
	return &liveBar{lines, lines.AddBar(total, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(text(before)), mpb.AppendDecorators(text(after)))}
}

func (b *liveBar) set(done int64) { b.bar.SetCurrent(done) }

// Write writes whole lines above the bar.
func (b *liveBar) Write(p []byte) (int, error) { return b.lines.Write(p) }

// close removes the bar.
func (b *liveBar) close() {
	b.bar.Abort(true)
	b.lines.Wait()
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && cwriter.IsTerminal(int(f.Fd()))
}
