"""Distortions of a picture of a face that leave its expression: mirrored, elastic, by a grid, as if by a lens.

Each but the first is a field of shifts, (height, width, 2) float32: from where a pixel comes less where it is, x and y,
in pixels. `displace` carries it out.
"""

import cv2
import numpy as np

# Small enough that expressions survive. A linear classifier of the face model's sampled meshes (478 points, right for
# 79 %) loses 1 to 4 points when they are so distorted, and 6 to 10 at twice the amplitudes. For scale: a smile moves
# the corners of the mouth by 4.4 % of the width, surprise the lower lip by 6.2 % (the model's mean faces).

ELASTIC = 0.03
"""Longest shift of an elastic distortion, in widths; the mean over a face is under a third of it."""

SIGMA = 0.07
"""Its smoothing, in widths: half a mouth moves as one. Simard et al. took twice that, 4 pixels of 28, for digits."""

GRID = 0.02
"""Largest shift of a node along each axis, in widths: a third of what could fold the grid of a square picture."""

NODES = 5
"""Of the grid along each side: a cell holds an eye with its brow, or most of a mouth."""

OPTICAL = 0.12
"""Largest |k|: shifts the corners of a mouth by 0.7 % of the width, beside the enlarging of a barrel."""


def elastic(shape: tuple[int, int], rng: np.random.Generator, amplitude: float = ELASTIC) -> np.ndarray:
    """Random shifts, smoothed (Simard et al., 2003, "Best Practices for Convolutional Neural Networks").

    Their field is scaled by a factor; this one so that its longest shift is the amplitude, whatever the size.

    Args:
        shape: height and width in pixels.
        rng: of the shifts.
        amplitude: length of the longest shift, in widths.

    Returns:
        The field.
    """
    noise = rng.uniform(-1, 1, (*shape, 2)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, None, SIGMA * shape[1], borderType=cv2.BORDER_REFLECT)
    return smooth * np.float32(amplitude * shape[1] / np.linalg.norm(smooth, axis=-1).max())


def grid(shape: tuple[int, int], rng: np.random.Generator, amplitude: float = GRID) -> np.ndarray:
    """Random shifts of the nodes of a coarse grid, bilinear in between.

    Args:
        shape: height and width in pixels.
        rng: of the shifts.
        amplitude: largest shift along each axis, in widths.

    Returns:
        The field.
    """
    nodes = shape[1] * rng.uniform(-amplitude, amplitude, (NODES, NODES, 2))
    rows, columns = (_hats(side) for side in shape)
    return np.einsum("yi,xj,ijc->yxc", rows, columns, nodes).astype(np.float32)


def _hats(side: int) -> np.ndarray:
    """(side, node) weights of linear interpolation between nodes from the first pixel to the last."""
    return np.maximum(0, 1 - abs(np.linspace(0, NODES - 1, side)[:, None] - np.arange(NODES)))


def optical(shape: tuple[int, int], rng: np.random.Generator, amplitude: float = OPTICAL) -> np.ndarray:
    """A lens's barrel (k > 0) or pincushion (k < 0): r' = r (1 + k r²), the first radial term of Brown and Conrady.

    From D. C. Brown, "Decentering distortion of lenses", 1966; r is 1 in the picture's corners. A barrel is enlarged
    by 1 + k, so that its corners are the picture's and not what would lie beyond them.

    Args:
        shape: height and width in pixels.
        rng: of k, whose size is from half the amplitude to all of it.
        amplitude: largest |k|; no shift is longer than this share of half the diagonal.

    Returns:
        The field.
    """
    k = amplitude * rng.uniform(0.5, 1) * rng.choice([-1, 1])
    rows, columns = (np.arange(side) - (side - 1) / 2 for side in shape)
    offset = np.stack(np.meshgrid(columns, rows), axis=-1)  # (height, width, 2) from the centre
    radius = np.linalg.norm(offset, axis=-1, keepdims=True) / (np.hypot(*shape) / 2)
    scale = (1 + k * radius**2) / (1 + max(k, 0))
    return ((scale - 1) * offset).astype(np.float32)


FIELDS = {"elastic": elastic, "grid": grid, "optical": optical}

KINDS = ("flip", *FIELDS)


def displace(picture: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Fetch every pixel from where a field says, by cubic interpolation: a linear one would blur every copy.

    Args:
        picture: (y, x) or (y, x, channel), uint8 or uint16.
        field: (y, x, 2) float32.

    Returns:
        The same shape and type; beyond its edge the picture is mirrored.
    """
    height, width = picture.shape[:2]
    here = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    source = (here + field).astype(np.float32)
    return cv2.remap(picture, source, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def distort(picture: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Mirror a picture left and right, or displace it by a random field.

    Args:
        picture: (y, x) or (y, x, channel), uint8 or uint16.
        kind: one of `KINDS`.
        rng: of the field.

    Returns:
        The same shape and type.
    """
    if kind == "flip":
        return picture[:, ::-1]
    return displace(picture, FIELDS[kind](picture.shape[:2], rng))
