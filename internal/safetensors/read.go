package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxTensors is the most tensors that Read takes, whatever its limit.
const maxTensors = 1 << 16

// Read reads a whole file of at most limit bytes. Its errors are
// [ErrTruncated], [ErrTooLarge], a [FormatError] or those of r.
func Read(r io.Reader, limit int) (*File, error) {
	var size [8]byte
	if err := readFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(size[:])
	if n > uint64(max(limit-8, 0)) {
		return nil, ErrTooLarge
	}
	header, err := readN(r, int(n))
	if err != nil {
		return nil, err
	}
	f, total, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	if total > limit-8-len(header) {
		return nil, ErrTooLarge
	}
	data, err := readN(r, total)
	if err != nil {
		return nil, err
	}
	if k, _ := r.Read(size[:1]); k != 0 {
		return nil, FormatError("bytes after the last tensor")
	}
	off := 0
	for i := range f.Tensors {
		t := &f.Tensors[i]
		n, _ := bytesOf(t.DType, t.Shape)
		t.Data = data[off : off+n : off+n]
		off += n
	}
	return f, nil
}

// parseHeader returns the tensors without their data, and the bytes of it.
func parseHeader(header []byte) (f *File, total int, err error) {
	var fields map[string]json.RawMessage
	if err := strictJSON(header, &fields); err != nil {
		return nil, 0, FormatError("header: " + err.Error())
	}
	if len(fields) > maxTensors {
		return nil, 0, FormatError(fmt.Sprintf("%d tensors", len(fields)))
	}
	f = &File{}
	begin := map[string]int{}
	for name, raw := range fields {
		if name == metadataKey {
			if err := strictJSON(raw, &f.Metadata); err != nil {
				return nil, 0, FormatError("metadata: " + err.Error())
			}
			continue
		}
		var e entry
		if err := strictJSON(raw, &e); err != nil {
			return nil, 0, FormatError(fmt.Sprintf("tensor %q: %v", name, err))
		}
		n, ok := bytesOf(e.DType, e.Shape)
		if !ok || e.Offsets[0] < 0 || e.Offsets[1]-e.Offsets[0] != n {
			return nil, 0, FormatError(fmt.Sprintf("tensor %q: %s of shape %v does not lie at %v", name, e.DType, e.Shape, e.Offsets))
		}
		begin[name] = e.Offsets[0]
		f.Tensors = append(f.Tensors, Tensor{Name: name, DType: e.DType, Shape: e.Shape})
	}
	slices.SortFunc(f.Tensors, func(a, b Tensor) int {
		na, _ := bytesOf(a.DType, a.Shape)
		nb, _ := bytesOf(b.DType, b.Shape)
		return cmp.Or(begin[a.Name]-begin[b.Name], na-nb, cmp.Compare(a.Name, b.Name))
	})
	for _, t := range f.Tensors {
		if begin[t.Name] != total {
			return nil, 0, FormatError(fmt.Sprintf("tensor %q overlaps another or leaves a gap", t.Name))
		}
		n, _ := bytesOf(t.DType, t.Shape)
		total += n
	}
	return f, total, nil
}

// strictJSON decodes data, all of it, without unknown fields.
func strictJSON(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("text after its end")
	}
	return nil
}

// readN reads n bytes, allocating only as they arrive.
func readN(r io.Reader, n int) ([]byte, error) {
	var b bytes.Buffer
	k, err := io.CopyN(&b, r, int64(n))
	if err == io.EOF && k < int64(n) {
		return nil, ErrTruncated
	}
	return b.Bytes(), err
}

func readFull(r io.Reader, p []byte) error {
	_, err := io.ReadFull(r, p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrTruncated
	}
	return err
}
