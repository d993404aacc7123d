"""What the points mean."""

import numpy as np

DLIB_REGIONS = {
    "jaw": range(0, 17),
    "right brow": range(17, 22),
    "left brow": range(22, 27),
    "nose": range(27, 36),
    "right eye": range(36, 42),
    "left eye": range(42, 48),
    "mouth": range(48, 68),
}
"""dlib's 68 points by region, in the mark-up of 300-W (Sagonas et al., 2016); sides are the subject's."""

ENM = tuple(range(17, 68))
"""Eyes (with brows), nose and mouth: all of dlib's points but the jaw."""

SUBSETS = {"all": tuple(range(68)), "enm": ENM}
"""The sets of points whose distances are features."""

DLIB_LINES = (
    tuple(range(0, 17)),
    tuple(range(17, 22)),
    tuple(range(22, 27)),
    tuple(range(27, 31)),
    tuple(range(31, 36)),
    (*range(36, 42), 36),
    (*range(42, 48), 42),
    (*range(48, 60), 48),
    (*range(60, 68), 60),
)
"""The face as lines through dlib's points; a closed line ends where it begins."""

DLIB_MIRROR = (
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *range(27, 31),  # bridge of the nose
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46),  # right eye <- left eye
    *(39, 38, 37, 36, 41, 40),
    *range(54, 47, -1),  # outer lips, upper
    *range(59, 54, -1),  # outer lips, lower
    *range(64, 59, -1),  # inner lips, upper
    *range(67, 64, -1),  # inner lips, lower
)
"""Entry i is the point that takes place i when the picture is mirrored."""


def eye_centres(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres of the right and the left eye: the means of their six points.

    Args:
        points: (..., 68, axes) dlib points.

    Returns:
        Two arrays (..., axes).
    """
    right, left = (points[..., list(DLIB_REGIONS[side]), :].mean(-2) for side in ("right eye", "left eye"))
    return right, left


def interocular(points: np.ndarray) -> np.ndarray:
    """Distance between the eye centres of (..., 68, axes) dlib points: (...), in the points' unit."""
    right, left = eye_centres(points)
    return np.linalg.norm(left - right, axis=-1)
