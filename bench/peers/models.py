"""The tutorials' four autoencoders as a PyTorch user writes them."""

from torch import nn

CONV = "conv-128"


def dense_2():
    slope = 0.3
    encoder = nn.Sequential(nn.Linear(784, 300), nn.LeakyReLU(slope), nn.Linear(300, 2), nn.LeakyReLU(slope))
    decoder = nn.Sequential(nn.Linear(2, 300), nn.LeakyReLU(slope), nn.Linear(300, 784), nn.LeakyReLU(slope))
    return encoder, decoder


def sigmoid_32():
    return nn.Sequential(nn.Linear(784, 32), nn.Sigmoid()), nn.Sequential(nn.Linear(32, 784))


def dense_32():
    return nn.Sequential(nn.Linear(784, 32), nn.ReLU()), nn.Sequential(nn.Linear(32, 784), nn.Sigmoid())


def conv_128():
    encoder = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True),
    )
    decoder = nn.Sequential(
        nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2),
        nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2),
        nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Upsample(scale_factor=2),
        nn.Conv2d(16, 1, 3, padding=1), nn.Sigmoid(),
    )
    return encoder, decoder


MODELS = {"dense-2": dense_2, "sigmoid-32": sigmoid_32, "dense-32": dense_32, CONV: conv_128}


def build(name):
    """The encoder and the decoder, with Glorot-uniform kernels and zero biases."""
    parts = MODELS[name]()
    for module in nn.Sequential(*parts).modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    return parts


def input_shape(name):
    """Of one image."""
    return (1, 28, 28) if name == CONV else (784,)
