"""MediaPipe's face landmarker, without TensorFlow: MediaPipe imports that where it can, for its documentation alone
(`mediapipe.tasks.python.core.optional_dependencies`), which takes four seconds."""

import sys

_absent = "tensorflow" not in sys.modules
if _absent:
    sys.modules["tensorflow"] = None  # what imports it is told that it is not installed
try:
    from mediapipe import Image, ImageFormat
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import (
        FaceLandmarker,
        FaceLandmarkerOptions,
        FaceLandmarksConnections,
        RunningMode,
    )
finally:
    if _absent:
        del sys.modules["tensorflow"]

__all__ = [
    "BaseOptions",
    "FaceLandmarker",
    "FaceLandmarkerOptions",
    "FaceLandmarksConnections",
    "Image",
    "ImageFormat",
    "RunningMode",
]
