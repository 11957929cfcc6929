// Package graph is the low-level interface to the engine: symbolic nodes made
// from placeholders, variables and operations; symbolic reverse-mode
// gradients over the same operations; and a session that plans a graph once
// for given shapes and then runs it without allocating.
//
// A node has a shape and no value. Dimensions are known when the node is
// made, but for [Unknown] ones, usually the batch, which are fixed when the
// graph is planned. Images are (N, H, W, C): batch, height, width, channels;
// convolution filters are (KH, KW, C, K): height, width, channels in,
// channels out.
//
// A mistake in building a graph, such as shapes that do not fit, is a mistake
// in the program and panics with a [*ShapeError] that shows the shapes.
//
// Every result is reproducible: the numeric rules are those of docs/numerics.md,
// so neither instruction set, number of threads nor batch size change a bit.
package graph
