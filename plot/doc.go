// Package plot draws the figures of an autoencoder and of a codec:
// [Reconstructions], the [Scatter] of two-dimensional codes, the [Manifold]
// that they decode to, [LossCurves] and [RateDistortion] curves.
//
// A figure is a struct of plain data. [Save] writes it to a .png or .svg file
// in one step (the file is whole or absent), [Write] to any writer. PNG has
// [DPI] dots per inch, three to a point. SVG keeps text as text in the
// Liberation Sans typeface, with fallbacks of the same widths where a viewer
// lacks it, and embeds pictures and dense point clouds as PNG: the SVG of
// 60,000 points is about as large as the PNG.
//
// Colours follow Okabe and Ito, "Color Universal Design" (2008), for curves,
// and Petroff, "Accessible Color Sequences for Data Visualization"
// (arXiv:2107.02270), for classes; curves also differ in dashes and markers,
// so that they can be told apart in black and white.
package plot
