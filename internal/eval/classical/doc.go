// Package classical has the general image codecs that a codec for images of one
// kind must beat, each in its best arrangement: JPEG, WebP, AVIF, JPEG XL and
// JPEG 2000, as one file an image, as files without the bytes that all have in
// common, and as one large mosaic of all images.
//
// JPEG is encoded by package rdjpeg. The others need either the reference tools
// (Debian's libavif-bin, webp, libjxl-tools, libopenjp2-tools) or this module
// built with the tag nodynamic, which links libraries that run the reference
// codecs as WebAssembly. That tag is those libraries' own: without it they
// would load whatever shared libraries the machine has, and make the command a
// dynamically linked one.
package classical

import "github.com/hourglass-codec/hourglass/internal/eval"

// All returns every format in every arrangement for grey images, or for RGB
// ones. Formats that cannot be measured on this machine say so when they are
// run.
func All(colour bool) []eval.Codec {
	var codecs []eval.Codec
	for _, f := range Formats(colour) {
		codecs = append(codecs, Mosaics(f), Headerless(f), Files(f))
	}
	return codecs
}

// AllMosaics returns every format as mosaics, the best arrangement of each.
func AllMosaics(colour bool) []eval.Codec {
	var codecs []eval.Codec
	for _, f := range Formats(colour) {
		codecs = append(codecs, Mosaics(f))
	}
	return codecs
}

// Formats returns the formats for grey images, or for RGB ones.
func Formats(colour bool) []Format {
	return []Format{avif(colour), webp(colour), jpegXL(colour), jpeg2000(), jpeg(colour)}
}
