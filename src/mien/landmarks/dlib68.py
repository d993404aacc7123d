"""dlib's 68 points: HOG face detector, then an ensemble of regression trees (Kazemi & Sullivan, 2014).

The points' weights were trained on 300-W, whose licence excludes commercial use.
"""

from functools import cache

import cv2
import dlib
import numpy as np
import xarray as xr

from mien.engine import assets

SIZE = 192
"""Pictures are enlarged to this width: the HOG detector finds faces of 80 pixels and more."""

BORDER = 0.15
"""Replicated edge on each side, as a share of the width: tightly cut faces are found more often (70 -> 80 %)."""

JITTER = ((0, 0, 1), (-0.05, 0, 1), (0.05, 0, 1), (0, -0.05, 1), (0, 0.05, 1), (0, 0, 0.93), (0, 0, 1.07))
"""Shifts (x, y, in box widths) and scalings of the box; the points are the mean over them, which steadies them."""


def detect(faces: xr.Dataset) -> xr.Dataset:
    """Find the points of some faces; the largest face of a picture wins.

    Args:
        faces: a faces dataset, `image` (face, y, x) uint8.

    Returns:
        A landmarks dataset: `points` (face, 68, 2) float32 in pixels of the picture, a pixel's centre at its whole
        number, and `detected` (face). Where no face is found the whole picture is taken for its box.
    """
    found = [landmarks(image) for image in faces["image"].values]
    points = np.array([points for points, _ in found], np.float32).reshape(-1, 68, 2)
    detected = np.array([detected for _, detected in found], bool)
    return xr.Dataset(
        {"points": (("face", "point", "axis"), points), "detected": ("face", detected)},
        coords={**faces.coords, "axis": np.array(["x", "y"], object)},
    )


def landmarks(image: np.ndarray) -> tuple[np.ndarray, bool]:
    """The points of one gray picture.

    Args:
        image: (y, x) uint8.

    Returns:
        (68, 2) points in its pixels, and whether a face was found.
    """
    scale = SIZE / image.shape[1]
    border = round(BORDER * image.shape[1])
    framed = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    large = cv2.resize(framed, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    found = _detector()(large)
    height, width = image.shape
    whole = dlib.rectangle(*(round(scale * edge) for edge in (border, border, border + width, border + height)))
    box = max(found, key=dlib.rectangle.area, default=whole)
    points = np.mean([_points(large, _moved(box, *by)) for by in JITTER], axis=0)  # (68, 2)
    return (points + 0.5) / scale - 0.5 - border, len(found) > 0


def _points(image: np.ndarray, box: dlib.rectangle) -> list[tuple[int, int]]:
    return [(point.x, point.y) for point in _predictor()(image, box).parts()]


def _moved(box: dlib.rectangle, dx: float, dy: float, zoom: float) -> dlib.rectangle:
    x, y = box.dcenter().x + dx * box.width(), box.dcenter().y + dy * box.height()
    half = dlib.dpoint(zoom * box.width() / 2, zoom * box.height() / 2)
    return dlib.rectangle(round(x - half.x), round(y - half.y), round(x + half.x), round(y + half.y))


@cache
def _detector() -> dlib.fhog_object_detector:
    return dlib.get_frontal_face_detector()


@cache
def _predictor() -> dlib.shape_predictor:
    return dlib.shape_predictor(str(assets.dlib_model("shape_predictor_68_face_landmarks.dat")))
