"""What the points mean."""

from functools import cache
from pathlib import Path

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


DLIB_IN_MESH = (
    *(127, 93, 177, 215, 172, 136, 149, 148, 152, 377, 378, 365, 397, 435, 401, 323, 356),  # jaw
    *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300),  # brows
    *(168, 197, 5, 4, 240, 97, 2, 326, 460),  # nose
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),  # eyes
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),  # outer lips
    *(78, 82, 13, 312, 308, 317, 14, 87),  # inner lips
)
"""The points of MediaPipe's mesh nearest to dlib's 68: on the FER2013 faces that both find, the median distance is 3 %
of the eyes' at eyes and nose, 5 % at the mouth, 8 % at the brows and 12 % along the jaw, which dlib draws lower."""

EYE_OUTLINES = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
"""MediaPipe's points round the right and the left eye: from the outer corner along the lower lid to the inner corner,
and back along the upper lid."""

BLENDSHAPES = tuple(
    """
    _neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft
    cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight
    eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft eyeWideRight
    jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight mouthFrownLeft mouthFrownRight
    mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight mouthPucker mouthRight
    mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft mouthSmileRight mouthStretchLeft
    mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft noseSneerRight
    """.split()
)
"""What MediaPipe's 52 scores measure, in the order in which it gives them; the names are those of ARKit."""

KEYPOINTS15 = {
    "left_eye_center": tuple(range(42, 48)),
    "right_eye_center": tuple(range(36, 42)),
    "left_eye_inner_corner": (42,),
    "left_eye_outer_corner": (45,),
    "right_eye_inner_corner": (39,),
    "right_eye_outer_corner": (36,),
    "left_eyebrow_inner_end": (22,),
    "left_eyebrow_outer_end": (26,),
    "right_eyebrow_inner_end": (21,),
    "right_eyebrow_outer_end": (17,),
    "nose_tip": (30,),
    "mouth_left_corner": (54,),
    "mouth_right_corner": (48,),
    "mouth_center_top_lip": (51,),
    "mouth_center_bottom_lip": (57,),
}
"""Kaggle's fifteen keypoints, in the order of its columns, as means of dlib's points; sides are the subject's."""

KEYPOINTS4 = ("left_eye_center", "right_eye_center", "nose_tip", "mouth_center_bottom_lip")
"""The keypoints that every row of Kaggle's file has; most have no other, and were marked by other people."""

_OTHER_SIDE = {"left": "right", "right": "left"}
_MIRRORED = ("_".join(_OTHER_SIDE.get(word, word) for word in name.split("_")) for name in KEYPOINTS15)

KEYPOINTS15_MIRROR = tuple(map(list(KEYPOINTS15).index, _MIRRORED))
"""Entry i is the keypoint that takes place i when the picture is mirrored."""

_MESH_EDGES = Path(__file__).with_name("mesh_edges.csv")
"""The distinct lines of MediaPipe's `FaceLandmarksConnections` (Apache-2.0); `make parity` compares."""


@cache
def mesh_edges() -> np.ndarray:
    """The lines of MediaPipe's mesh: its tessellation of points 0 to 467 and the rings around both irises.

    Returns:
        (1330, 2) point indices, the smaller first, each line once. The irises' centres, 468 and 473, have none.
    """
    return np.loadtxt(_MESH_EDGES, int, delimiter=",")


def as_dlib68(points: np.ndarray) -> np.ndarray:
    """(..., 478, axes) points of MediaPipe's mesh, or dlib's own -> (..., 68, axes) where dlib's lie."""
    return points if points.shape[-2] == 68 else points[..., list(DLIB_IN_MESH), :]


def as_keypoints15(points: np.ndarray) -> np.ndarray:
    """(..., 68, axes) dlib points -> (..., 15, axes) keypoints, in the order of `KEYPOINTS15`."""
    return np.stack([points[..., list(which), :].mean(axis=-2) for which in KEYPOINTS15.values()], axis=-2)


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


def eye_outlines(points: np.ndarray) -> np.ndarray:
    """(..., 478, axes) meshes -> (..., 2, 16, axes): the points round the right and the left eye, as `EYE_OUTLINES`."""
    return points[..., np.array(EYE_OUTLINES), :]


def eye_widths(points: np.ndarray) -> np.ndarray:
    """(..., 478, axes) meshes -> (..., 2): distances of the corners of right and left eye; NaN for one of no width."""
    outlines = eye_outlines(points)
    widths = np.linalg.norm(outlines[..., 0, :] - outlines[..., 8, :], axis=-1)
    return np.where(widths > 0, widths, np.nan)


def eye_ratios(points: np.ndarray) -> np.ndarray:
    """Height over width of both eyes: the eye aspect ratio (Soukupová & Čech, 2016), here of three pairs of points.

    Args:
        points: (..., 478, axes) meshes; in three axes a turned head does not make its eyes narrower.

    Returns:
        (..., 2) mean distance of the lids over that of the corners, of right and left eye: about 0.1 with eyes closed,
        where the mesh keeps the lids a little apart, and 0.4 wide open; NaN where both corners have one place.
    """
    outlines = eye_outlines(points)
    heights = np.linalg.norm(outlines[..., 3:6, :] - outlines[..., 13:10:-1, :], axis=-1)  # (..., 2, 3)
    return heights.mean(axis=-1) / eye_widths(points)
