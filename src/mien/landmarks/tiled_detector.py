"""Small faces in large pictures."""

from collections.abc import Iterator

import numpy as np

from mien.faces.detectors import LEAST, LONGEST, Detection, FaceDetector, distinct

PARTS = 8
"""Parts of a picture's length that are looked at. BlazeFace finds faces of a fifth of a part, a fortieth of the length;
those of half a part, a sixteenth, are dlib's (`LEAST` of `LONGEST`)."""


class TiledDetector:
    """Asks a detector for the faces of overlapping parts of a picture, where that is longer than `LONGEST`.

    Every face of up to half a part lies whole in one of them. What leaves its part is left to another one.

    Args:
        detector: finds faces of a fifth of a picture. It is asked some hundred times, so it should be certain: among
            so many parts one looks like a face.
    """

    def __init__(self, detector: FaceDetector):
        self._detector = detector

    def find(self, image: np.ndarray, seconds: float = 0.0) -> list[Detection]:
        """See `FaceDetector`."""
        length = max(image.shape[:2])
        if length <= LONGEST:
            return []
        side = max(length // PARTS, 5 * LEAST)
        corners = ((left, top) for top in _starts(image.shape[0], side) for left in _starts(image.shape[1], side))
        return distinct(face for corner in corners for face in self._within(image, corner, side))

    def _within(self, image: np.ndarray, corner: tuple[int, int], side: int) -> Iterator[Detection]:
        """The faces in the part with this left top corner, in pixels of the picture."""
        left, top = corner
        part = np.ascontiguousarray(image[top : top + side, left : left + side])
        low, high = np.array(corner), np.array([left + part.shape[1], top + part.shape[0]])
        for face in self._detector.find(part):
            box = np.array(face.box).reshape(2, 2) + corner
            cut = ((box[0] < low) & (low > 0)) | ((box[1] > high) & (high < image.shape[1::-1]))
            if not cut.any():
                yield Detection(tuple(box.ravel().tolist()))


def _starts(length: int, side: int) -> list[int]:
    """Where parts begin along a side of the picture: half a part after the one before, the last one at the end."""
    last = max(length - side, 0)
    return [*range(0, last, side // 2), last]
