"""Faces in whole pictures, found by BlazeFace."""

from collections.abc import Iterator

import numpy as np

from mien.faces import cropping
from mien.faces.cropping import Box
from mien.faces.detectors import Detection, distinct
from mien.landmarks import blazeface, bundle, mediapipe478

SURE = 0.5
"""Score from which a face counts, MediaPipe's default."""

CLEAR = 0.7
"""Score from which a face in a picture counts whatever the network of the mesh says of it."""

CONFIRMED = 0.95
"""Probability that this network must give to those of less; a badge in overexposed light has 0.92."""

TRIED = 3
"""Answers of less that are tried by the mesh. On FER2013's faces, enlarged, they raise the share of those found from 91
to 95 %; a colour wheel is taken for a face all the same."""

ZOOM = 1.15
"""Width of the frame in widths of the detector's box: the median of FER2013's training faces."""

RISE = 0.08
"""How far the frame's middle lies above that of the box, in widths of the box; likewise."""


class BlazeDetector:
    """Finds faces by BlazeFace, those of a fifth of a picture's longer side and more.

    Args:
        models: MediaPipe's.
        mesh: give each face its mesh, too, which takes four times as long.
        unsure: take unsure answers, too, in whose place the network of the mesh sees a face.
        certain: take those alone that are clear and that this network confirms.
    """

    def __init__(self, models: bundle.Models, mesh: bool = False, unsure: bool = False, certain: bool = False):
        self._models, self._mesh, self._unsure, self._certain = models, mesh, unsure, certain

    def find(self, image: np.ndarray, seconds: float = 0.0) -> list[Detection]:
        """See `FaceDetector`."""
        if self._unsure:
            return distinct(self._meshed(image, self._answers(image, mediapipe478.CONFIDENCE)[:TRIED]))
        if self._certain:
            return distinct(self._meshed(image, self._answers(image, CLEAR), CONFIRMED))
        if self._mesh:
            return distinct(self._meshed(image, self._answers(image, SURE), needed=False))
        clear = [Detection(framed(face[:2])) for face in self._answers(image, CLEAR)]
        return distinct([*clear, *self._meshed(image, self._answers(image, SURE), CONFIRMED)])

    def _answers(self, image: np.ndarray, confidence: float) -> np.ndarray:
        return blazeface.find(self._models, image, confidence)

    def _meshed(
        self, image: np.ndarray, faces: np.ndarray, confidence: float = SURE, needed: bool = True
    ) -> Iterator[Detection]:
        """Faces with their meshes; without one, those alone that need none."""
        for face in faces:
            square = mediapipe478.square_of(face[:2], *face[2:4])
            mesh = mediapipe478.mesh(self._models, image, square, confidence)
            if mesh is not None or not needed:
                yield Detection(framed(face[:2]), mesh)


def framed(corners: np.ndarray) -> Box:
    """The square around BlazeFace's box, (2, 2) corners in pixels, framed as FER2013's faces are."""
    low, high = corners
    width = (high - low).max()
    return cropping.centred((low + high) / 2 - [0, RISE * width], ZOOM * width)
