"""Faces in whole pictures, framed as FER2013's are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from mien.faces import cropping
from mien.faces.cropping import Box

LONGEST = 1280
"""Pictures are shrunk to this length before HOG looks at them."""

LEAST = 80
"""Pixels of the smallest face that HOG finds."""

CERTAIN = 0.2
"""Least score of a face that HOG finds: of NASA's portrait of Eileen Collins, her face has 1.0 and her badge 0.1."""


@dataclass(frozen=True)
class Detection:
    """A face in a picture.

    Attributes:
        box: the square around it, which may leave the picture.
        mesh: (478, 3) MediaPipe's points in pixels of the picture, where it was MediaPipe that found it.
    """

    box: Box
    mesh: np.ndarray | None = None


def meshes(found: Sequence[Detection]) -> np.ndarray:
    """The meshes of faces, (face, 478, 3); NaN where a face has none."""
    none = np.full((478, 3), np.nan)
    return np.array([none if face.mesh is None else face.mesh for face in found]).reshape(-1, *none.shape)


def distinct(found: Iterable[Detection]) -> list[Detection]:
    """Faces, the largest first, without those in whose place an earlier one of them was found."""
    kept: list[Detection] = []
    for face in found:
        others = np.array([other.box for other in kept], float).reshape(-1, 4)
        if (cropping.overlap(np.array([face.box], float), others) < cropping.OVERLAP).all():
            kept.append(face)
    return sorted(kept, key=lambda face: face.box[0] - face.box[2])


class FaceDetector(Protocol):
    """Finds faces."""

    def find(self, image: np.ndarray, seconds: float = 0.0) -> list[Detection]:
        """The faces in a picture (height, width, 3) uint8 RGB, the largest first; `seconds` is its time in a video."""


class HogDetector:
    """Finds faces by dlib's detector, which needs no file but what its package brings.

    Args:
        longest: length in pixels to which larger pictures are shrunk: half of it takes a quarter of the time, and
            loses faces of less than 160 pixels in a picture of `LONGEST`.
    """

    def __init__(self, longest: int = LONGEST):
        self.longest = longest

    def find(self, image: np.ndarray, seconds: float = 0.0) -> list[Detection]:
        """See `FaceDetector`."""
        scale = min(1.0, self.longest / max(image.shape[:2]))
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        size = [max(round(scale * side), 1) for side in image.shape[1::-1]]  # of a line of pixels, one at least
        small = gray if scale == 1 else cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
        return [Detection(tuple(round(edge / scale) for edge in box)) for box in cropping.face_boxes(small, CERTAIN)]


def cut_out(picture: np.ndarray, size: int) -> tuple[np.ndarray, bool]:
    """Cut the largest face out of a picture, framed as FER2013's are; the whole of it where no face is found.

    Args:
        picture: (height, width) uint8; one of less than `LEAST` pixels is taken for a face that is cut out already.
        size: height and width of the result in pixels.

    Returns:
        (size, size) uint8, and whether it is the face.
    """
    height, width = picture.shape
    whole = [Detection((0, 0, width, height))]
    found = whole if min(height, width) < LEAST else HogDetector().find(np.dstack([picture] * 3))
    return cropping.crop(picture, (found or whole)[0].box, size), bool(found)


class EveryDetector:
    """Asks several detectors for the faces of a picture; where two find the same, that of the earlier counts.

    Args:
        detectors: the best first.
    """

    def __init__(self, detectors: Sequence[FaceDetector]):
        self.detectors = detectors

    def find(self, image: np.ndarray, seconds: float = 0.0) -> list[Detection]:
        """See `FaceDetector`."""
        return distinct(face for detector in self.detectors for face in detector.find(image, seconds))


class FirstDetector:
    """Asks one detector after the other until one finds a face.

    Args:
        detectors: the best first.
    """

    def __init__(self, detectors: Sequence[FaceDetector]):
        self.detectors = detectors

    def find(self, image: np.ndarray, seconds: float = 0.0) -> list[Detection]:
        """See `FaceDetector`."""
        return next((found for detector in self.detectors if (found := detector.find(image, seconds))), [])
