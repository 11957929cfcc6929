package zoo

import "github.com/hourglass-codec/hourglass/nn"

// NewDense2 returns the autoencoder of the first tutorial, for MNIST: images of
// 784 pixels become points of the plane.
func NewDense2(o Options) *Network {
	b := &nn.Builder{Seed: o.Seed}

	in := b.Input("encoder_input", 784)
	x := nn.Dense{Name: "encoder_dense_1", Units: 300}.Apply(in)
	x = nn.LeakyReLU{Name: "encoder_leakyrelu_1"}.Apply(x)
	x = nn.Dense{Name: "encoder_dense_2", Units: 2}.Apply(x)
	encoder := nn.NewModel("encoder_model", in, nn.LeakyReLU{Name: "encoder_output"}.Apply(x))

	code := b.Input("decoder_input", 2)
	x = nn.Dense{Name: "decoder_dense_1", Units: 300}.Apply(code)
	x = nn.LeakyReLU{Name: "decoder_leakyrelu_1"}.Apply(x)
	x = nn.Dense{Name: "decoder_dense_2", Units: 784}.Apply(x)
	decoder := nn.NewModel("decoder_model", code, nn.LeakyReLU{Name: "decoder_output"}.Apply(x))

	return newNetwork("dense-2", b, encoder, decoder, 5e-4, o)
}

// NewDense32 returns the high-level autoencoder of the second tutorial: one
// layer to a code of codeDim numbers, one back to inputDim pixels. The entry
// dense-32 has 784 and 32.
func NewDense32(inputDim, codeDim int, o Options) *Network {
	b := &nn.Builder{Seed: o.Seed}

	in := b.Input("encoder_input", inputDim)
	encoder := nn.NewModel("encoder_model", in,
		nn.Dense{Name: "encoder", Units: codeDim, Activation: nn.ReLU{}}.Apply(in))

	code := b.Input("decoder_input", codeDim)
	decoder := nn.NewModel("decoder_model", code,
		nn.Dense{Name: "decoder", Units: inputDim, Activation: nn.Sigmoid{}}.Apply(code))

	return newNetwork("dense-32", b, encoder, decoder, 1e-3, o)
}

// NewConv128 returns the convolutional autoencoder of the second tutorial, for
// images of 28 by 28 grey pixels: three convolutions, each followed by 2x2
// pooling, to a code of 4 by 4 by 8, and the way back.
func NewConv128(o Options) *Network {
	b := &nn.Builder{Seed: o.Seed}
	kernel := [2]int{3, 3}

	in := b.Input("encoder_input", 28, 28, 1)
	x := nn.Conv2D{Name: "encoder_conv_1", Filters: 16, Kernel: kernel, Padding: nn.Same, Activation: nn.ReLU{}}.Apply(in)
	x = nn.MaxPooling2D{Name: "encoder_pool_1", Padding: nn.Same}.Apply(x)
	x = nn.Conv2D{Name: "encoder_conv_2", Filters: 8, Kernel: kernel, Padding: nn.Same, Activation: nn.ReLU{}}.Apply(x)
	x = nn.MaxPooling2D{Name: "encoder_pool_2", Padding: nn.Same}.Apply(x)
	x = nn.Conv2D{Name: "encoder_conv_3", Filters: 8, Kernel: kernel, Padding: nn.Same, Activation: nn.ReLU{}}.Apply(x)
	encoder := nn.NewModel("encoder_model", in, nn.MaxPooling2D{Name: "encoder_pool_3", Padding: nn.Same}.Apply(x))

	code := b.Input("decoder_input", 4, 4, 8)
	x = nn.Conv2D{Name: "decoder_conv_1", Filters: 8, Kernel: kernel, Padding: nn.Same, Activation: nn.ReLU{}}.Apply(code)
	x = nn.UpSampling2D{Name: "decoder_up_1"}.Apply(x)
	x = nn.Conv2D{Name: "decoder_conv_2", Filters: 8, Kernel: kernel, Padding: nn.Same, Activation: nn.ReLU{}}.Apply(x)
	x = nn.UpSampling2D{Name: "decoder_up_2"}.Apply(x)
	x = nn.Conv2D{Name: "decoder_conv_3", Filters: 16, Kernel: kernel, Activation: nn.ReLU{}}.Apply(x) // 16x16 becomes 14x14
	x = nn.UpSampling2D{Name: "decoder_up_3"}.Apply(x)
	x = nn.Conv2D{Name: "decoder_conv_4", Filters: 1, Kernel: kernel, Padding: nn.Same, Activation: nn.Sigmoid{}}.Apply(x)
	decoder := nn.NewModel("decoder_model", code, x)

	return newNetwork("conv-128", b, encoder, decoder, 1e-3, o)
}
