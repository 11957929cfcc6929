#!/usr/bin/python3
"""Make the reference results of this folder with PyTorch (Debian's python3-torch).

    apt-get install python3-torch python3-numpy
    /usr/bin/python3 make.py

README.md describes the files.
"""

import os

import numpy as np
import torch

import formula
import models
import operations
import optimisers
from record import save

BATCH = 16


def picture(name):
    """A (28, 28, 1) uint8 picture: three soft discs over noise.

    The noise keeps neighbouring windows apart, so that no maximum is tied and no
    result hangs on the order in which a framework adds.
    """
    y, x = np.mgrid[0:28, 0:28]
    noise = 25 * (1 + formula.uniform(name + "/noise", (28, 28)).astype(np.float64))
    discs = np.zeros((28, 28))
    for row, column, radius in formula.uniform(name + "/discs", (3, 3)).astype(np.float64):
        distance = (y - 14 - 9 * row) ** 2 + (x - 14 - 9 * column) ** 2
        discs = np.maximum(discs, 200 / (1 + (distance / (4 + 2 * radius) ** 2) ** 2))
    return (discs + noise).astype(np.uint8)[..., None]


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    torch.set_num_threads(1)
    batches = {b: np.stack([picture(f"images/{b}/{i}") for i in range(BATCH)]) for b in ("a", "b")}
    save(f"{folder}/images.safetensors", batches, {})
    scaled = [b.astype(np.float32) / np.float32(255) for b in batches.values()]
    models.make(folder, scaled)
    operations.make(folder)
    optimisers.make(folder)


if __name__ == "__main__":
    main()
