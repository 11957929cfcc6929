// Package eval measures codecs for sets of small images of one size, and says
// how far one is ahead of another.
//
// A [Codec] packs a whole set at a [Setting] and unpacks it again; [Measure]
// times both, counts the bytes and compares the pixels. [Run] measures several
// codecs at all their settings and gives a [Report], which writes itself as a
// table, CSV, JSON and a figure. [Compare] gives BD-rates, also against the
// [Envelope] of many curves: at every quality the fewest bytes that any of
// them takes.
//
// How the opponents are arranged, and why that is fair to them, is in
// docs/evaluation.md. They live in the packages below this one, which nothing
// that decodes images may import.
package eval
