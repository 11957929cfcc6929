// Package hourglass stores images of one kind, such as thumbnails, scans or
// inspection frames, in a fraction of the bytes of a general codec: by a model
// that was trained on images of that kind. An image decodes to the same pixels
// on every machine.
//
// A [Model] is for images of one width, height and number of channels. It comes
// from a model file, made by the command "hourglass train" ([ParseModel]), or is
// built in: import
//
//	_ "github.com/hourglass-codec/hourglass/builtin"
//
// for those, and to have [image.Decode] read .hgi files.
//
// # One image
//
// [Encode] and [Decode] write and read .hgi files as package image/jpeg does
// .jpg files. A file names its model, so that whoever decodes it must have that
// model: registered ([Register]), in [DecodeOptions], or inside the file
// ([Options.EmbedModel]).
//
// # Archives
//
// A .hga file holds any number of images of one shape and spends less than a
// byte on each beside its code. [ArchiveWriter] writes one to any io.Writer,
// [ArchiveReader] reaches any image by decoding at most 64, or yields all in
// order. [AppendArchive] adds images, [ResumeArchive] goes on where a killed
// process stopped, [RecoverArchive] reads what is left after damage, and
// [VerifyArchive] says what is damaged.
//
// # Pixels
//
// Grey images decode to [*image.Gray], others to opaque [*image.RGBA]. Encode
// takes images of any type: those that are transparent are laid on white, and a
// model for grey images is given the luma of the others, as
// [image/color.GrayModel] computes it. What is faster, and exact, is to give
// pixels as bytes in the order (height, width, channels): [ArchiveWriter.AddPix],
// [Item.Pix].
//
// # Untrusted files
//
// Everything that reads takes any bytes and fails with an error that wraps one
// of [ErrFormat], [ErrVersion], [ErrTruncated], [ErrCorrupt], [ErrTooLarge] and
// [ErrUnknownModel], or with the error of the reader below. [Limits] bound what a
// file can make a reader allocate. Checksums cover all bytes: pixels are those
// that were written, or there is an error.
//
// SPEC.md in the repository describes the files byte by byte.
package hourglass
