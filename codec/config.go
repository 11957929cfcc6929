package codec

import (
	"errors"
	"fmt"
)

// A Config is the architecture of a codec: what its weights are weights of.
// Images are Height x Width x Channels. The analysis transform folds patches of
// Patch x Patch pixels into a grid of GridH x GridW sites and gives each site
// Latents() numbers; all of it works on that grid.
type Config struct {
	Height   int `json:"height"`   // 8 to 128
	Width    int `json:"width"`    // 8 to 128
	Channels int `json:"channels"` // 1 for grey, 3 for red, green and blue

	Patch    int   `json:"patch"`    // pixels of a site's side: 2, 4 or 8
	Features int   `json:"features"` // channels between the layers of both transforms
	Blocks   int   `json:"blocks"`   // residual blocks of each transform
	Groups   []int `json:"groups"`   // latents of a site, in groups that are coded one after another

	Global int `json:"global"` // latents of the whole image, coded first; 0: none
	Planes int `json:"planes"` // channels into which the global latents unfold
	Hidden int `json:"hidden"` // channels between the layers of the entropy model

	// Factorised says that latents are coded without regard to each other (J.
	// Ballé et al., "End-to-end Optimized Image Compression", 2017). Global must
	// be 0.
	Factorised bool `json:"factorised,omitempty"`

	// Lambdas are the weights of distortion, rising, for which the quality
	// settings are trained: rate in bits an image plus Lambda times the mean
	// squared error of pixel values from 0 to 255. Settings between are
	// interpolated.
	Lambdas []float64 `json:"lambdas"`
}

// Small returns the architecture for images of one kind and the given shape.
func Small(height, width, channels int) Config {
	c := Config{
		Height: height, Width: width, Channels: channels,
		Patch: 4, Features: 48, Blocks: 2, Groups: []int{4, 4, 8, 8},
		Global: 24, Planes: 16, Hidden: 48,
		Lambdas: []float64{0.5, 1, 2, 4, 8, 16, 32, 64},
	}
	if channels == 3 {
		c.Features, c.Groups = 64, []int{4, 8, 16, 16}
	}
	return c
}

// GridH returns the number of rows of sites.
func (c Config) GridH() int { return (c.Height + c.Patch - 1) / c.Patch }

// GridW returns the number of columns of sites.
func (c Config) GridW() int { return (c.Width + c.Patch - 1) / c.Patch }

// Latents returns the number of latents of a site.
func (c Config) Latents() int {
	n := 0
	for _, g := range c.Groups {
		n += g
	}
	return n
}

// pool returns how many sites, in each direction, share what the global latents
// unfold into: the global latents see and make a grid of at most 8 x 8.
func (c Config) pool() int { return (max(c.GridH(), c.GridW()) + 7) / 8 }

// poolH and poolW are the sides of the grid that the global latents unfold into.
func (c Config) poolH() int { return (c.GridH() + c.pool() - 1) / c.pool() }
func (c Config) poolW() int { return (c.GridW() + c.pool() - 1) / c.pool() }

// weights returns how many weights the kernels have: a model file has at least
// as many bytes.
func (c Config) weights() int {
	pixels := c.Patch * c.Patch * c.Channels
	n := 9 * c.Features * (2*pixels + 2*c.Latents() + c.planes() + 4*c.Blocks*c.Features)
	n += c.Global * c.poolH() * c.poolW() * (squeezed + c.Planes)
	for _, s := range c.Schedule() {
		n += c.Hidden * (9*(s.Seen+c.planes()) + c.Hidden + 2*s.Count)
	}
	return n
}

// Limits of a Config, so that a model file cannot ask for the impossible.
const (
	minSide     = 8
	maxSide     = 128
	maxFeatures = 256
	maxBlocks   = 8
	maxGroups   = 16
	maxLatents  = 128
	maxGlobal   = 128
	maxLambdas  = 32
)

// Check returns an error if c is no architecture that this package can build.
func (c Config) Check() error {
	within := func(name string, v, low, high int) error {
		if v < low || v > high {
			return fmt.Errorf("codec: %s is %d: it must be from %d to %d", name, v, low, high)
		}
		return nil
	}
	err := errors.Join(
		within("the height", c.Height, minSide, maxSide),
		within("the width", c.Width, minSide, maxSide),
		within("the number of features", c.Features, 1, maxFeatures),
		within("the number of blocks", c.Blocks, 0, maxBlocks),
		within("the number of groups", len(c.Groups), 1, maxGroups),
		within("the number of latents", c.Latents(), 1, maxLatents),
		within("the number of global latents", c.Global, 0, maxGlobal),
		within("the number of planes", c.Planes, 1, maxFeatures),
		within("the number of hidden channels", c.Hidden, 1, maxFeatures),
		within("the number of lambdas", len(c.Lambdas), 2, maxLambdas),
	)
	for _, g := range c.Groups {
		err = errors.Join(err, within("a group", g, 1, maxLatents))
	}
	for i, l := range c.Lambdas {
		if !(l > 0 && l < 1e6) || i > 0 && l <= c.Lambdas[i-1] {
			err = errors.Join(err, fmt.Errorf("codec: lambdas %v: they must be positive and rise", c.Lambdas))
			break
		}
	}
	if c.Factorised && c.Global != 0 {
		err = errors.Join(err, errors.New("codec: global latents in a factorised codec"))
	}
	if c.Channels != 1 && c.Channels != 3 {
		err = errors.Join(err, fmt.Errorf("codec: %d channels: an image has 1 or 3", c.Channels))
	}
	if c.Patch != 2 && c.Patch != 4 && c.Patch != 8 {
		err = errors.Join(err, fmt.Errorf("codec: a patch of %d: it must be 2, 4 or 8", c.Patch))
	}
	return err
}
