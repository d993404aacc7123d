"""Piecewise affine warps between the mean shape's frame and a face's own, on a padded canvas.

The middle `INSIDE` of the canvas's `CANVAS` pixels is the picture, as wide as FER2013's; around it the picture's edge
is replicated, and the rim of the canvas is triangulated with the face, so that hair and background move along and a
point that leaves the picture tears nothing.
"""

from functools import cached_property

import cv2
import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import Delaunay

CANVAS = 72
INSIDE = 48
MARGIN = (CANVAS - INSIDE) // 2
RIM = 8  # triangulated points along each side of the canvas

_STEPS = 15  # of the inversion: more change a picture by less than a grey level
_DAMPING = 0.6  # of a step, so that a fold settles instead of swinging to and fro
_SMOOTHING = 0.6  # pixels: rounds off the creases between triangles, where a turned head would show jagged edges


def to_canvas(points: np.ndarray) -> np.ndarray:
    """Shares of the picture's width and height (..., 2) -> canvas pixels, a pixel's centre at its whole number."""
    return points * INSIDE + MARGIN - 0.5


def pad(image: np.ndarray) -> np.ndarray:
    """A picture of any size (y, x) -> the canvas (72, 72) uint8."""
    inside = cv2.resize(image, (INSIDE, INSIDE), interpolation=cv2.INTER_CUBIC)
    return cv2.copyMakeBorder(inside, *(MARGIN,) * 4, cv2.BORDER_REPLICATE)


class Mesh:
    """The mean shape's triangles, and what follows from them for every pixel of its frame.

    Args:
        mean: (point, 2) the mean shape, in shares of the picture.
    """

    def __init__(self, mean: np.ndarray):
        side = np.linspace(0, CANVAS - 1, RIM + 1)[:-1]
        last = np.full(RIM, CANVAS - 1.0)
        corners = [(side, 0 * last), (last, side), (last - side, last), (0 * last, last - side)]
        self.rim = np.concatenate([np.stack(corner, axis=1) for corner in corners])
        self.vertices = np.concatenate([to_canvas(mean), self.rim])  # (vertex, 2)
        self.triangles = Delaunay(self.vertices)

    @cached_property
    def weights(self) -> csr_array:
        """(pixel, vertex) barycentric weights: `weights @ vertices` is where each pixel of the frame goes."""
        grid = np.stack(np.meshgrid(np.arange(CANVAS), np.arange(CANVAS)), axis=-1).reshape(-1, 2).astype(float)
        inside = grid.clip(1e-6, CANVAS - 1 - 1e-6)
        triangle = self.triangles.find_simplex(inside)
        transform = self.triangles.transform[triangle]  # (pixel, 3, 2)
        first = np.einsum("pij,pj->pi", transform[:, :2], inside - transform[:, 2])
        weight = np.concatenate([first, 1 - first.sum(axis=1, keepdims=True)], axis=1)  # (pixel, 3)
        corner = self.triangles.simplices[triangle]
        pixel = np.repeat(np.arange(len(grid)), 3)
        return csr_array((weight.ravel(), (pixel, corner.ravel())), (len(grid), len(self.vertices)))

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Where each pixel of the mean frame lies on a face's canvas.

        Args:
            points: (point, 2) the face's shape, in shares of the picture.

        Returns:
            (72, 72, 2) float32 canvas pixels.
        """
        moved = self.weights @ np.concatenate([to_canvas(points), self.rim])
        return moved.reshape(CANVAS, CANVAS, 2).astype(np.float32)

    def texture(self, image: np.ndarray, points: np.ndarray) -> np.ndarray:
        """A picture seen in the mean frame: (y, x) uint8 and its (point, 2) shape -> (72, 72) uint8."""
        return cv2.remap(pad(image), self.forward(points), None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    def folds(self, points: np.ndarray) -> float:
        """Share of the mean face's area whose triangles a shape turns over."""
        inner = (self.triangles.simplices < len(points)).all(axis=1)
        corners = self.triangles.simplices[inner]
        before, after = _areas(self.vertices[corners]), _areas(to_canvas(points)[corners])
        return float(np.abs(before)[before * after < 0].sum() / np.abs(before).sum())

    def backward(self, points: np.ndarray, size: int) -> np.ndarray:
        """Where each pixel of a face's picture comes from in the mean frame.

        The forward map f(u) is inverted by fixed-point iteration on what is left of it beside its best affine map,
        f(u) = A u + b + r(u), so u = A⁻¹ (x - b - r(u)).

        Args:
            points: (point, 2) the face's shape, in shares of the picture.
            size: of the picture, in pixels.

        Returns:
            (size, size, 2) float32 pixels of the mean frame.
        """
        forward = self.forward(points)
        affine, residual = _affine(forward)
        residual = cv2.GaussianBlur(residual, None, _SMOOTHING, borderType=cv2.BORDER_REPLICATE)
        shares = (np.arange(size) + 0.5) / size
        target = to_canvas(np.stack(np.meshgrid(shares, shares), axis=-1))  # (size, size, 2)
        inverse = np.linalg.inv(affine[:2])
        start = ((target - affine[2]) @ inverse).astype(np.float32)
        source = start
        for _ in range(_STEPS):
            rest = cv2.remap(residual, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            source = source + np.float32(_DAMPING) * (start - rest @ inverse.astype(np.float32) - source)
        # In a fold several pixels come from one place, and neighbours may settle on different ones: the median decides.
        return np.dstack([cv2.medianBlur(axis, 5) for axis in map(np.ascontiguousarray, np.moveaxis(source, -1, 0))])


def _areas(corners: np.ndarray) -> np.ndarray:
    """Signed, doubled areas of (triangle, 3, 2)."""
    (x1, y1), (x2, y2) = (np.moveaxis(corners[:, i] - corners[:, 0], -1, 0) for i in (1, 2))
    return x1 * y2 - x2 * y1


def _affine(forward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best affine map of (72, 72, 2), as (3, 2) for rows (x, y, 1), and what is left of it, float32."""
    rows, columns = np.mgrid[:CANVAS, :CANVAS]
    grid = np.stack([columns, rows, np.ones_like(rows)], axis=-1).reshape(-1, 3).astype(np.float32)
    affine = np.linalg.lstsq(grid, forward.reshape(-1, 2), rcond=None)[0]
    return affine, (forward.reshape(-1, 2) - grid @ affine).reshape(forward.shape)
