package zoo

import "github.com/hourglass-codec/hourglass/codec"

// A Codec describes a family of codecs for small images of one kind: trained
// for rate and distortion, where an [Entry] is trained for distortion alone.
type Codec struct {
	Name         string
	Description  string // one line
	Dataset      string // the set it is trained on if none is named
	Epochs       int
	BatchSize    int
	LearningRate float64
	Config       func(height, width, channels int) codec.Config
}

// Codecs returns the families of codecs.
func Codecs() []Codec {
	return []Codec{
		{
			Name: "small", Description: "residual transforms on 4x4 patches, global latents, checkerboard and channel context",
			Dataset: "fashion-mnist", Epochs: 80, BatchSize: 64, LearningRate: 0.002, Config: codec.Small,
		},
		{
			Name: "factorised", Description: "the same transforms, latents coded without regard to each other",
			Dataset: "fashion-mnist", Epochs: 80, BatchSize: 64, LearningRate: 0.002, Config: factorised,
		},
	}
}

func factorised(height, width, channels int) codec.Config {
	c := codec.Small(height, width, channels)
	c.Factorised, c.Global = true, 0
	return c
}
