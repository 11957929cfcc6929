"""The tutorials' four autoencoders in PyTorch, in Hourglass's layouts.

Activations are (N, H, W, C) or (N, C); convolution filters (kh, kw, in, out);
dense weights (in, out). The weights are leaves in these layouts and are permuted
inside each operation, so gradients and optimiser states have them too.
"""

import numpy as np
import torch
import torch.nn.functional as F

import formula
from record import Record

STEPS = 10
BIAS = 0.05  # limit of the initial biases: not zero, so that they are tested


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


class Dense:
    def __init__(self, name, n_in, n_out, activation=None):
        self.name, self.activation = name, activation
        self.shapes = {"kernel": (n_in, n_out), "bias": (n_out,)}

    def __call__(self, x, kernel, bias):
        x = x.flatten(1) @ kernel + bias
        return self.activation(x) if self.activation else x


class Conv2D:
    """3x3, stride 1."""

    def __init__(self, name, n_in, n_out, activation, padding="same"):
        self.name, self.activation, self.padding = name, activation, padding
        self.shapes = {"kernel": (3, 3, n_in, n_out), "bias": (n_out,)}

    def __call__(self, x, kernel, bias):
        y = F.conv2d(nchw(x), kernel.permute(3, 2, 0, 1).contiguous(), bias, padding=self.padding)
        return self.activation(nhwc(y))


class Apply:
    """A layer without weights."""

    shapes = {}

    def __init__(self, name, function):
        self.name, self.function = name, function

    def __call__(self, x):
        return self.function(x)


def leaky_relu(x):
    return F.leaky_relu(x, 0.3)


def max_pool(x):
    """2x2, stride 2, same: an odd size is padded with -inf at its end."""
    return nhwc(F.max_pool2d(nchw(x), 2, ceil_mode=True))


def upsample(x):
    """Nearest neighbour, by 2."""
    return nhwc(F.interpolate(nchw(x), scale_factor=2, mode="nearest"))


def dense_2():
    return [
        Dense("encoder_dense_1", 784, 300), Apply("encoder_leakyrelu_1", leaky_relu),
        Dense("encoder_dense_2", 300, 2), Apply("encoder_output", leaky_relu),
        Dense("decoder_dense_1", 2, 300), Apply("decoder_leakyrelu_1", leaky_relu),
        Dense("decoder_dense_2", 300, 784), Apply("decoder_output", leaky_relu),
    ]


def dense_32(code, output):
    return [Dense("encoder", 784, 32, code), Dense("decoder", 32, 784, output)]


def conv_128():
    return [
        Conv2D("encoder_conv_1", 1, 16, F.relu), Apply("encoder_pool_1", max_pool),  # (14, 14, 16)
        Conv2D("encoder_conv_2", 16, 8, F.relu), Apply("encoder_pool_2", max_pool),  # (7, 7, 8)
        Conv2D("encoder_conv_3", 8, 8, F.relu), Apply("encoder_pool_3", max_pool),  # (4, 4, 8)
        Conv2D("decoder_conv_1", 8, 8, F.relu), Apply("decoder_up_1", upsample),  # (8, 8, 8)
        Conv2D("decoder_conv_2", 8, 8, F.relu), Apply("decoder_up_2", upsample),  # (16, 16, 8)
        Conv2D("decoder_conv_3", 8, 16, F.relu, "valid"), Apply("decoder_up_3", upsample),  # (28, 28, 16)
        Conv2D("decoder_conv_4", 16, 1, torch.sigmoid),  # (28, 28, 1)
    ]


def adam(rate):
    """PyTorch's form, Algorithm 1 of Kingma and Ba: m_hat / (sqrt(v_hat) + epsilon)."""
    settings = {"optimiser": "adam", "rate": rate, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
    return settings, lambda w: torch.optim.Adam(w, lr=rate, eps=1e-7)


def adagrad(rate):
    settings = {"optimiser": "adagrad", "rate": rate, "initial_accumulator": 0.1, "epsilon": 1e-7}
    return settings, lambda w: torch.optim.Adagrad(w, lr=rate, initial_accumulator_value=0.1, eps=1e-7)


MODELS = {
    "dense-2": (dense_2(), adam(5e-4)),
    "sigmoid-32": (dense_32(torch.sigmoid, None), adagrad(0.1)),
    "sigmoid-32-sigmoid": (dense_32(torch.sigmoid, torch.sigmoid), adagrad(0.1)),
    "dense-32": (dense_32(F.relu, torch.sigmoid), adam(1e-3)),
    "conv-128": (conv_128(), adam(1e-3)),
}


def initial(model, layers, dtype):
    """The weights by name, each a leaf."""
    weights = {}
    for layer in layers:
        for part, shape in layer.shapes.items():
            name = f"{layer.name}/{part}"
            seed = f"{model}/{name}"
            value = formula.uniform(seed, shape, BIAS) if part == "bias" else formula.glorot(seed, shape)
            weights[name] = torch.tensor(value, dtype=dtype, requires_grad=True)
    return weights


def forward(layers, weights, x):
    """Every layer's output by name, in order."""
    outputs = {}
    for layer in layers:
        x = layer(x, **{part: weights[f"{layer.name}/{part}"] for part in layer.shapes})
        outputs[layer.name] = x
    return outputs


def loss_of(layers, weights, x):
    """The mean squared error over all elements, with the outputs."""
    outputs = forward(layers, weights, x)
    last = list(outputs.values())[-1]
    return F.mse_loss(last, x.reshape(last.shape)), outputs


def numpy(tensors, prefix):
    return {f"{prefix}/{name}": t.detach().numpy().copy() for name, t in tensors.items()}


def first_step(model, layers, x):
    """Activations, loss and gradients at the initial weights."""
    weights = initial(model, layers, x.dtype)
    x = x.clone().requires_grad_()
    loss, outputs = loss_of(layers, weights, x)
    loss.backward()
    gradients = {name: w.grad for name, w in weights.items()}
    return {
        **numpy(weights, "initial"), **numpy(outputs, "activation"),
        **numpy(gradients, "gradient"), **numpy({"input": x.grad}, "gradient"),
        "loss": loss.detach().numpy(),
    }


def train(model, layers, optimiser, batches):
    """The losses of STEPS steps over the batches in turn, and the weights after them."""
    weights, losses = initial(model, layers, batches[0].dtype), []
    update = optimiser(weights.values())
    for step in range(STEPS):
        update.zero_grad()
        loss, _ = loss_of(layers, weights, batches[step % len(batches)])
        loss.backward()
        update.step()
        losses.append(loss.item())
    return np.array(losses), weights


def results(model, layers, optimiser, images, dtype):
    """Everything recorded of a model, computed in dtype."""
    a, b = (torch.tensor(image, dtype=dtype) for image in images)
    if isinstance(layers[0], Dense):
        a, b = a.flatten(1), b.flatten(1)
    found = first_step(model, layers, a)
    found["losses/same"], _ = train(model, layers, optimiser, [a])
    found["losses/alternate"], weights = train(model, layers, optimiser, [a, b])
    return {**found, **numpy(weights, "final")}


def make(folder, images):
    """Write one file for each model."""
    for model, (layers, (settings, optimiser)) in MODELS.items():
        record = Record()
        double = results(model, layers, optimiser, images, torch.float64)
        for name, single in results(model, layers, optimiser, images, torch.float32).items():
            record.put(name, single, double[name])
        record.save(f"{folder}/{model}.safetensors", training=settings, layers=[l.name for l in layers])
