"""Drawn faces with their fifteen keypoints, to learn from beside marked ones; their heads are turned further."""

import numpy as np

from mien.face_model import FaceModel
from mien.sources import sampled_fer2013
from mien.sources.keypoints_csv import SIZE
from mien.vocabulary import topology
from mien.vocabulary.labels import EMOTIONS

TURNS = (20.0, 10.0, 8.0)
"""Deviation of the angles, in degrees, as `sampled_fer2013.TURNS`, which are those of FER2013's heads."""

OWN = 5
"""Added to a seed: `sample.write` draws the keypoints of a built-in profile, and all else, from seeds below."""


def draw(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw faces of all expressions, as hard to read as FER2013's.

    Args:
        n: how many.
        seed: same seed, same faces; none of them is in a built-in profile.

    Returns:
        Pictures (n, 96, 96) uint8, and (n, 15, 2) float32 where the keypoints are, in pixels.
    """
    model = FaceModel.open()
    emotion = np.arange(n) % len(EMOTIONS)
    pictures, shape = sampled_fer2013.draw(model, emotion, seed + OWN, sampled_fer2013.Dials.open(), SIZE, TURNS)
    points = topology.as_keypoints15(topology.as_dlib68(model.points(shape, SIZE)[..., :2]))
    return pictures, points.astype(np.float32)
