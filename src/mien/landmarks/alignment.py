"""Place, size and turn taken from MediaPipe's meshes, and given back; left and right exchanged."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from mien.face_model import FaceModel

EYE_CORNERS = (33, 133, 362, 263)
"""Outer and inner corner of the right eye, inner and outer corner of the left; sides are the subject's."""

FACE_LENGTH = (151, 4)
"""Middle of the forehead and tip of the nose."""

NOSE_TIP = 4


@dataclass(frozen=True)
class Similarity:
    """A rotation, a scale and a centre for each face.

    Attributes:
        rotation: (face, axes, axes).
        scale: (face,) in the unit of the points.
        centre: (face, axes), the point that becomes the origin.
    """

    rotation: np.ndarray
    scale: np.ndarray
    centre: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Move (face, point, axes) points out of the picture: shifted, turned, then divided by the scale."""
        return (points - self.centre[:, None]) @ self.rotation.swapaxes(1, 2) / self.scale[:, None, None]

    def undo(self, aligned: np.ndarray) -> np.ndarray:
        """Put (face, point, axes) aligned points back into the picture."""
        return aligned * self.scale[:, None, None] @ self.rotation + self.centre[:, None]


def by_eyes(points: np.ndarray) -> Similarity:
    """What brings the midpoint of the eyes to the origin, and the eyes to one level and a distance of one.

    Args:
        points: (face, 478, axes) meshes, in two or three axes; the turn is about the third, the distance in the first
            two.

    Returns:
        A similarity; NaN for faces that are NaN or whose eyes have one place.
    """
    corners = points[:, list(EYE_CORNERS)]
    right, left = corners[:, :2].mean(axis=1), corners[:, 2:].mean(axis=1)
    across = (left - right)[:, :2]
    scale = _positive(np.linalg.norm(across, axis=-1))
    cosine, sine = (across / scale[:, None]).T
    rotation = np.tile(np.eye(points.shape[-1], dtype=points.dtype), (len(points), 1, 1))
    rotation[:, :2, :2] = np.stack([cosine, sine, -sine, cosine], axis=-1).reshape(-1, 2, 2)
    return Similarity(rotation, scale, (right + left) / 2)


def procrustes(points: np.ndarray, reference: np.ndarray) -> Similarity:
    """What puts every face on the reference with the least sum of squared distances (Kabsch, 1976; Umeyama, 1991).

    Args:
        points: (face, point, axes).
        reference: (point, axes).

    Returns:
        A similarity without reflection; NaN for faces that are NaN or whose points have one place.
    """
    whole = np.isfinite(points).all(axis=(1, 2))
    centroid, origin = points.mean(axis=1), reference.mean(axis=0)
    centred = np.where(whole[:, None, None], points - centroid[:, None], 0)
    u, strength, vt = np.linalg.svd((reference - origin).T @ centred)  # (face, axes, axes)
    handed = np.sign(np.linalg.det(u @ vt))  # -1 where the best fit would be a reflection
    u[..., -1] *= handed[:, None]
    strength[:, -1] *= handed
    rotation = np.where(whole[:, None, None], u @ vt, np.nan)
    scale = _positive(np.square(centred).sum(axis=(1, 2))) / _positive(strength.sum(axis=1))
    return Similarity(rotation, scale, centroid - scale[:, None] * (origin @ rotation))


def _positive(lengths: np.ndarray) -> np.ndarray:
    return np.where(lengths > 0, lengths, np.nan)


def mean_shape(points: np.ndarray, tolerance: float = 1e-4) -> np.ndarray:
    """The generalised Procrustes mean (Gower, 1975): faces are put on their mean until it moves no more.

    Args:
        points: (face, 478, axes) meshes; those with a NaN are left out.
        tolerance: a mean that moved less than this is the last, in distances between the eyes.

    Returns:
        (478, axes), the eyes level and at a distance of one, the origin between them.

    Raises:
        ValueError: every face has a NaN.
    """
    whole = points[np.isfinite(points).all(axis=(1, 2))]
    if len(whole) == 0:
        raise ValueError(f"a mean of {len(points)} faces none of which was found: give some that were detected")
    last, mean = np.inf, _level(by_eyes(whole).apply(whole).mean(axis=0))
    while np.abs(mean - last).max() >= tolerance:
        last, mean = mean, _level(procrustes(whole, mean).apply(whole).mean(axis=0))
    return mean


def _level(shape: np.ndarray) -> np.ndarray:
    return by_eyes(shape[None]).apply(shape[None])[0]


@cache
def reference() -> np.ndarray:
    """(478, 3) the mean shape of the face model that ships, fitted on training faces only, aligned by its eyes."""
    return _level(FaceModel.open().mean_shape)


def align(landmarks: xr.Dataset, method: str, axes: int = 3) -> xr.Dataset:
    """Align the meshes of some faces.

    Args:
        landmarks: a landmarks dataset of MediaPipe's 478 points.
        method: "eyes", or "procrustes" to put every face on `reference`.
        axes: 2 to leave out the depth, or 3.

    Returns:
        The dataset with aligned `points` (face, point, axis) float32, in distances between the eyes, and the
        `Similarity` that undoes it: `rotation` (face, axis, picture_axis), `scale` (face) and `centre` (face, axis).

    Raises:
        ValueError: there is no such method.
    """
    if method not in ("eyes", "procrustes"):
        raise ValueError(f'no alignment {method!r}: expected "eyes" or "procrustes"')
    landmarks = landmarks.isel(axis=slice(axes))
    points = landmarks["points"].values
    moved = by_eyes(points) if method == "eyes" else procrustes(points, reference()[:, :axes])
    return landmarks.assign(
        points=(("face", "point", "axis"), moved.apply(points).astype(np.float32)),
        rotation=(("face", "axis", "picture_axis"), moved.rotation),
        scale=("face", moved.scale),
        centre=(("face", "axis"), moved.centre),
    )


@cache
def mirror() -> np.ndarray:
    """Entry i is the point that takes place i when the picture is mirrored: (478,), found on `reference`."""
    flipped = reference() * [-1, 1, 1]
    return linear_sum_assignment(cdist(reference(), flipped))[1]  # pairs that lie nearest to one another in total
