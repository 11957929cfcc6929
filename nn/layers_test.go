package nn

import (
	"errors"
	"strings"
	"testing"
)

// layerCases has every kind of layer, applied to an input of a shape.
var layerCases = []struct {
	config Config
	in     Shape
	out    Shape
	params int
}{
	{Dense{Units: 5}, Shape{3}, Shape{5}, 20},
	{Dense{Units: 5, NoBias: true, Activation: Tanh{}}, Shape{4, 6, 3}, Shape{4, 6, 5}, 15},
	{Conv2D{Filters: 4, Kernel: [2]int{3, 5}}, Shape{9, 8, 3}, Shape{7, 4, 4}, 3*5*3*4 + 4},
	{Conv2D{Filters: 4, Kernel: [2]int{3, 3}, Strides: [2]int{2, 2}, Padding: Same, Activation: ReLU{}}, Shape{9, 8, 3}, Shape{5, 4, 4}, 3*3*3*4 + 4},
	{Conv2D{Filters: 4, Kernel: [2]int{3, 3}, Dilations: [2]int{2, 1}}, Shape{9, 8, 3}, Shape{5, 6, 4}, 3*3*3*4 + 4},
	{Conv2D{Filters: 4, Kernel: [2]int{1, 1}, Groups: 2, NoBias: true}, Shape{3, 3, 6}, Shape{3, 3, 4}, 3 * 4},
	{Conv2DTranspose{Filters: 4, Kernel: [2]int{3, 3}, Strides: [2]int{2, 2}, Padding: Same}, Shape{5, 7, 3}, Shape{10, 14, 4}, 3*3*3*4 + 4},
	{Conv2DTranspose{Filters: 4, Kernel: [2]int{5, 3}, Strides: [2]int{2, 1}, Activation: LeakyReLU{Slope: 0.1}}, Shape{5, 7, 3}, Shape{13, 9, 4}, 5*3*3*4 + 4},
	{MaxPooling2D{}, Shape{7, 8, 3}, Shape{3, 4, 3}, 0},
	{MaxPooling2D{Padding: Same}, Shape{7, 8, 3}, Shape{4, 4, 3}, 0},
	{AveragePooling2D{Size: [2]int{3, 2}, Strides: [2]int{1, 1}}, Shape{7, 8, 3}, Shape{5, 7, 3}, 0},
	{UpSampling2D{}, Shape{3, 4, 2}, Shape{6, 8, 2}, 0},
	{UpSampling2D{Size: [2]int{1, 3}, Interpolation: Bilinear}, Shape{3, 4, 2}, Shape{3, 12, 2}, 0},
	{Flatten{}, Shape{3, 4, 2}, Shape{24}, 0},
	{Reshape{Shape: Shape{2, 12}}, Shape{3, 4, 2}, Shape{2, 12}, 0},
	{Reshape{Shape: Shape{-1, 6}}, Shape{3, 4, 2}, Shape{4, 6}, 0},
	{Add{}, Shape{3}, Shape{3}, 0},
	{Concatenate{}, Shape{3}, Shape{3}, 0},
	{ZeroPadding2D{Top: 1, Right: 2}, Shape{3, 4, 2}, Shape{4, 6, 2}, 0},
	{ZeroPadding2D{}, Shape{3, 4, 2}, Shape{5, 6, 2}, 0},
	{Cropping2D{Bottom: 1, Left: 2}, Shape{3, 4, 2}, Shape{2, 2, 2}, 0},
	{Dropout{Rate: 0.5}, Shape{3}, Shape{3}, 0},
	{GaussianNoise{StdDev: 0.5}, Shape{3}, Shape{3}, 0},
	{BatchNormalization{Momentum: 0.9}, Shape{3, 4, 2}, Shape{3, 4, 2}, 8},
	{GDN{}, Shape{3, 4, 2}, Shape{3, 4, 2}, 6},
	{InverseGDN{}, Shape{5}, Shape{5}, 30},
	{ReLU{}, Shape{3}, Shape{3}, 0},
	{LeakyReLU{}, Shape{3}, Shape{3}, 0},
	{ELU{Alpha: 0.5}, Shape{3}, Shape{3}, 0},
	{Sigmoid{}, Shape{3}, Shape{3}, 0},
	{Tanh{}, Shape{3}, Shape{3}, 0},
	{Softmax{}, Shape{3}, Shape{3}, 0},
	{GELU{}, Shape{3}, Shape{3}, 0},
	{SiLU{}, Shape{3}, Shape{3}, 0},
	{Softplus{}, Shape{3}, Shape{3}, 0},
}

func TestLayerShapes(t *testing.T) {
	for _, c := range layerCases {
		b := &Builder{}
		l := New(c.config)
		y := l.Apply(b.Input("", c.in...))
		if want := append(Shape{-1}, c.out...); !y.Shape().Equal(want) {
			t.Errorf("%+v of %v has shape %v, want %v", c.config, c.in, y.Shape(), want)
		}
		if n := elements(l.Weights(), nil); n != c.params {
			t.Errorf("%+v of %v has %d weights, want %d", c.config, c.in, n, c.params)
		}
	}
}

