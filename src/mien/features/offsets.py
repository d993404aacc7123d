"""Offsets of mesh points to the tip of the nose, in units of the distance from there to the forehead."""

import numpy as np
import xarray as xr

from mien.landmarks import alignment

POINTS = 478


def _kept(axes: int) -> np.ndarray:
    """(478, axes + 1) which offsets and, last, distances are features: not those that are the same for every face."""
    kept = np.ones((POINTS, axes + 1), bool)
    kept[alignment.NOSE_TIP] = False  # from itself
    kept[alignment.FACE_LENGTH[0], -1] = False  # the unit
    return kept


def offsets(landmarks: xr.Dataset, axes: int = 3) -> xr.Dataset:
    """The features dataset of some faces: offsets along each axis, eyes level, and Euclidean distances.

    Args:
        landmarks: a landmarks dataset of MediaPipe's 478 points.
        axes: 2 to leave out the depth, or 3.

    Returns:
        `value` (face, feature) float32, features named `dx(33)`, `dy(33)`, `dz(33)`, `distance(33)`; the face
        coordinates are kept. NaN where no face was found, and where the eyes or the ends of the length have one place.
    """
    points = landmarks["points"].values[..., :axes]
    offset = points - points[:, [alignment.NOSE_TIP]]
    offset = offset @ alignment.by_eyes(points).rotation.swapaxes(1, 2)
    distance = np.linalg.norm(offset, axis=-1, keepdims=True)
    length = distance[:, [alignment.FACE_LENGTH[0]]]
    measured = np.concatenate([offset, distance], axis=-1) / np.where(length > 0, length, np.nan)
    names = np.array([[f"{what}({i})" for what in _quantities(axes)] for i in range(POINTS)], object)
    faces = {name: c for name, c in landmarks.coords.items() if c.dims == ("face",)}
    value = measured[:, _kept(axes)].astype(np.float32)
    return xr.Dataset({"value": (("face", "feature"), value)}, coords={**faces, "feature": names[_kept(axes)]})


def _quantities(axes: int) -> tuple[str, ...]:
    return (*("dx", "dy", "dz")[:axes], "distance")


def mirror(axes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """How a mirrored face's features follow from the face's: `value[:, columns] * signs` are those of its mirror image.

    Args:
        axes: 2 or 3, as in `offsets`.

    Returns:
        `columns` (feature,) and `signs` (feature,), -1 for the offsets along x.
    """
    kept = _kept(axes)
    column = np.zeros(kept.shape, int)
    column[kept] = np.arange(kept.sum())
    signs = np.where(np.array(_quantities(axes)) == "dx", -1.0, 1.0)
    return column[alignment.mirror()][kept], np.broadcast_to(signs, kept.shape)[kept]
