package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// FromHalf returns a tensor of type F16 with the values rounded to nearest,
// ties to even (IEEE 754 binary16). What is too large becomes an infinity.
func FromHalf(name string, shape []int, values []float32) Tensor {
	data := make([]byte, 0, 2*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint16(data, toHalf(v))
	}
	return Tensor{Name: name, DType: F16, Shape: shape, Data: data}
}

// Half returns the values of a tensor of type F16; it is a FormatError if t is
// of another type.
func (t *Tensor) Half() ([]float32, error) {
	if t.DType != F16 {
		return nil, FormatError(fmt.Sprintf("tensor %q holds %s, want F16", t.Name, t.DType))
	}
	values := make([]float32, len(t.Data)/2)
	for i := range values {
		values[i] = fromHalf(binary.LittleEndian.Uint16(t.Data[2*i:]))
	}
	return values, nil
}

// toHalf rounds v to a half, given as its bits.
func toHalf(v float32) uint16 {
	b := math.Float32bits(v)
	sign, magnitude := uint16(b>>16)&0x8000, b&0x7fffffff
	switch {
	case magnitude > 0x7f800000: // not a number
		return sign | 0x7e00
	case magnitude >= 0x477ff000: // rounds to 2^16 or more
		return sign | 0x7c00
	case magnitude < 0x38800000: // below 2^-14: a multiple of 2^-24
		scaled := float64(math.Float32frombits(magnitude)) * (1 << 24)
		return sign | uint16(math.RoundToEven(scaled))
	}
	magnitude += 0xfff + magnitude>>13&1
	return sign | uint16(magnitude>>13-(127-15)<<10)
}

// fromHalf returns the value of a half.
func fromHalf(h uint16) float32 {
	sign, exponent, fraction := uint32(h&0x8000)<<16, uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch exponent {
	case 0:
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(sign | math.Float32bits(v))
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
