"""Faces looked for now and then, and followed in the frames between."""

import cv2
import dlib
import numpy as np

from mien.faces.detectors import Detection, FaceDetector

EVERY = 5
"""Frames from one search to the next: a fifth of a second of a usual video."""

LONGEST = 480
"""Pictures are shrunk to this length before faces are followed in them."""

LOST = 7.0
"""Peak-to-sidelobe ratio of the correlation below which a face is lost (Bolme et al., 2010: 7 says occluded)."""


class FollowingDetector:
    """Finds faces in the frames of a video: searches in some, follows in the others (Danelljan et al., 2014).

    Args:
        detector: searches.
        every: frames from one search to the next, while there are faces; without, it searches in each.
    """

    def __init__(self, detector: FaceDetector, every: int = EVERY):
        self.detector, self.every = detector, every
        self._followed: list[tuple[dlib.correlation_tracker, Detection]] = []
        self._since = 0

    def find(self, image: np.ndarray, seconds: float = 0.0) -> list[Detection]:
        """See `FaceDetector`."""
        scale = min(1.0, LONGEST / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        self._since += 1
        if self._since < self.every:
            self._followed = [_moved(tracker, face, small, scale) for tracker, face in self._followed]
            self._followed = [pair for pair in self._followed if pair[1]]
        if self._since >= self.every or not self._followed:
            self._followed = [(_started(face, small, scale), face) for face in self.detector.find(image, seconds)]
            self._since = 0
        return [face for _, face in self._followed]


def _started(face: Detection, small: np.ndarray, scale: float) -> dlib.correlation_tracker:
    tracker = dlib.correlation_tracker()
    tracker.start_track(small, dlib.drectangle(*(scale * edge for edge in face.box)))
    return tracker


def _moved(
    tracker: dlib.correlation_tracker, face: Detection, small: np.ndarray, scale: float
) -> tuple[dlib.correlation_tracker, Detection | None]:
    """The tracker and the face where it is now; None if it is lost. Its mesh, which was of another frame, goes."""
    if tracker.update(small) < LOST:
        return tracker, None
    place = tracker.get_position()
    edges = place.left(), place.top(), place.right(), place.bottom()
    return tracker, Detection(tuple(round(edge / scale) for edge in edges))
