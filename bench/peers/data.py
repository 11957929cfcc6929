"""The images that the peers work on."""

import gzip
import os

import torch

COUNT, PIXELS, HEADER = 60000, 784, 16


def load():
    """(60000, 784) float32 in 0..1: Fashion-MNIST in HOURGLASS_DATA, else noise if that is unset."""
    root = os.environ.get("HOURGLASS_DATA")
    if not root:
        return torch.rand(COUNT, PIXELS, generator=torch.Generator().manual_seed(1))
    raw = read(os.path.join(root, "fashion-mnist", "train-images-idx3-ubyte"))
    pixels = torch.frombuffer(raw, dtype=torch.uint8, offset=HEADER)
    return pixels.reshape(COUNT, PIXELS).float().div_(255)  # in place: the peak memory is measured


def read(path):
    if os.path.exists(path):
        with open(path, "rb") as f:
            return bytearray(f.read())
    with gzip.open(path + ".gz") as f:
        return bytearray(f.read())
