package codec

import "github.com/hourglass-codec/hourglass/entropy"

// anyLossless is the distribution of whether a payload has images without
// latents: hardly ever.
var anyLossless = func() *entropy.Table {
	t, err := entropy.NewClosedTable(0, []uint64{1 << 12, 1})
	if err != nil {
		panic(err)
	}
	return t
}()

// putKinds encodes which images are stored without loss.
func (k *coder) putKinds() {
	some := int32(0)
	for _, l := range k.lossless {
		if l {
			some = 1
		}
	}
	k.message.Put(anyLossless, some)
	if some == 0 {
		return
	}
	for _, l := range k.lossless {
		bit := uint32(0)
		if l {
			bit = 1
		}
		k.message.PutBits(bit, 1)
	}
}

// getKinds decodes which images are stored without loss.
func (k *coder) getKinds() {
	if k.decoder.Get(anyLossless) == 0 {
		return
	}
	for i := range k.lossless {
		k.lossless[i] = k.decoder.GetBits(1) == 1
	}
}

// pixelModel predicts pixels from their neighbours, as LOCO-I does (M.
// Weinberger et al., "The LOCO-I Lossless Image Compression Algorithm", 2000),
// and has adaptive models for the differences, by how smooth the neighbourhood
// is.
type pixelModel [9]entropy.Uint

// neighbours returns the prediction of pixel i of an image, row after row of
// stride bytes, and the number of the model for the difference.
func neighbours(pix []byte, i, stride, channels int) (predicted byte, context int) {
	at := func(j int) int {
		if j < 0 {
			return 0
		}
		return int(pix[j])
	}
	left, up, corner := 0, at(i-stride), at(i-stride-channels)
	if i%stride >= channels {
		left = at(i - channels)
	} else {
		left, corner = up, up
	}
	p := min(max(left+up-corner, min(left, up)), max(left, up))
	for d := abs(left-corner) + abs(up-corner); d > 0 && context < len(pixelModel{})-1; d >>= 1 {
		context++
	}
	return byte(p), context
}

func abs(x int) int { return max(x, -x) }

// putLossless encodes the pixels of the images without latents.
func (k *coder) putLossless(pix []byte, n int) {
	k.eachLossless(pix, n, func(m *entropy.Uint, pixel *byte, predicted byte) {
		d := int8(*pixel - predicted)
		m.Put(k.message, uint32(uint8(d<<1^d>>7)))
	})
}

// getLossless decodes them.
func (k *coder) getLossless(pix []byte, n int) {
	k.eachLossless(pix, n, func(m *entropy.Uint, pixel *byte, predicted byte) {
		z := m.Get(k.decoder)
		*pixel = predicted + (byte(z>>1) ^ -byte(z&1))
	})
}

// eachLossless calls code for each pixel of the images without latents.
func (k *coder) eachLossless(pix []byte, n int, code func(m *entropy.Uint, pixel *byte, predicted byte)) {
	c := k.codec.model.config
	size, models := len(pix)/n, &pixelModel{}
	for image := range n {
		if !k.lossless[image] {
			continue
		}
		p := pix[image*size : (image+1)*size]
		for i := range p {
			predicted, context := neighbours(p, i, c.Width*c.Channels, c.Channels)
			code(&models[context], &p[i], predicted)
		}
	}
}
