"""Faces in whole pictures, found and followed by MediaPipe's mesh."""

import numpy as np

from mien.faces import cropping
from mien.faces.cropping import Box
from mien.faces.detectors import Detection
from mien.landmarks import blazeface, bundle, mediapipe478
from mien.landmarks.mediapipe478 import Square

ZOOM = 1.08
"""Width of the frame in heights of the mesh, iris and forehead included: the median of FER2013's training faces."""

RISE = 0.05
"""How far the frame's middle lies above that of the mesh, in its heights; likewise."""

SAME = 0.5
"""Overlap above which two squares are of one face, MediaPipe's default (`min_tracking_confidence`)."""


class MeshDetector:
    """Finds faces by MediaPipe's mesh.

    Args:
        models: MediaPipe's.
        faces: how many at most.
        video: pictures follow one another, so that a face is looked for where it was.
    """

    def __init__(self, models: bundle.Models, faces: int = 10, video: bool = False):
        self._models, self._faces, self._video = models, faces, video
        self._tracked: list[Square] = []

    def find(self, image: np.ndarray, seconds: float = 0.0) -> list[Detection]:
        """See `FaceDetector`."""
        meshes = [mediapipe478.mesh(self._models, image, square) for square in self._squares(image)]
        meshes = [mesh for mesh in meshes if mesh is not None]
        if self._video:
            self._tracked = [mediapipe478.tracking_square(mesh) for mesh in meshes]
        return sorted((Detection(framed(mesh), mesh) for mesh in meshes), key=lambda face: face.box[0] - face.box[2])

    def _squares(self, image: np.ndarray) -> list[Square]:
        """Where to look: where faces were, then where the detector sees others."""
        squares: list[Square] = []
        detected = (mediapipe478.square_of(face[:2], *face[2:4]) for face in blazeface.find(self._models, image))
        for square in (*self._tracked, *detected):
            if not squares or cropping.overlap(_edges([square]), _edges(squares)).max() <= SAME:
                squares.append(square)
        return squares[: self._faces]


def _edges(squares: list[Square]) -> np.ndarray:
    """(n, 4) left, top, right and bottom of squares as they would be without their turn, which MediaPipe compares."""
    x, y, side, _ = np.transpose(squares)
    return np.stack([x - side / 2, y - side / 2, x + side / 2, y + side / 2], axis=-1)


def framed(mesh: np.ndarray) -> Box:
    """The square around a mesh (478, axes) in pixels, framed as FER2013's faces are."""
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    height = high[1] - low[1]
    return cropping.centred((low + high) / 2 - [0, RISE * height], ZOOM * height)
