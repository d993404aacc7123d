import numpy as np
import pytest

from mien.faces.detectors import Detection
from mien.landmarks.tiled_detector import TiledDetector


class Spots:
    """Finds the white spots of a picture that are at least a fifth of it: what lies around them, cut off or not."""

    def __init__(self):
        self.asked = 0

    def find(self, image, seconds=0.0):
        self.asked += 1
        y, x = np.nonzero(image[..., 0])
        if len(x) == 0 or np.ptp(x) + 1 < image.shape[1] / 5:
            return []
        return [Detection((x.min() - 2, y.min() - 2, x.max() + 3, y.max() + 3))]


@pytest.mark.parametrize("corner", [(0, 0), (3900, 2900), (490, 240), (1000, 1700), (2345, 1234)])
def test_a_small_face_anywhere_in_a_large_picture_is_found_once(corner):
    picture, (left, top) = np.zeros((3000, 4000, 3), np.uint8), corner
    picture[top : top + 100, left : left + 100] = 255
    (face,) = TiledDetector(Spots()).find(picture)
    assert face.box == (left - 2, top - 2, left + 102, top + 102)


def test_a_picture_that_others_see_whole_is_left_to_them():
    spots = Spots()
    assert TiledDetector(spots).find(np.full((1280, 1280, 3), 255, np.uint8)) == []
    assert spots.asked == 0
