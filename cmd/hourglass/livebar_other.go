//go:build js || wasip1

package main

import "io"

// isTerminal reports that w is no terminal: there are none here.
func isTerminal(io.Writer) bool { return false }

// liveBar is never shown here.
type liveBar struct{ io.Writer }

func newLiveBar(w io.Writer, _ int64, _, _ func() string) *liveBar { return &liveBar{w} }

func (b *liveBar) set(int64) {}
func (b *liveBar) close()    {}
