#!/usr/bin/python3
"""Write every model's encoder, decoder and both together as ONNX into the folder given."""

import os
import sys

import torch
from torch.nn import Sequential

from models import MODELS, build, input_shape


def export(module, example, path):
    batch = {"x": {0: "n"}, "y": {0: "n"}}
    torch.onnx.export(module.eval(), example, path, input_names=["x"], output_names=["y"], dynamic_axes=batch)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name in MODELS:
        encoder, decoder = build(name)
        x = torch.rand(1, *input_shape(name))
        export(encoder, x, f"{folder}/{name}.encode.onnx")
        export(decoder, encoder(x).detach(), f"{folder}/{name}.decode.onnx")
        export(Sequential(encoder, decoder), x, f"{folder}/{name}.infer.onnx")


if __name__ == "__main__":
    main()
