package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// thousands formats n with commas: 60,000.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	first := 0 // digits may not be split off before this
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// dims formats a shape: 28x28x1.
func dims(shape []int) string {
	var parts []string
	for _, d := range shape {
		parts = append(parts, strconv.Itoa(d))
	}
	return strings.Join(parts, "x")
}

// span formats a time for people: 850ms, 12s, 3m05s, 2h04m.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Round(time.Second).Seconds()))
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// seconds turns a number of seconds into a time.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
