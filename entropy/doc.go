// Package entropy codes integers without loss in close to the fewest bits that
// a model of them allows: the quantised latents of a learned image codec, and
// the flags and numbers that go with them.
//
// # Models
//
// A [Table] gives each value of a range a frequency f, the frequencies adding
// up to [Scale] = 65536; its value then costs log2(65536/f) bits. An open table
// has an escape too, after which any other value follows in plain bits. A [Set]
// holds the tables of several contexts. [NewTable] makes a table from weights,
// such as the counts of a histogram, with the least Σ wᵢ·log2(65536/fᵢ) of all
// tables with each fᵢ ≥ 1; a [Family] computes the tables of a distribution of
// many scales and means. Both work in integers, so the tables are the same on
// every machine. [Bit], [Tree] and [Uint] adapt to what has been coded.
//
// # Coders
//
// Two coders do the same with any of them, one symbol after another, through
// the interfaces [Encoder] and [Decoder]:
//
//   - The range coder ([RangeEncoder]) works in order and ends its message as
//     early as can be: 0.6 bytes above the ideal length on average, never 2. It
//     is for messages up to some thousand bytes.
//   - The rANS coder ([RANSEncoder]) has four states that share one message. It
//     is about 24 bytes above the ideal and decodes four times as fast.
//
// On long messages both are within 0.001 % of Σ log2(65536/f). The shape of the
// rANS states was chosen by measurement, on Gaussian and skewed sources: with
// states of 32 bits and words of 16, which would save half of the 24 bytes,
// frequencies of 16 bits cost 0.1 to 0.2 % more than the ideal; with states of
// 40 bits and words of 16 they do not, but words of 32 bits are asked for half
// as often and decode up to a fifth faster. Four lanes decode more than twice
// as fast as one.
//
// # Errors
//
// A message is no part of another: a decoder that knows what to expect knows
// where the message ends, so messages may follow each other with no lengths
// between. A message that has been cut short always gives [ErrTruncated] or
// [ErrCorrupt]. Any other bytes give an error or symbols: those of the range
// coder's messages have no bits to spare, so that nearly any bytes of the right
// length are a message of other symbols, while the rANS coder ends in a known
// state of 128 bits, which finds nearly all damage. Where it matters, add a
// checksum. No bytes make a decoder panic, hang or allocate.
//
// # Determinism
//
// The bytes depend on the tables and symbols alone: not on the machine, nor on
// how symbols are grouped into calls. FORMAT.md describes them bit by bit, and
// testdata/golden keeps examples.
//
// # Sources
//
// G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a
// digitised message", 1979. J. Duda, "Asymmetric numeral systems", 2013. F.
// Giesen, "Interleaved entropy coders", 2014. P. Elias, "Universal codeword
// sets and representations of the integers", 1975. B. Fox, "Discrete
// optimization via marginal analysis", 1966. R. Krichevsky and V. Trofimov,
// "The performance of universal encoding", 1981. J. Ballé et al., "Variational
// image compression with a scale hyperprior", 2018. D. Minnen, J. Ballé and G.
// Toderici, "Joint autoregressive and hierarchical priors for learned image
// compression", 2018.
package entropy
