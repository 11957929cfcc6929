// Package container reads and writes the files of Hourglass, byte for byte as
// SPEC.md describes them: .hgi, one image, and .hga, an archive of many images
// of one shape. What is inside a payload is the business of a [BlockCodec].
//
// # One image
//
// An [Image] is the content of an .hgi file: the name of a model, a shape, a
// quality, a payload, and perhaps chunks of metadata. [ReadImage] checks all of
// it, [ReadConfig] only looks at the header. Header and trailer are 16 bytes
// for images of up to 128x128.
//
// # Archives
//
// An archive holds its images in blocks of up to 64 that share a payload, so
// that what an entropy coder spends on ending a message is spent once a block.
// An index at the end tells where each block is: reaching an image decodes one
// block.
//
//   - [Writer] writes blocks to any io.Writer and keeps only the index in
//     memory; [Packer] puts a codec in front of it. [Append] and [Resume]
//     return a Writer that goes on with an existing file.
//   - [Open] returns a [Reader] of an intact archive; [Images] decodes its
//     blocks. Both are safe for concurrent use.
//   - [Stream] reads an archive, damaged or not, from front to back from any
//     io.Reader. [Recover] and [Verify] do the same to a file.
//
// Files only grow: nothing that has been written is written again, so the
// archive that was there before an [Append] is there after a crash. Chunks
// delimit themselves, begin with a tag that a scan can search for, and say
// which images they hold; so damage costs the block that it hits and no image
// is ever taken for another.
//
// # Untrusted bytes
//
// All readers take any bytes. They fail with an [*Error] or a [*Damage] that
// wraps one of [ErrFormat], [ErrVersion], [ErrTruncated], [ErrCorrupt],
// [ErrTooLarge] and [ErrUnknownModel], or with the error of the reader below.
// Nothing is allocated for data that has not arrived, and [Limits] bound what
// may arrive.
//
// # Sources
//
// The critical and ancillary chunks are those of PNG (W3C, "Portable Network
// Graphics Specification", 3rd edition, section 5), the varints those of DWARF
// ("unsigned LEB128"), the checksum is CRC-32C (G. Castagnoli et al.,
// "Optimization of cyclic redundancy-check codes with 24 and 32 parity bits",
// 1993). Names are front-coded (I. Witten, A. Moffat and T. Bell, "Managing
// Gigabytes", 1999, section 4.1), here from both ends.
package container
