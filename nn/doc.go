// Package nn is the high-level interface to the engine: layers applied to
// nodes, models made of nodes, and training, in the functional style of Keras.
//
// A [Builder] begins a network and names and seeds its layers. A layer is
// described by a struct such as [Dense], whose zero fields mean Keras's
// defaults; its Apply makes the layer and applies it to a node, which gives a
// node. Nodes have shapes, the batch first and unknown (None), and no values.
// A [Model] is made from inputs and outputs and can be applied like a layer, so
// that an encoder, a decoder and the autoencoder made of both share their
// weights:
//
//	b := &nn.Builder{Seed: 1}
//	x := b.Input("x", 784)
//	encoder := nn.NewModel("encoder", x, nn.Dense{Units: 32, Activation: nn.ReLU{}}.Apply(x))
//	z := b.Input("z", 32)
//	decoder := nn.NewModel("decoder", z, nn.Dense{Units: 784, Activation: nn.Sigmoid{}}.Apply(z))
//	autoencoder := nn.NewModel("autoencoder", x, decoder.Apply(encoder.Apply(x)))
//
// Images are (N, H, W, C): batch, height, width, channels.
//
// A mistake in building a network panics with a [*BuildError] that names the
// layer and shows the shapes; mistakes in data and files are returned as
// errors.
//
// The same seed gives the same initial weights on every machine and, on the
// same data, the same trained ones for any number of threads. A model is for
// one goroutine at a time.
package nn
