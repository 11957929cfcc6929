"""Single operations with gradients, in Hourglass's layouts (see README.md)."""

import math

import numpy as np
import torch
import torch.nn.functional as F

import formula
from models import nchw, nhwc
from record import Record

X = (2, 7, 9, 4)  # the usual input: batch 2, odd sizes


def same_padding(sizes, window, stride, dilation=(1, 1)):
    """TensorFlow's: ceil(size / stride) outputs; an odd total pads more at the end.

    As (left, right, top, bottom), the order of F.pad.
    """
    pads = []
    for size, k, s, d in reversed(list(zip(sizes, window, stride, dilation))):
        total = max((math.ceil(size / s) - 1) * s + (k - 1) * d + 1 - size, 0)
        pads += [total // 2, total - total // 2]
    return pads


def conv2d(x, filter, bias, padding, stride, dilation, groups):
    x = nchw(x)
    if padding == "same":
        x = F.pad(x, same_padding(x.shape[2:], filter.shape[:2], stride, dilation))
    return nhwc(F.conv2d(x, filter.permute(3, 2, 0, 1).contiguous(), bias, stride, 0, dilation, groups))


def conv2d_transpose(x, filter, bias, padding, stride):
    """same: output = input * stride; valid: input * stride + max(k - stride, 0)."""
    y = F.conv_transpose2d(nchw(x), filter.permute(2, 3, 0, 1).contiguous(), None, stride)
    crop = []  # negative padding, in the order of F.pad
    for axis in (1, 0):
        k, s, n = filter.shape[axis], stride[axis], x.shape[1 + axis]
        start = max(k - s, 0) // 2 if padding == "same" else 0
        length = n * s + (max(k - s, 0) if padding == "valid" else 0)
        crop += [-start, length - (y.shape[2 + axis] - start)]
    return nhwc(F.pad(y, crop)) + bias


def max_pool(x, padding, size, stride):
    x = nchw(x)
    if padding == "same":
        x = F.pad(x, same_padding(x.shape[2:], size, stride), value=-math.inf)
    return nhwc(F.max_pool2d(x, size, stride))


def average_pool(x, padding, size, stride):
    """With same, the padding is not counted in the mean."""
    x, ones = nchw(x), torch.ones_like(nchw(x))
    if padding == "same":
        pads = same_padding(x.shape[2:], size, stride)
        x, ones = F.pad(x, pads), F.pad(ones, pads)
    return nhwc(F.avg_pool2d(x, size, stride) / F.avg_pool2d(ones, size, stride))


def upsample(x, mode, factor):
    """Bilinear has half-pixel centres, and clamps at the edges."""
    corners = False if mode == "bilinear" else None
    return nhwc(F.interpolate(nchw(x), scale_factor=tuple(map(float, factor)), mode=mode, align_corners=corners))


def depth_to_space(x, block):
    """y[n, h*b + i, w*b + j, c] = x[n, h, w, (i*b + j)*C + c], as TensorFlow orders it."""
    n, h, w, c = x.shape
    x = x.reshape(n, h, w, block, block, c // block**2)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(n, h * block, w * block, c // block**2)


def space_to_depth(x, block):
    """The inverse of depth_to_space."""
    n, h, w, c = x.shape
    x = x.reshape(n, h // block, block, w // block, block, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(n, h // block, w // block, block**2 * c)


def batch_normalization(x, gamma, beta, epsilon):
    """Training mode: the mean and biased variance of the batch, by channel."""
    axes = tuple(range(x.ndim - 1))
    variance, mean = torch.var_mean(x, axes, unbiased=False)
    return (x - mean) / torch.sqrt(variance + epsilon) * gamma + beta


def batch_normalization_inference(x, gamma, beta, mean, variance, epsilon):
    return (x - mean) / torch.sqrt(variance + epsilon) * gamma + beta


def gdn(x, beta, gamma, inverse):
    """Balle et al. 2016: y_i = x_i / sqrt(beta_i + sum_j gamma_ij x_j^2); inverse multiplies."""
    norm = torch.sqrt(beta + (x * x) @ gamma.T)
    return x * norm if inverse else x / norm


def matmul(a, b, transpose_a, transpose_b):
    return (a.T if transpose_a else a) @ (b.T if transpose_b else b)


def binary_cross_entropy(x, target):
    """x holds probabilities; the mean over all elements, in nats."""
    return -(target * x.log() + (1 - target) * (1 - x).log()).mean()


def reduce(x, kind, axes, keepdims):
    return getattr(torch, kind)(x, dim=tuple(axes), keepdim=keepdims)


ACTIVATIONS = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu, "elu": F.elu, "softplus": F.softplus,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.3), "gelu": F.gelu, "erf": torch.erf, "exp": torch.exp,
    "square": torch.square, "abs": torch.abs,
}
POSITIVE = {"log": torch.log, "sqrt": torch.sqrt, "reciprocal": torch.reciprocal}
BINARY = {
    "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div,
    "maximum": torch.maximum, "minimum": torch.minimum,
}


class Cases:
    """The cases of one file: each a function of its inputs, and its gradients."""

    def __init__(self):
        self.record, self.attributes = Record(), {}

    def add(self, case, function, inputs, operation, **attributes):
        """Record function(*inputs, **attributes) and its gradients.

        An input is a shape, for values uniform in [-1, 1), or an array. The
        gradient arriving at the output is dy.
        """
        inputs = {k: formula.uniform(f"{case}/{k}", v) if isinstance(v, tuple) else v for k, v in inputs.items()}
        single, double = (self._run(case, function, inputs, attributes, t) for t in (torch.float32, torch.float64))
        for name, value in single.items():
            self.record.put(f"{case}/{name}", value, double[name])
        self.attributes[case] = {"operation": operation, "inputs": list(inputs), **attributes}

    def _run(self, case, function, inputs, attributes, dtype):
        leaves = {k: torch.tensor(v, dtype=dtype, requires_grad=True) for k, v in inputs.items()}
        y = function(*leaves.values(), **attributes)
        dy = torch.tensor(formula.uniform(f"{case}/dy", tuple(y.shape)), dtype=dtype)
        grads = torch.autograd.grad(y, list(leaves.values()), dy)
        found = {**leaves, "y": y, "dy": dy, **{"d" + k: g for k, g in zip(leaves, grads)}}
        return {k: v.detach().numpy() for k, v in found.items()}


def convolutions(cases):
    table = [  # name, input, (kh, kw), out, padding, stride, dilation, groups
        ("same", X, (3, 3), 5, "same", (1, 1), (1, 1), 1),
        ("same_1x1", X, (1, 1), 3, "same", (1, 1), (1, 1), 1),
        ("same_even_filter", X, (4, 2), 3, "same", (1, 1), (1, 1), 1),
        ("same_stride2_odd", X, (3, 3), 5, "same", (2, 2), (1, 1), 1),
        ("same_stride2_even", (2, 8, 6, 4), (3, 3), 5, "same", (2, 2), (1, 1), 1),
        ("same_stride2_5x5", (2, 8, 7, 3), (5, 5), 4, "same", (2, 2), (1, 1), 1),
        ("same_stride3_1x1", X, (1, 1), 3, "same", (3, 3), (1, 1), 1),
        ("same_stride_2_1", X, (3, 5), 3, "same", (2, 1), (1, 1), 1),
        ("same_dilation2", X, (3, 3), 5, "same", (1, 1), (2, 2), 1),
        ("same_groups2", X, (3, 3), 6, "same", (1, 1), (1, 1), 2),
        ("same_depthwise", X, (3, 3), 4, "same", (1, 1), (1, 1), 4),
        ("same_stride2_groups2", (2, 8, 7, 4), (5, 5), 6, "same", (2, 2), (1, 1), 2),
        ("same_filter_over_input", (2, 2, 3, 2), (5, 5), 3, "same", (1, 1), (1, 1), 1),
        ("valid", X, (3, 3), 5, "valid", (1, 1), (1, 1), 1),
        ("valid_stride2", (2, 8, 9, 4), (3, 3), 5, "valid", (2, 2), (1, 1), 1),
        ("valid_dilation2", X, (3, 3), 5, "valid", (1, 1), (2, 2), 1),
        ("valid_dilation_1_3_groups2", (3, 5, 11, 4), (2, 3), 2, "valid", (1, 1), (1, 3), 2),
        ("same_1_to_16", (3, 9, 9, 1), (3, 3), 16, "same", (1, 1), (1, 1), 1),
        ("same_16_to_1", (3, 9, 9, 16), (3, 3), 1, "same", (1, 1), (1, 1), 1),
        ("same_33_to_34", (2, 5, 4, 33), (3, 3), 34, "same", (1, 1), (1, 1), 1),
    ]
    for name, x, window, out, padding, stride, dilation, groups in table:
        inputs = {"x": x, "filter": (*window, x[-1] // groups, out), "bias": (out,)}
        cases.add(f"conv2d/{name}", conv2d, inputs, "conv2d",
                  padding=padding, stride=stride, dilation=dilation, groups=groups)


def transposed_convolutions(cases):
    table = [  # name, input, k, padding, stride
        ("same_3x3", (2, 4, 5, 3), (3, 3), "same", (2, 2)),
        ("same_5x5", (2, 4, 5, 3), (5, 5), "same", (2, 2)),
        ("same_4x4", (2, 4, 5, 3), (4, 4), "same", (2, 2)),
        ("same_2x2", (2, 4, 5, 3), (2, 2), "same", (2, 2)),
        ("same_stride1", (2, 4, 5, 3), (3, 3), "same", (1, 1)),
        ("same_stride3_2x2", (2, 4, 5, 3), (2, 2), "same", (3, 3)),
        ("same_stride_2_1", (2, 4, 5, 3), (5, 3), "same", (2, 1)),
        ("valid_3x3", (2, 4, 5, 3), (3, 3), "valid", (2, 2)),
        ("valid_5x5", (2, 4, 5, 3), (5, 5), "valid", (2, 2)),
    ]
    for name, x, window, padding, stride in table:
        inputs = {"x": x, "filter": (*window, x[-1], 4), "bias": (4,)}
        cases.add(f"conv2d_transpose/{name}", conv2d_transpose, inputs, "conv2d_transpose",
                  padding=padding, stride=stride)


def pooling(cases):
    table = [  # name, size, stride
        ("2x2", (2, 2), (2, 2)), ("3x3", (3, 3), (2, 2)), ("3x3_stride1", (3, 3), (1, 1)),
        ("2x3_stride_1_3", (2, 3), (1, 3)), ("3x3_stride3", (3, 3), (3, 3)),
    ]
    for operation, function in (("max_pool", max_pool), ("average_pool", average_pool)):
        for padding in ("same", "valid"):
            for name, size, stride in table:
                cases.add(f"{operation}/{padding}_{name}", function, {"x": X}, operation,
                          padding=padding, size=size, stride=stride)
        cases.add(f"{operation}/same_3x3_even", function, {"x": (2, 8, 6, 3)}, operation,
                  padding="same", size=(3, 3), stride=(2, 2))
    steps = (3 * formula.uniform("ties", X)).round()  # first of the equal, row by row, takes the gradient
    cases.add("max_pool/ties", max_pool, {"x": steps}, "max_pool", padding="same", size=(3, 3), stride=(2, 2))


def resampling(cases):
    for mode in ("nearest", "bilinear"):
        for factor in ((2, 2), (3, 3), (1, 2)):
            cases.add(f"upsample/{mode}_{factor[0]}x{factor[1]}", upsample, {"x": (2, 4, 5, 3)}, "upsample",
                      mode=mode, factor=factor)
        cases.add(f"upsample/{mode}_one_pixel", upsample, {"x": (2, 1, 1, 3)}, "upsample", mode=mode, factor=(2, 2))
    for block in (2, 3):
        cases.add(f"depth_to_space/{block}", depth_to_space, {"x": (2, 3, 5, 2 * block**2)}, "depth_to_space",
                  block=block)
        cases.add(f"space_to_depth/{block}", space_to_depth, {"x": (2, 3 * block, 5 * block, 2)}, "space_to_depth",
                  block=block)


def pointwise(cases):
    near = 4 * formula.uniform("pointwise", (3, 67))
    near[0, 0] = 0  # relu and abs have gradient 0 there, leaky relu its slope
    for name, function in ACTIVATIONS.items():
        cases.add(f"pointwise/{name}", function, {"x": near}, name)
    far = torch.linspace(-80, 80, 129).numpy()
    for name in ("sigmoid", "tanh", "elu", "softplus", "gelu", "erf"):
        cases.add(f"pointwise/{name}_far", ACTIVATIONS[name], {"x": far}, name)
    for name, function in POSITIVE.items():
        cases.add(f"pointwise/{name}", function, {"x": abs(near) + np.float32(0.01)}, name)
    for shape in ((3, 11), X):
        wide = 6 * formula.uniform("softmax", shape)
        cases.add(f"softmax/{len(shape)}d", lambda x: torch.softmax(x, -1), {"x": wide}, "softmax")


def broadcasting(cases):
    for name, function in BINARY.items():
        for kind, (a, b) in {"same": ((3, 5), (3, 5)), "row": (X, (4,)), "outer": ((5, 1), (1, 6))}.items():
            inputs = {"x": a, "other": 1.5 + formula.uniform(f"{name}/{kind}", b)}
            cases.add(f"binary/{name}_{kind}", function, inputs, name)
    for name, axes, keep in (("last", [3], False), ("spatial", [1, 2], True), ("batch", [0, 1, 2], False)):
        for kind in ("sum", "mean", "amax"):
            cases.add(f"reduce/{kind}_{name}", reduce, {"x": X}, "reduce", kind=kind, axes=axes,
                      keepdims=keep)


def layers(cases):
    for a, b in ((False, False), (False, True), (True, False)):
        shapes = {"a": (11, 7) if a else (7, 11), "b": (13, 11) if b else (11, 13)}
        cases.add(f"matmul/{'nt'[a]}{'nt'[b]}", matmul, shapes, "matmul", transpose_a=a, transpose_b=b)
    for name, x in (("2d", (6, 5)), ("4d", X)):
        c = x[-1:]
        cases.add(f"batch_normalization/{name}", batch_normalization, {"x": x, "gamma": c, "beta": c},
                  "batch_normalization", epsilon=1e-3)
    moving = {"mean": c, "variance": 1.5 + formula.uniform("variance", c)}
    cases.add("batch_normalization/inference", batch_normalization_inference,
              {"x": X, "gamma": c, "beta": c, **moving}, "batch_normalization_inference", epsilon=1e-3)
    for name, inverse in (("gdn", False), ("inverse_gdn", True)):
        beta, gamma = (abs(formula.uniform(f"{name}/{p}", s)) for p, s in (("beta", (4,)), ("gamma", (4, 4))))
        cases.add(f"gdn/{name}", gdn, {"x": X, "beta": beta + np.float32(0.1), "gamma": gamma}, name,
                  inverse=inverse)


def losses(cases):
    probability, target = (0.5 + 0.49 * formula.uniform(f"losses/{p}", (4, 9)) for p in ("probability", "target"))
    inputs = {"x": probability, "target": target}
    cases.add("loss/mean_squared_error", F.mse_loss, {"x": probability, "target": target}, "mean_squared_error")
    cases.add("loss/mean_absolute_error", F.l1_loss, {"x": probability, "target": target}, "mean_absolute_error")
    cases.add("loss/binary_cross_entropy", binary_cross_entropy, inputs, "binary_cross_entropy")


def make(folder):
    """Write operations.safetensors."""
    cases = Cases()
    for group in (convolutions, transposed_convolutions, pooling, resampling, pointwise, broadcasting, layers, losses):
        group(cases)
    cases.record.save(f"{folder}/operations.safetensors", cases=cases.attributes)
