"""Faces in whole pictures, found by MediaPipe's mesh."""

from math import ceil

import numpy as np

from mien import assets
from mien.landmarks import mediapipe478
from mien.live.finder import Found
from mien.mediapipe_tasks import BaseOptions, FaceLandmarker, FaceLandmarkerOptions, Image, ImageFormat, RunningMode
from mien.sources.cropping import Box

ZOOM = 1.08
"""Width of the frame in heights of the mesh, iris and forehead included: the median of FER2013's training faces."""

RISE = 0.05
"""How far the frame's middle lies above that of the mesh, in its heights; likewise."""


class MeshFinder:
    """Finds faces by MediaPipe's mesh; a context manager.

    Args:
        faces: how many at most.
        video: pictures follow one another, so that a face is looked for where it was.

    Raises:
        assets.AssetUnavailable: the model file is not here and cannot be fetched.
    """

    def __init__(self, faces: int = 10, video: bool = False):
        self._video, self._last = video, -1
        self._landmarker = FaceLandmarker.create_from_options(
            FaceLandmarkerOptions(
                base_options=BaseOptions(model_asset_path=str(assets.find(assets.FACE_LANDMARKER))),
                running_mode=RunningMode.VIDEO if video else RunningMode.IMAGE,
                num_faces=faces,
            )
        )

    def __enter__(self) -> "MeshFinder":
        return self

    def __exit__(self, *error) -> None:
        self._landmarker.close()

    def find(self, image: np.ndarray, seconds: float = 0.0) -> list[Found]:
        """See `finder.Finder`."""
        picture = Image(ImageFormat.SRGB, np.ascontiguousarray(image))
        if self._video:
            self._last = max(self._last + 1, round(1000 * seconds))  # MediaPipe asks for times that rise
            found = self._landmarker.detect_for_video(picture, self._last)
        else:
            found = self._landmarker.detect(picture)
        meshes = [mediapipe478.in_pixels(mesh, image) for mesh in found.face_landmarks]
        return sorted((Found(framed(mesh), mesh) for mesh in meshes), key=lambda face: face.box[0] - face.box[2])


def framed(mesh: np.ndarray) -> Box:
    """The square around a mesh (478, axes) in pixels, framed as FER2013's faces are."""
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    height = high[1] - low[1]
    side = max(ceil(ZOOM * height), 1)
    x, y = (low + high) / 2
    left, top = round(x - side / 2), round(y - RISE * height - side / 2)
    return left, top, left + side, top + side
