"""MediaPipe's face mesh: 478 points in three dimensions and 52 blendshapes (Kartynnik et al., 2019)."""

import threading
from functools import cache

import cv2
import numpy as np
import xarray as xr

from mien import assets
from mien.mediapipe_tasks import BaseOptions, FaceLandmarker, FaceLandmarkerOptions, Image, ImageFormat
from mien.topology import BLENDSHAPES

POINTS = 478

SIZE = 192
"""Pictures are enlarged to this width, the input of the mesh network."""

CONFIDENCE = 0.1
"""Lowest score of a face that is looked at: at the default of 0.5 many a tightly cut face is lost."""

LOCK = threading.Lock()
"""Threads of a process take turns: a worker of Dask has a new one now and then, and another landmarker is 24 MB."""


def detect(faces: xr.Dataset) -> xr.Dataset:
    """Find the mesh of some faces.

    Args:
        faces: a faces dataset, `image` (face, y, x) uint8.

    Returns:
        A landmarks dataset: `points` (face, 478, 3) float32 in pixels of the picture, a pixel's centre at its whole
        number, z in the same unit and smaller towards the viewer; `blendshape` (face, 52) in [0, 1], named; and
        `detected`. Points and blendshapes are NaN where no face is found.

    Raises:
        assets.AssetUnavailable: the model file is not here and cannot be fetched.
    """
    images = faces["image"].values
    points = np.full((len(images), POINTS, 3), np.nan, np.float32)
    blendshape = np.full((len(images), len(BLENDSHAPES)), np.nan, np.float32)
    with LOCK:
        landmarker = _landmarker(str(assets.find(assets.FACE_LANDMARKER)))
        for i, image in enumerate(images):
            found = landmarker.detect(_enlarged(image))
            if found.face_landmarks:
                points[i] = in_pixels(found.face_landmarks[0], image)
                blendshape[i] = [category.score for category in found.face_blendshapes[0]]
    return xr.Dataset(
        {
            "points": (("face", "point", "axis"), points),
            "blendshape": (("face", "name"), blendshape),
            "detected": ("face", np.isfinite(points).all(axis=(1, 2))),
        },
        coords={**faces.coords, "axis": np.array(list("xyz"), object), "name": np.array(BLENDSHAPES, object)},
    )


@cache
def _landmarker(file: str) -> FaceLandmarker:
    """Open it once, for good: one of fifty times, closing it waits for five seconds (MediaPipe 1.2.2)."""
    return FaceLandmarker.create_from_options(
        FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=file),
            min_face_detection_confidence=CONFIDENCE,
            min_face_presence_confidence=CONFIDENCE,
            output_face_blendshapes=True,
        )
    )


def _enlarged(image: np.ndarray) -> Image:
    """(y, x) gray or (y, x, 3) RGB (not OpenCV's BGR) -> MediaPipe's own kind, `SIZE` pixels wide."""
    scale = SIZE / image.shape[1]
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    rgb = large if large.ndim == 3 else cv2.cvtColor(large, cv2.COLOR_GRAY2RGB)
    return Image(ImageFormat.SRGB, rgb)


def in_pixels(mesh: list, image: np.ndarray) -> np.ndarray:
    """MediaPipe's shares of width and height -> (478, 3); z is a share of the width."""
    height, width = image.shape[:2]
    shares = np.array([(point.x, point.y, point.z) for point in mesh])
    return shares * [width, height, width] - [0.5, 0.5, 0]
