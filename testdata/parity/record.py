"""Safetensors files of float32 results, each beside its distance from float64."""

import json
import math
import os
import struct

import numpy as np

FULL = 16384  # tensors with more elements are stored as a subset and sums
STRIDE = 13  # of the subset: every STRIDE-th element in row-major order
WORST = 5e-6  # largest float32-to-float64 gap allowed, relative to the tensor's maximum

DTYPES = {np.dtype("float32"): "F32", np.dtype("uint8"): "U8", np.dtype("int32"): "I32"}


def save(path, tensors, metadata):
    """Write a safetensors file: header length, JSON header, the tensors' bytes."""
    header, offset = {"__metadata__": metadata}, 0
    for name, t in tensors.items():
        end = offset + t.nbytes
        header[name] = {"dtype": DTYPES[t.dtype], "shape": list(t.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for t in tensors.values():
            f.write(np.ascontiguousarray(t).astype(t.dtype.newbyteorder("<")).tobytes())
        f.flush()
        os.fsync(f.fileno())
    os.replace(path + ".tmp", path)


class Record:
    """Collects tensors computed twice, in float32 and in float64."""

    def __init__(self):
        self.tensors, self.gaps = {}, {}

    def put(self, name, single, double):
        """Store single, whole if it is small, and how far it is from double."""
        if single.size <= FULL:
            return self._one(name, single, double)
        axes = tuple(range(single.ndim))
        self._one(name + ".every13", single.reshape(-1)[::STRIDE], double.reshape(-1)[::STRIDE])
        self._sum(name + ".sum_first", single, double, axes[1:])
        self._sum(name + ".sum_last", single, double, axes[:-1])

    def _sum(self, name, single, double, axes):
        self._one(name, single.astype(np.float64).sum(axes), double.sum(axes))

    def _one(self, name, single, double):
        gap = float(np.abs(single.astype(np.float64) - double).max())
        largest = float(np.abs(double).max())
        if not math.isfinite(gap) or gap > WORST * largest:
            raise SystemExit(f"{name}: float32 is {gap:.3g} from float64, maximum {largest:.3g}")
        self.tensors[name] = single.astype(np.float32)
        self.gaps[name] = float(f"{gap:.3g}")

    def save(self, path, **metadata):
        """Write the file, with the gaps and metadata as JSON strings."""
        text = {k: json.dumps(v, separators=(",", ":")) for k, v in metadata.items()}
        save(path, self.tensors, {"gaps": json.dumps(self.gaps, separators=(",", ":")), **text})
