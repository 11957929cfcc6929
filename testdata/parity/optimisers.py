"""Optimisers' steps along a fixed sequence of gradients."""

import numpy as np
import torch

import formula
from record import Record

SIZE, STEPS = 32, 12

OPTIMISERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.1}),
    "sgd_momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "sgd_nesterov": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.1, "initial_accumulator_value": 0.1, "eps": 1e-7}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 1e-3, "alpha": 0.9, "eps": 1e-7}),
    "rmsprop_momentum": (torch.optim.RMSprop, {"lr": 1e-3, "alpha": 0.9, "momentum": 0.9, "eps": 1e-7}),
    "adam": (torch.optim.Adam, {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-7}),
    "adam_large_epsilon": (torch.optim.Adam, {"lr": 1e-3, "betas": (0.8, 0.99), "eps": 0.1}),
    "adamw": (torch.optim.AdamW, {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-7, "weight_decay": 0.01}),
}


def walk(optimiser, settings, dtype):
    """The weights after each step, (STEPS, SIZE)."""
    w = torch.tensor(formula.uniform("optimisers/initial", (SIZE,)), dtype=dtype, requires_grad=True)
    update, path = optimiser([w], **settings), []
    for g in gradients():
        w.grad = torch.tensor(g, dtype=dtype)
        update.step()
        path.append(w.detach().clone())
    return torch.stack(path).numpy()


def gradients():
    """(STEPS, SIZE), from large to tiny along the second axis, with a zero at its end."""
    g = formula.uniform("optimisers/gradients", (STEPS, SIZE))
    g *= (10.0 ** -(np.arange(SIZE) / 4)).astype("float32")
    g[:, -1] = 0
    return g


def make(folder):
    """Write optimisers.safetensors."""
    record = Record()
    record.put("initial", *[formula.uniform("optimisers/initial", (SIZE,))] * 2)
    record.put("gradients", *[gradients()] * 2)
    for name, (optimiser, settings) in OPTIMISERS.items():
        single, double = (walk(optimiser, settings, t) for t in (torch.float32, torch.float64))
        record.put(f"path/{name}", single, double)
    record.save(f"{folder}/optimisers.safetensors", settings={k: s for k, (_, s) in OPTIMISERS.items()})
