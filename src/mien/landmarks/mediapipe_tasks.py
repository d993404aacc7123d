"""MediaPipe's mesh by its own runtime: the reference of `mediapipe478`, for `make parity` and notebook 20 alone."""

import sys
from functools import cache

import cv2
import numpy as np
import xarray as xr

from mien.engine import assets
from mien.landmarks import mediapipe478
from mien.landmarks.mediapipe478 import CONFIDENCE, SIZE, Face

SENDS = "MediaPipe's Tasks, from about version 0.10.30 on, send metrics of their use, though no pictures, to Google"
"""What whoever starts them is to be told before; see the NOTICE in MediaPipe's package."""


def detect(faces: xr.Dataset) -> xr.Dataset:
    """Find the mesh of some faces: what `mediapipe478.detect` takes and gives."""
    return mediapipe478.found(faces, [first(image) for image in faces["image"].values])


def find(image: np.ndarray, faces: int = 1, confidence: float = CONFIDENCE) -> list[Face]:
    """The faces of a picture, (height, width, 3) uint8 RGB, with their points in its pixels.

    Args:
        image: the picture.
        faces: how many at most.
        confidence: least score of the detector, and least probability of the mesh.

    Raises:
        assets.AssetUnavailable: there is no model.
    """
    import mediapipe

    landmarker = opened(str(assets.find(assets.FACE_LANDMARKER)), faces, confidence)
    seen = landmarker.detect(mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(image)))
    height, width = image.shape[:2]
    found = []
    for mesh, scores in zip(seen.face_landmarks, seen.face_blendshapes, strict=True):
        shares = np.array([(point.x, point.y, point.z) for point in mesh])  # of height and width; z is one of the width
        found.append(Face(shares * [width, height, width] - [0.5, 0.5, 0], np.array([each.score for each in scores])))
    return found


def first(image: np.ndarray) -> Face | None:
    """What `mediapipe478.first` says of grey levels (y, x), uint8."""
    seen = find(cv2.cvtColor(mediapipe478.enlarged(image), cv2.COLOR_GRAY2RGB))
    return seen[0].scaled(image.shape[1] / SIZE) if seen else None


@cache
def opened(file: str, faces: int, confidence: float):
    """A `FaceLandmarker`, opened once: one of fifty times, closing it waits for five seconds (MediaPipe 1.2.2)."""
    absent = "tensorflow" not in sys.modules
    if absent:  # MediaPipe imports it where it can, for its documentation alone, which takes four seconds
        sys.modules["tensorflow"] = None
    try:
        from mediapipe.tasks.python import BaseOptions, vision
    finally:
        if absent:
            del sys.modules["tensorflow"]
    return vision.FaceLandmarker.create_from_options(
        vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=file),
            num_faces=faces,
            min_face_detection_confidence=confidence,
            min_face_presence_confidence=confidence,
            output_face_blendshapes=True,
        )
    )
