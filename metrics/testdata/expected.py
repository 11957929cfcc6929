"""Writes expected.json: reference values of the image metrics and of PCHIP.

Run by hand with Debian's python3-scipy and python3-skimage; the Go tests only
read the result. MSE, PSNR and SSIM come from scikit-image, the interpolation
from SciPy; MS-SSIM is written out here with full two-dimensional convolutions.
"""
import json
import os

import numpy as np
import scipy
import skimage
from scipy.interpolate import PchipInterpolator
from scipy.signal import convolve2d
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity


def pictures(width, height, channels, strength):
    """A picture and a damaged copy, in integer arithmetic that Go repeats."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels].astype(np.int64)
    a = (x * x // 9 + y * y // 7 + x * y // 11 + 61 * c) % 256
    noise = (x * 7919 + y * 104729 + c * 1299709 + (x * y) % 251 * 31) % (2 * strength + 1) - strength
    b = np.clip((a // 8) * 8 + noise, 0, 255)
    return a.astype(np.uint8), b.astype(np.uint8)


def ssim(a, b):
    values = [
        structural_similarity(a[..., c], b[..., c], data_range=255, gaussian_weights=True,
                              sigma=1.5, use_sample_covariance=False)
        for c in range(a.shape[2])
    ]
    return float(np.mean(values))


def window():
    g = np.exp(-(np.arange(11) - 5.0) ** 2 / (2 * 1.5**2))
    w = np.outer(g, g)
    return w / w.sum()


def ssim_and_contrast(a, b):
    w = window()
    filt = lambda v: convolve2d(v, w, mode="valid")
    ma, mb = filt(a), filt(b)
    va, vb, cov = filt(a * a) - ma * ma, filt(b * b) - mb * mb, filt(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    cs = (2 * cov + c2) / (va + vb + c2)
    return ((2 * ma * mb + c1) / (ma * ma + mb * mb + c1) * cs).mean(), cs.mean()


def halve(v):
    h, w = v.shape[0] // 2 * 2, v.shape[1] // 2 * 2
    return v[:h, :w].reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3))


def ms_ssim(a, b):
    if min(a.shape[:2]) < 176:
        return None
    weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    values = []
    for c in range(a.shape[2]):
        p, q = a[..., c].astype(float), b[..., c].astype(float)
        value = 1.0
        for i, weight in enumerate(weights):
            s, cs = ssim_and_contrast(p, q)
            value *= max(s if i == 4 else cs, 0.0) ** weight
            p, q = halve(p), halve(q)
        values.append(value)
    return float(np.mean(values))


def image_case(width, height, channels, strength):
    a, b = pictures(width, height, channels, strength)
    return dict(
        width=width, height=height, channels=channels, strength=strength,
        mse=float(mean_squared_error(a, b)),
        psnr=float(peak_signal_noise_ratio(a, b, data_range=255)),
        ssim=ssim(a, b), ms_ssim=ms_ssim(a, b),
    )


def pchip_case(x, y):
    f = PchipInterpolator(x, y)
    at = np.linspace(x[0], x[-1], 23)
    lo, hi = x[0] + 0.1 * (x[-1] - x[0]), x[0] + 0.85 * (x[-1] - x[0])
    return dict(x=x, y=y, slopes=f.derivative()(x).tolist(), at=at.tolist(), values=f(at).tolist(),
                low=lo, high=hi, integral=float(f.integrate(lo, hi)))


def bd_case(anchor, test):
    def mean_difference(xa, ya, xt, yt):
        oa, ot = np.argsort(xa), np.argsort(xt)
        xa, ya, xt, yt = xa[oa], ya[oa], xt[ot], yt[ot]
        lo, hi = max(xa[0], xt[0]), min(xa[-1], xt[-1])
        integral = lambda x, y: float(PchipInterpolator(x, y).integrate(lo, hi))
        return (integral(xt, yt) - integral(xa, ya)) / (hi - lo)

    a, t = np.array(anchor), np.array(test)
    la, lt = np.log10(a[:, 0]), np.log10(t[:, 0])
    return dict(anchor=anchor, test=test,
                bd_rate=(10 ** mean_difference(a[:, 1], la, t[:, 1], lt) - 1) * 100,
                bd_psnr=mean_difference(la, a[:, 1], lt, t[:, 1]))


expected = dict(
    made_with=f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-image {skimage.__version__}",
    images=[
        image_case(11, 11, 1, 3), image_case(28, 28, 1, 20), image_case(45, 31, 3, 9),
        image_case(176, 176, 1, 12), image_case(201, 179, 3, 30), image_case(256, 192, 3, 60),
    ],
    pchip=[
        pchip_case([0.0, 1.0], [2.0, 5.0]),
        pchip_case([0.0, 1.0, 3.0], [0.0, 4.0, 5.0]),
        pchip_case([0.0, 1.0, 1.5, 4.0, 4.5], [0.0, 3.0, 3.0, 2.5, 9.0]),
        pchip_case([0.0, 1.0, 2.0, 3.0], [0.0, 5.0, 4.9, 0.0]),
        pchip_case([26.5, 28.0, 31.2, 34.9, 40.0, 41.5], [-0.6, -0.4, -0.05, 0.3, 0.8, 1.1]),
        pchip_case([0.0, 1.0, 11.0], [0.0, 0.1, -9.0]),
    ],
    bd=[
        bd_case([[85.95, 31.42], [157.11, 34.24], [309.58, 37.18], [686.76, 40.28]],
                [[112.75, 31.24], [204.93, 34.17], [407.8, 37.21], [893.34, 40.39]]),
        bd_case([[0.2, 26.0], [0.5, 29.5], [0.9, 32.0], [1.6, 35.0], [3.4, 40.5]],
                [[2.0, 38.5], [0.15, 27.0], [1.1, 35.4], [0.6, 32.1]]),
    ],
)
with open(os.path.join(os.path.dirname(__file__), "expected.json"), "w") as f:
    json.dump(expected, f, indent=1)
    f.write("\n")
