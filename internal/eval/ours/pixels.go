package ours

import (
	"fmt"
	"image"
)

// copyPixels copies a decoded image to dst, (H, W, C).
func copyPixels(dst []uint8, m image.Image) error {
	switch m := m.(type) {
	case *image.Gray:
		copy(dst, m.Pix)
	case *image.RGBA:
		for i := range len(dst) / 3 {
			copy(dst[3*i:3*i+3], m.Pix[4*i:])
		}
	default:
		return fmt.Errorf("ours: a decoded image of type %T", m)
	}
	return nil
}
