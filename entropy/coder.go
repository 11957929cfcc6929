package entropy

import "errors"

// Errors of the decoders and of the readers of tables. A reader wraps them with
// what it found; test for them with [errors.Is].
var (
	// ErrCorrupt says that no encoder wrote these bytes.
	ErrCorrupt = errors.New("entropy: corrupt data")
	// ErrTruncated says that the bytes end before the message does.
	ErrTruncated = errors.New("entropy: truncated data")
)

// An Encoder turns a sequence of symbols into a message. The calls may be mixed
// freely; a [Decoder] of the same coder must then make the matching calls, with
// equal tables and equal adaptive models, in the same order.
//
// An encoder is used again after Finish or Reset, and then allocates nothing
// unless a message is longer than all before it. It is not safe for concurrent
// use; tables and sets are.
type Encoder interface {
	// Put codes v by the table. It panics if v is outside a closed table.
	Put(t *Table, v int32)
	// PutAll codes each of src by the table.
	PutAll(t *Table, src []int32)
	// PutEach codes src[i] by the table of s with the number ctx[i]. It panics
	// if there is no such table or if ctx and src differ in length.
	PutEach(s *Set, ctx []uint16, src []int32)
	// PutBit codes a bit, 0 or 1, by an adaptive model, and updates the model.
	PutBit(m *Bit, bit int)
	// PutBits codes the low n bits of v, 0 <= n <= 32, as n bits exactly.
	PutBits(v uint32, n int)
	// Finish appends the message to dst, returns the extended slice and resets
	// the encoder. The message is what a decoder needs: it tells its own end.
	Finish(dst []byte) []byte
	// Reset drops what was put since the last message.
	Reset()
}

// A Decoder reads the symbols of a message. After an error the decoder is safe
// to call, and what it returns has no meaning; so a caller may decode a whole
// image and look at the error once, in Finish, as long as nothing that it does
// between depends on the values making sense.
type Decoder interface {
	// Reset starts on the message at the start of msg, which may go on after
	// the message. The decoder reads msg until the next Reset.
	Reset(msg []byte)
	// Get returns the next symbol, coded by the table.
	Get(t *Table) int32
	// GetAll fills dst with symbols coded by the table.
	GetAll(t *Table, dst []int32)
	// GetEach fills dst[i] with a symbol coded by the table of s with the
	// number ctx[i]. It panics if there is no such table or if ctx and dst
	// differ in length.
	GetEach(s *Set, ctx []uint16, dst []int32)
	// GetBit returns a bit coded by an adaptive model, and updates the model.
	GetBit(m *Bit) int
	// GetBits returns n bits, 0 <= n <= 32.
	GetBits(n int) uint32
	// Err returns the first error met, if any.
	Err() error
	// Finish says that all symbols have been read. It returns the length of
	// the message in bytes, and ErrTruncated or ErrCorrupt if this is not a
	// message that the encoder would have written for these symbols.
	Finish() (int, error)
}

// An op is one step of either coder: a share of the 65536 slots, as the first
// slot in the low 16 bits and the number of slots minus one in the high 16.
type op = uint32

const (
	scaleBits = 16
	// Scale is the sum of the frequencies of every table: 65536.
	Scale = 1 << scaleBits
)

func makeOp(start, freq uint32) op { return start | (freq-1)<<16 }

func opStart(o op) uint32 { return o & (Scale - 1) }

func opFreq(o op) uint32 { return o>>16 + 1 }

// bitsOp is the step of n equally likely bits, n <= 16.
func bitsOp(v uint32, n int) op {
	return makeOp(v&(1<<n-1)<<(scaleBits-n), Scale>>n)
}

func checkBits(n int) {
	if uint(n) > 32 {
		panic("entropy: the number of bits must be from 0 to 32")
	}
}

func checkContexts(ctx []uint16, symbols []int32) {
	if len(ctx) != len(symbols) {
		panicf("%d contexts for %d symbols", len(ctx), len(symbols))
	}
}
