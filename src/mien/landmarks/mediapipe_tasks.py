"""MediaPipe's mesh by its own runtime: the reference of `mediapipe478`, for `make parity` and notebook 20 alone.

It sends: MediaPipe's Tasks, from about version 0.10.30 on, report metrics of their use, though no pictures, to Google.
"""

import sys
from functools import cache

import cv2
import numpy as np
import xarray as xr

from mien import assets
from mien.landmarks import mediapipe478

SENDS = "MediaPipe's Tasks send metrics of their use, no pictures, to Google"


def detect(faces: xr.Dataset) -> xr.Dataset:
    """Find the mesh of some faces: what `mediapipe478.detect` takes and gives."""
    landmarker = _landmarker(str(assets.find(assets.FACE_LANDMARKER)))
    return mediapipe478.found(faces, [_look(landmarker, image) for image in faces["image"].values])


def _look(landmarker, image: np.ndarray) -> mediapipe478.Face | None:
    """The first face of (y, x) grey levels; shares of width and height become pixels, z is a share of the width."""
    import mediapipe

    rgb = cv2.cvtColor(mediapipe478.enlarged(image), cv2.COLOR_GRAY2RGB)
    found = landmarker.detect(mediapipe.Image(mediapipe.ImageFormat.SRGB, rgb))
    if not found.face_landmarks:
        return None
    height, width = image.shape
    shares = np.array([(point.x, point.y, point.z) for point in found.face_landmarks[0]])
    points = shares * [width, height, width] - [0.5, 0.5, 0]
    return mediapipe478.Face(points, np.array([category.score for category in found.face_blendshapes[0]]))


@cache
def _landmarker(file: str):
    """Open it once, for good: one of fifty times, closing it waits for five seconds (MediaPipe 1.2.2)."""
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
            min_face_detection_confidence=mediapipe478.CONFIDENCE,
            min_face_presence_confidence=mediapipe478.CONFIDENCE,
            output_face_blendshapes=True,
        )
    )
