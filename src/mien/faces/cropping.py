"""Faces cut out of larger pictures: where the face is, and the square around it."""

from functools import cache
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import dlib

ZOOM = 1.27
"""Width of the cut, in widths of the detector's box: as FER2013's faces are framed (median of those it finds)."""

RISE = 0.09
"""How far the cut's middle lies above that of the detector's box, in widths of the box; likewise."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; the last two are the first outside."""

OVERLAP = 0.3
"""Least share that two boxes have in common, of what they cover together, to be of one face."""


def crop(image: np.ndarray, box: Box, size: int) -> np.ndarray:
    """Cut the square around a box and resize it, smoothed first where it shrinks (Lanczos), so that nothing aliases.

    Args:
        image: (height, width) uint8.
        box: its longer side becomes that of the square, its middle the square's. It may leave the picture, whose
            edge is then repeated.
        size: height and width of the result in pixels.

    Returns:
        (size, size) uint8.

    Raises:
        ValueError: the box is empty, or there is no such picture.
    """
    _check(image)
    left, top, side = square(box)
    step = max(side // (64 * size), 1)  # of a line as long as a page the square would not fit into memory
    rows, columns = np.arange(top, top + side, step), np.arange(left, left + side, step)
    inside = np.ix_(rows.clip(0, image.shape[0] - 1), columns.clip(0, image.shape[1] - 1))
    return np.asarray(Image.fromarray(image[inside]).resize((size, size), Image.Resampling.LANCZOS))


def _check(image: np.ndarray) -> None:
    if image.dtype != np.uint8 or image.ndim != 2 or not image.size:
        raise ValueError(f"an array of {image.dtype} and shape {image.shape}: expected pixels (height, width) of uint8")


def square(box: Box) -> tuple[int, int, int]:
    """Left, top and side of the square around a box.

    Raises:
        ValueError: the box is empty.
    """
    left, top, right, bottom = box
    if left >= right or top >= bottom:
        raise ValueError(f"box {box} is empty: expected left < right and top < bottom")
    side = max(right - left, bottom - top)
    return (left + right - side) // 2, (top + bottom - side) // 2, side


def centred(middle: np.ndarray, side: float) -> Box:
    """The square of whole pixels around a middle (x, y)."""
    side = max(ceil(side), 1)
    left, top = (round(place - side / 2) for place in middle)
    return left, top, left + side, top + side


def overlap(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of (n, 4) and (m, 4) boxes of left, top, right and bottom: (n, m); 0 of empty ones."""
    corners = np.maximum(first[:, None, :2], second[:, :2]), np.minimum(first[:, None, 2:], second[:, 2:])
    common = (corners[1] - corners[0]).clip(0).prod(axis=-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=-1) for boxes in (first, second)]
    return common / np.maximum(areas[0][:, None] + areas[1] - common, np.finfo(float).tiny)


def face_box(image: np.ndarray) -> Box | None:
    """The square around the largest face, or None where there is no face; see `face_boxes`."""
    return next(iter(face_boxes(image)), None)


def face_boxes(image: np.ndarray, certain: float = 0.0) -> list[Box]:
    """The squares around the faces of a picture, framed as FER2013's are, by dlib's HOG detector.

    Args:
        image: (height, width) uint8; faces of 80 pixels and more are found.
        certain: least score of the detector that counts.

    Returns:
        Squares, which may leave the picture, the largest first.

    Raises:
        ValueError: there is no such picture.
    """
    _check(image)
    found, _, _ = _detector().run(np.ascontiguousarray(image), 0, certain)  # of a strided one it sees nothing
    return [_framed(face) for face in sorted(found, key=lambda face: face.area(), reverse=True)]


def _framed(face: "dlib.rectangle") -> Box:
    return centred((face.dcenter().x, face.dcenter().y - RISE * face.width()), ZOOM * face.width())


@cache
def _detector() -> "dlib.fhog_object_detector":
    import dlib  # here: who crops a known box, or trains on another machine, needs none

    return dlib.get_frontal_face_detector()
