"""Numbers that any language can regenerate bit for bit (see README.md)."""

import math

import numpy as np

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def fnv1a(text):
    """The 64-bit FNV-1a hash of the UTF-8 bytes of text."""
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001B3 & MASK
    return h


def splitmix64(seed, n):
    """The first n outputs of SplitMix64 (Steele, Lea and Flood 2014) started at seed."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniform(name, shape, limit=1.0):
    """float32 values uniform in [-limit, limit), row-major, seeded by name."""
    bits = splitmix64(fnv1a(name), math.prod(shape)) >> np.uint64(11)
    unit = bits.astype(np.float64) * 2.0**-53  # exact, in [0, 1)
    return (limit * (2 * unit - 1)).astype(np.float32).reshape(shape)


def glorot(name, shape):
    """Glorot and Bengio (2010) uniform: shape is (in, out) or (kh, kw, in, out)."""
    window = math.prod(shape[:-2])
    return uniform(name, shape, math.sqrt(6 / (window * (shape[-2] + shape[-1]))))
