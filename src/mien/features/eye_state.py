"""How far each eye is open, as two numbers: the height of its opening, and the area, over its width.

Height is divided by width and not width by height, since that stays finite when an eye is closed.
"""

import numpy as np
import xarray as xr

from mien.vocabulary import topology

FEATURES = ("ratio(right)", "area(right)", "ratio(left)", "area(left)")
"""What `eye_state` measures, in this order; sides are the subject's."""


def areas(points: np.ndarray) -> np.ndarray:
    """Visible areas between the lids of both eyes, over the squares of their widths.

    Args:
        points: (face, 478, axes) meshes, in two or three axes.

    Returns:
        (face, 2) of right and left eye, without unit: 0.4 of an ellipse half as high as wide. NaN where both corners of
        the eye have one place.
    """
    outlines = topology.eye_outlines(points)
    outlines = outlines - outlines.mean(axis=-2, keepdims=True)  # less is rounded off near the origin
    following = np.roll(outlines, -1, axis=-2)
    products = outlines.swapaxes(-1, -2) @ following  # (face, 2, axes, axes)
    shoelace = (products - products.swapaxes(-1, -2)) / 2  # for each two axes the area as seen along the third
    return np.linalg.norm(shoelace, axis=(-1, -2)) / 2**0.5 / topology.eye_widths(points) ** 2


def eye_state(landmarks: xr.Dataset) -> xr.Dataset:
    """The features dataset of some faces.

    Args:
        landmarks: a landmarks dataset of MediaPipe's mesh.

    Returns:
        `value` (face, feature) float32, features named as `FEATURES`; NaN for an eye that was not found or has no
        width. The face coordinates are kept.
    """
    points = landmarks["points"].values
    value = np.stack([topology.eye_ratios(points), areas(points)], axis=-1)  # (face, eye, number)
    faces = {name: c for name, c in landmarks.coords.items() if c.dims == ("face",)}
    table = value.reshape(len(value), len(FEATURES)).astype(np.float32)
    return xr.Dataset({"value": (("face", "feature"), table)}, {**faces, "feature": np.array(FEATURES, object)})
