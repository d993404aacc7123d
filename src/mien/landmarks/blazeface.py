"""Faces in whole pictures: BlazeFace (Bazarevsky et al., 2019), the detector in MediaPipe's bundle of face models.

What its network's outputs mean, and every constant, are those of MediaPipe's `face_detector_graph.cc` and of the
calculators that it names, for the short-range model.
"""

import cv2
import numpy as np
from scipy.special import expit

from mien.faces import cropping
from mien.landmarks import bundle

SIZE = 128
"""Width of the picture that the network takes, and the unit of what it answers."""

GRIDS = ((16, 2), (8, 6))
"""Cells along a side, and anchors of each: strides of 8 and, three layers alike, of 16 pixels, two anchors a layer."""

OVERLAP = 0.5
"""Intersection over union above which two answers are of one face."""

KEYPOINTS = ("right eye", "left eye", "tip of the nose", "mouth", "right ear", "left ear")
"""What the network places beside the box; sides are the subject's."""


def _anchors() -> np.ndarray:
    """(896, 2) centres of the cells, x first, as shares of the picture."""
    grids = []
    for cells, copies in GRIDS:
        y, x = np.indices((cells, cells))
        grids.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5, copies, axis=0) / cells)
    return np.concatenate(grids)


ANCHORS = _anchors()


def find(models: bundle.Models, image: np.ndarray, confidence: float = 0.5) -> np.ndarray:
    """The faces of a picture.

    It is fitted into a square of `SIZE` pixels, so that faces of less than a fifth of its longer side are missed.

    Args:
        models: MediaPipe's, see `bundle.models`.
        image: (height, width, 3) uint8 RGB.
        confidence: least score, from 0 to 1, of an answer that counts.

    Returns:
        (face, 8, 2) in pixels from the outer edge of the first one, the surest face first: the box's left top and right
        bottom corner, then `KEYPOINTS`.
    """
    longest = max(image.shape[:2])
    margin = (longest - np.array(image.shape[1::-1])) / 2  # (x, y) that the square has more, on either side
    matrix = np.column_stack([np.eye(2) * longest / SIZE, -margin])
    fitted = bundle.cut(image, matrix, SIZE, cv2.BORDER_CONSTANT)  # black where there is no picture
    boxes, logits = models.detector(fitted / np.float32(127.5) - 1)
    scores = expit(logits[0, :, 0].clip(-100, 100))
    sure = scores >= confidence
    return suppressed(decoded(boxes[0, sure], ANCHORS[sure]), scores[sure]) * longest - margin


def decoded(answers: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """What the network says of some anchors -> places.

    Args:
        answers: (answer, 16) middle, width and height of the box, and `KEYPOINTS`, x first; in pixels, middle and
            points from the anchor.
        anchors: (answer, 2) of `ANCHORS`.

    Returns:
        (answer, 8, 2) as `find` gives it, in shares of the square.
    """
    answers = answers.reshape(-1, 8, 2) / SIZE
    middle, half = answers[:, 0] + anchors, answers[:, 1] / 2
    return np.concatenate([np.stack([middle - half, middle + half], axis=1), answers[:, 2:] + anchors[:, None]], axis=1)


def suppressed(points: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """One answer for each face: the surest and all that overlap it, averaged with their scores as weights.

    Args:
        points: (answer, 8, 2), two corners first.
        scores: (answer,) above 0.

    Returns:
        (face, 8, 2), that of the surest answer first.
    """
    points, scores = (values[np.argsort(-scores, kind="stable")] for values in (points, scores))
    faces = []
    while len(points):
        boxes = points[:, :2].reshape(-1, 4)
        same = cropping.overlap(boxes, boxes[:1])[:, 0] > OVERLAP
        same[0] = True  # a box without area overlaps not even itself
        faces.append(np.average(points[same], axis=0, weights=scores[same]))
        points, scores = points[~same], scores[~same]
    return np.reshape(faces, (-1, 8, 2))