func TestDefaultNames(t *testing.T) {
	b := &Builder{}
	x := b.Input("", 8, 8, 2)
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Conv2D{Filters: 2, Kernel: [2]int{1, 1}}, "conv2d"},
		{Conv2D{Filters: 2, Kernel: [2]int{1, 1}}, "conv2d_1"},
		{Conv2DTranspose{Filters: 2, Kernel: [2]int{1, 1}}, "conv2d_transpose"},
		{MaxPooling2D{}, "max_pooling2d"},
		{UpSampling2D{}, "up_sampling2d"},
		{LeakyReLU{}, "leaky_re_lu"},
		{BatchNormalization{}, "batch_normalization"},
		{ZeroPadding2D{}, "zero_padding2d"},
		{Dense{Name: "dense_1", Units: 1}, "dense_1"},
		{Dense{Units: 1}, "dense"},
		{Dense{Units: 1}, "dense_2"},
	} {
		l := New(c.config)
		l.Apply(x)
		if l.Name() != c.want {
			t.Errorf("%T is called %q, want %q", c.config, l.Name(), c.want)
		}
	}
	if in := b.Input("", 3); in.app.layer.Name() != "input_2" {
		t.Errorf("the second input is called %q", in.app.layer.Name())
	}
}

func TestSharedLayer(t *testing.T) {
	b := &Builder{}
	l := New(Dense{Units: 3})
	x := b.Input("", 3)
	m := NewModel("", x, l.Apply(l.Apply(x)))
	if len(m.Weights()) != 2 {
		t.Errorf("%d weights, want one kernel and one bias", len(m.Weights()))
	}
}

// Mistakes in building a network panic with an error that shows what is wrong.
func TestBuildErrors(t *testing.T) {
	image := func(b *Builder) *Node { return b.Input("x", 4, 4, 3) }
	for name, c := range map[string]struct {
		build func(b *Builder)
		want  string
	}{
		"name twice": {func(b *Builder) {
			Dense{Name: "d", Units: 1}.Apply(Dense{Name: "d", Units: 1}.Apply(b.Input("x", 1)))
		}, "a second layer of this name"},
		"vector to convolution": {func(b *Builder) {
			Conv2D{Filters: 1, Kernel: [2]int{3, 3}}.Apply(b.Input("x", 5))
		}, "want an image (N, H, W, C), got (None, 5)"},
		"window too large": {func(b *Builder) {
			Conv2D{Filters: 1, Kernel: [2]int{5, 5}}.Apply(image(b))
		}, "(None, 4, 4, 3)"},
		"no filters": {func(b *Builder) { Conv2D{Kernel: [2]int{3, 3}}.Apply(image(b)) }, "(3, 3, 3, 0)"},
		"groups":     {func(b *Builder) { Conv2D{Filters: 4, Kernel: [2]int{1, 1}, Groups: 2}.Apply(image(b)) }, "2 groups"},
		"shared layer, other input": {func(b *Builder) {
			l := New(Dense{Units: 2})
			l.Apply(b.Input("x", 3))
			l.Apply(b.Input("y", 4))
		}, "has shape (3, 2), this input calls for (4, 2)"},
		"sum of unlike shapes": {func(b *Builder) { Add{}.Apply(b.Input("x", 3), b.Input("y", 1)) }, "(None, 3) and (None, 1) differ"},
		"reshape":              {func(b *Builder) { Reshape{Shape: Shape{5, -1}}.Apply(image(b)) }, "(None, 4, 4, 3) cannot become (5, None)"},
		"crop all":             {func(b *Builder) { Cropping2D{Top: 2, Bottom: 2}.Apply(image(b)) }, "nothing of (None, 4, 4, 3)"},
		"dropout of all":       {func(b *Builder) { Dropout{Rate: 1}.Apply(image(b)) }, "not in [0, 1)"},
		"two nodes to dense":   {func(b *Builder) { x := b.Input("x", 2); New(Dense{Units: 1}).Apply(x, x) }, "applied to 2 nodes"},
		"model of another input": {func(b *Builder) {
			NewModel("m", b.Input("x", 2), ReLU{}.Apply(b.Input("y", 2)))
		}, `depend on "y", which is not among the inputs`},
		"model of no input": {func(b *Builder) {
			h := ReLU{Name: "h"}.Apply(b.Input("x", 2))
			NewModel("m", h, ReLU{}.Apply(h))
		}, `"h" is a ReLU, not an input`},
		"model on wrong shape": {func(b *Builder) {
			x := b.Input("x", 2)
			NewModel("m", x, ReLU{}.Apply(x)).Apply(b.Input("y", 3))
		}, "(None, 3) given where the model has (None, 2)"},
		"layers of two builders": {func(b *Builder) {
			x, y := b.Input("x", 2), (&Builder{}).Input("y", 2)
			NewModelOf("m", []*Node{x, y}, []*Node{Dense{Units: 1}.Apply(x), Dense{Units: 1}.Apply(y)})
		}, `two layers are called "dense"`},
		"input of nothing": {func(b *Builder) { b.Input("x", 3, 0) }, "(None, 3, 0)"},
		"uncompiled":       {func(b *Builder) { x := b.Input("x", 2); NewModel("m", x, ReLU{}.Apply(x)).Trainer() }, "Compile"},
	} {
		err := mistake(func() { c.build(&Builder{}) })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a mention of %q", name, err, c.want)
		}
	}
}

// mistake returns the BuildError that f panics with.
func mistake(f func()) (err error) {
	defer func() {
		if e, ok := recover().(error); ok {
			var build *BuildError
			if errors.As(e, &build) {
				err = e
			}
		}
	}()
	f()
	return nil
}
