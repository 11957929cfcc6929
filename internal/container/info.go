package container

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"
	"math/bits"
)

// An Info is what an archive may say about an image.
type Info struct {
	// Name is empty, or a relative path that [fs.ValidPath] accepts, of at
	// most MaxName bytes and other than ".".
	Name string
	// Label is a class, 0 to MaxLabel.
	Label int
}

// Limits of an [Info].
const (
	MaxName  = 1024
	MaxLabel = math.MaxInt32
)

// maxInfoHead is the most bytes of an info chunk that are not of names: the
// numbers of the images, the labels, and three lengths for each name.
const maxInfoHead = binary.MaxVarintLen64 + 1 + 5 + 1 + MaxBlock*(4+3*2)

func validName(name string) bool {
	return name == "" || name != "." && len(name) <= MaxName && fs.ValidPath(name)
}

func (h *Header) checkInfo(i Info) error {
	switch {
	case h.Names && !validName(i.Name):
		return fmt.Errorf("container: cannot store the name %q: a name is a relative path with slashes, of at most %d bytes", i.Name, MaxName)
	case h.Labels && (i.Label < 0 || i.Label > MaxLabel):
		return fmt.Errorf("container: cannot store the label %d: a label is 0 to %d", i.Label, MaxLabel)
	}
	return nil
}

// appendInfos appends the data of the info chunk of a block.
func (h *Header) appendInfos(dst []byte, first int, infos []Info) []byte {
	dst = appendRange(dst, first, len(infos))
	if h.Labels {
		dst = appendLabels(dst, infos)
	}
	if h.Names {
		dst = appendNames(dst, infos)
	}
	return dst
}

// parseInfos reads what appendInfos appends.
func (h *Header) parseInfos(data []byte, off int64, l *Limits) (first int, infos []Info, err error) {
	c := cursor{data: data, off: off, short: ErrCorrupt}
	first, count := c.readRange(h, l)
	infos = make([]Info, count)
	if h.Labels {
		c.readLabels(infos)
	}
	if h.Names {
		c.readNames(infos, l.MaxNames)
	}
	if err := c.end("the names and labels"); err != nil {
		return 0, nil, err
	}
	return first, infos, nil
}

// appendRange appends the numbers of the images that a chunk is about.
func appendRange(dst []byte, first, count int) []byte {
	return append(binary.AppendUvarint(dst, uint64(first)), byte(count-1))
}

func (c *cursor) readRange(h *Header, l *Limits) (first, count int) {
	first = int(c.uvarint(int64(l.MaxImages), "the number of the first image"))
	count = int(c.byte("the number of images")) + 1
	switch {
	case count > h.BlockSize:
		c.fail(ErrCorrupt, "%d images in a block, the most is %d", count, h.BlockSize)
	case first > l.MaxImages-count:
		c.fail(ErrTooLarge, "image %d, the limit is %d images", first+count-1, l.MaxImages)
	}
	if c.err != nil {
		return 0, 0
	}
	return first, count
}

// appendLabels appends the smallest label as a varint, the width of the
// differences to it in bits, and the differences, from the low bit up.
func appendLabels(dst []byte, infos []Info) []byte {
	low, high := infos[0].Label, infos[0].Label
	for _, i := range infos {
		low, high = min(low, i.Label), max(high, i.Label)
	}
	width := bits.Len(uint(high - low))
	dst = append(binary.AppendUvarint(dst, uint64(low)), byte(width))
	acc, n := uint64(0), 0
	for _, i := range infos {
		acc |= uint64(i.Label-low) << n
		for n += width; n >= 8; n -= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
		}
	}
	if n > 0 {
		dst = append(dst, byte(acc))
	}
	return dst
}

func (c *cursor) readLabels(infos []Info) {
	low := uint64(c.uvarint(MaxLabel, "the smallest label"))
	width := int(c.byte("the width of the labels"))
	if width > 31 {
		c.fail(ErrCorrupt, "labels of %d bits", width)
		return
	}
	packed := c.take((len(infos)*width+7)/8, "the labels")
	if c.err != nil {
		return
	}
	acc, n := uint64(0), 0
	for i := range infos {
		for ; n < width; n += 8 {
			acc |= uint64(packed[0]) << n
			packed = packed[1:]
		}
		label := low + acc&(1<<width-1)
		if label > MaxLabel {
			c.fail(ErrCorrupt, "label %d", label)
			return
		}
		infos[i].Label = int(label)
		acc, n = acc>>width, n-width
	}
	if acc != 0 {
		c.fail(ErrCorrupt, "bits after the last label")
	}
}

// affix is how much of the start and the end of a name is that of the name
// before it.
type affix struct{ prefix, suffix int }

func (a affix) size() int { return a.prefix + a.suffix }

// fits tells whether name may be written with a after prev.
func (a affix) fits(prev, name string) bool {
	return a.size() <= min(len(prev), len(name)) &&
		prev[:a.prefix] == name[:a.prefix] && prev[len(prev)-a.suffix:] == name[len(name)-a.suffix:]
}

func longestAffix(prev, name string) (a affix) {
	n := min(len(prev), len(name))
	for a.prefix < n && prev[a.prefix] == name[a.prefix] {
		a.prefix++
	}
	for a.suffix < n-a.prefix && prev[len(prev)-1-a.suffix] == name[len(name)-1-a.suffix] {
		a.suffix++
	}
	return a
}

// appendNames appends of each name the bytes between its affixes, their number
// and, where they are not those of the name before, the lengths of the affixes.
func appendNames(dst []byte, infos []Info) []byte {
	var prev string
	var last affix
	for _, i := range infos {
		name := i.Name
		a := longestAffix(prev, name)
		if last.size() == a.size() && last.fits(prev, name) {
			a = last
			dst = binary.AppendUvarint(dst, uint64(len(name)-a.size())<<1|1)
		} else {
			dst = binary.AppendUvarint(dst, uint64(len(name)-a.size())<<1)
			dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(a.prefix)), uint64(a.suffix))
		}
		dst = append(dst, name[a.prefix:len(name)-a.suffix]...)
		prev, last = name, a
	}
	return dst
}

func (c *cursor) readNames(infos []Info, limit int) {
	var prev string
	var last affix
	for i := range infos {
		n := c.uvarint(2*MaxName+1, "the length of a name")
		if n&1 == 0 {
			last.prefix = int(c.uvarint(MaxName, "a prefix of a name"))
			last.suffix = int(c.uvarint(MaxName, "a suffix of a name"))
		}
		middle := c.take(int(n>>1), "a name")
		if c.err == nil && last.size() > len(prev) {
			c.fail(ErrCorrupt, "a name shares %d bytes with one of %d", last.size(), len(prev))
		}
		if c.err != nil {
			return
		}
		name := prev[:last.prefix] + string(middle) + prev[len(prev)-last.suffix:]
		if limit -= len(name); limit < 0 {
			c.fail(ErrTooLarge, "the names of a block are over the limit")
		} else if !validName(name) {
			c.fail(ErrCorrupt, "the name %q is not allowed", name)
		}
		infos[i].Name, prev = name, name
	}
}
