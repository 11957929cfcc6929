package dataset

import (
	"image"
	"image/color"
	"slices"
	"testing"
)

func TestSetImage(t *testing.T) {
	grey := &Set{N: 2, H: 2, W: 3, C: 1, Pixels: []uint8{0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15}}
	m := grey.Image(1)
	if m.Bounds() != image.Rect(0, 0, 3, 2) || m.At(2, 1) != (color.Gray{15}) || m.At(1, 0) != (color.Gray{11}) {
		t.Errorf("grey image: %v", m)
	}
	rgb := &Set{N: 1, H: 1, W: 2, C: 3, Pixels: []uint8{1, 2, 3, 4, 5, 6}}
	m = rgb.Image(0)
	if m.Bounds() != image.Rect(0, 0, 2, 1) || m.At(1, 0) != (color.NRGBA{4, 5, 6, 255}) {
		t.Errorf("RGB image: %v", m)
	}
}

func TestSetSlice(t *testing.T) {
	s := ramp(5)
	s.Labels, s.Classes = []int{0, 1, 0, 1, 0}, []string{"even", "odd"}
	part := s.Slice(1, 4)
	if part.N != 3 || !slices.Equal(part.Pixels, []uint8{1, 255, 2, 255, 3, 255}) || part.Class(0) != "odd" {
		t.Errorf("Slice(1, 4): %+v", part)
	}
	if n := s.Take(2).N; n != 2 {
		t.Errorf("Take(2) has %d images", n)
	}
	if n := s.Take(9).N; n != 5 {
		t.Errorf("Take(9) of 5 has %d images", n)
	}
	part.Pixels = append(part.Pixels, 99)
	if s.Pixels[8] != 4 {
		t.Error("appending to a slice wrote into the set")
	}
	if class := ramp(1).Class(0); class != "" {
		t.Errorf("class of an image without labels: %q", class)
	}
	expectPanic(t, "Slice beyond the end", func() { s.Slice(2, 6) })
	expectPanic(t, "Pix beyond the end", func() { s.Pix(5) })
}

func TestSetFloat32(t *testing.T) {
	s := &Set{N: 128, H: 1, W: 2, C: 1}
	for p := range 256 {
		s.Pixels = append(s.Pixels, uint8(p))
	}
	dst := make([]float32, 256)
	if n := s.Float32(dst, 0); n != 128 {
		t.Errorf("%d images", n)
	}
	for p, v := range dst {
		if want := float32(float64(p) / 255); v != want {
			t.Errorf("pixel %d: %v, want %v", p, v, want)
		}
	}
	if n := s.Float32(dst[:7], 126); n != 2 {
		t.Errorf("%d images at the end, want 2", n)
	}
	if n := s.Float32(dst[:3], 0); n != 1 {
		t.Errorf("%d images in room for one and a half", n)
	}
}

func TestHoldOut(t *testing.T) {
	s := ramp(25)
	s.Labels = make([]int, 25)
	for i := range s.Labels {
		s.Labels[i] = i
	}
	split := s.holdOut(10)
	if !slices.Equal(split.Test.Labels, []int{9, 19}) || split.Train.N != 23 || split.Train.Labels[9] != 10 {
		t.Errorf("test %v, train %v", split.Test.Labels, split.Train.Labels)
	}
	if split.Test.Pix(1)[0] != 19 {
		t.Errorf("pixels of the second test image: %v", split.Test.Pix(1))
	}
}
