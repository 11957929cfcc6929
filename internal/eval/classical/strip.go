package classical

import (
	"encoding/binary"
	"errors"
)

// common is what files of one kind share: bytes that are the same in all at
// the same distance from the beginning or the end, and numbers that follow
// from a file's length.
type common struct {
	bytes   []byte // the values of constant bytes, at their places
	kinds   []kind // of each place up to the end of the shortest file
	offsets []uint32
	suffix  []byte
}

// A kind says what is at a place in all files.
type kind uint8

const (
	own       kind = iota // each file has its own byte
	constant              // the same byte
	bigEndian             // four bytes: the file's length less offsets at that place
	littleEndian
)

// enough is the number of files from which bytes that agree in all of them are
// unlikely to agree by chance.
const enough = 16

var errTooFew = errors.New("too few files to tell which of their bytes they share")

// strip takes from each file what all have in common.
func strip(files [][]byte) (*common, error) {
	if len(files) < enough {
		return nil, errTooFew
	}
	c := &common{suffix: commonSuffix(files)}
	shortest := len(files[0])
	for _, f := range files {
		shortest = min(shortest, len(f))
	}
	shortest -= len(c.suffix)
	c.bytes = files[0][:shortest:shortest]
	c.kinds = make([]kind, shortest)
	c.offsets = make([]uint32, shortest)
	for i := range shortest {
		if sameAt(files, i) {
			c.kinds[i] = constant
		}
	}
	for i := 0; i+4 <= shortest; i++ {
		c.markLength(files, i)
	}
	for i, f := range files {
		files[i] = c.remove(f)
	}
	return c, nil
}

func commonSuffix(files [][]byte) []byte {
	suffix := files[0]
	for _, f := range files[1:] {
		n := 0
		for n < min(len(f), len(suffix)) && f[len(f)-1-n] == suffix[len(suffix)-1-n] {
			n++
		}
		suffix = suffix[len(suffix)-n:]
	}
	return suffix
}

func sameAt(files [][]byte, i int) bool {
	for _, f := range files {
		if f[i] != files[0][i] {
			return false
		}
	}
	return true
}

// markLength marks the four bytes at i if they differ between files just as
// the files' lengths do.
func (c *common) markLength(files [][]byte, i int) {
	if c.kinds[i+3] == constant && c.kinds[i] == constant {
		return // nothing to be gained
	}
	orders := map[kind]binary.ByteOrder{bigEndian: binary.BigEndian, littleEndian: binary.LittleEndian}
	for k, order := range orders {
		offset := uint32(len(files[0])) - order.Uint32(files[0][i:])
		if followsLength(files, i, order, offset) {
			c.kinds[i], c.offsets[i] = k, offset
			c.kinds[i+1], c.kinds[i+2], c.kinds[i+3] = constant, constant, constant
			return
		}
	}
}

func followsLength(files [][]byte, i int, order binary.ByteOrder, offset uint32) bool {
	for _, f := range files {
		if uint32(len(f))-order.Uint32(f[i:]) != offset {
			return false
		}
	}
	return true
}

// remove returns what is a file's own.
func (c *common) remove(file []byte) []byte {
	var rest []byte
	for i, k := range c.kinds {
		if k == own {
			rest = append(rest, file[i])
		}
	}
	return append(rest, file[len(c.kinds):len(file)-len(c.suffix)]...)
}

// restore is the inverse of remove.
func (c *common) restore(rest []byte) []byte {
	var file []byte
	for i, k := range c.kinds {
		if k == own {
			file = append(file, rest[0])
			rest = rest[1:]
		} else {
			file = append(file, c.bytes[i])
		}
	}
	file = append(append(file, rest...), c.suffix...)
	for i, k := range c.kinds {
		switch k {
		case bigEndian:
			binary.BigEndian.PutUint32(file[i:], uint32(len(file))-c.offsets[i])
		case littleEndian:
			binary.LittleEndian.PutUint32(file[i:], uint32(len(file))-c.offsets[i])
		}
	}
	return file
}

// size is the number of bytes taken off each file.
func (c *common) size() int64 {
	n := len(c.suffix)
	for _, k := range c.kinds {
		if k != own {
			n++
		}
	}
	return int64(n)
}
