import numpy as np
import pytest

from mien.faces.detectors import Detection
from mien.landmarks.following import FollowingDetector


class Knowing:
    """A detector that is told where faces are, and counts how often it is asked."""

    def __init__(self, box):
        self.box, self.asked = box, 0

    def find(self, image, seconds=0.0):
        self.asked += 1
        return [Detection(self.box)] if self.box else []


@pytest.fixture
def frames(portrait):
    """The portrait, going to the right by six pixels a frame over a noisy wall."""
    wall = np.random.default_rng(0).integers(90, 110, (400, 640, 3), np.uint8)
    frames = np.stack([wall] * 10)
    for i, frame in enumerate(frames):
        frame[100:250, 60 + 6 * i : 210 + 6 * i] = portrait[..., None]
    return frames


def test_a_face_is_followed_between_two_searches(frames):
    detector = Knowing((60, 100, 210, 250))
    following = FollowingDetector(detector, every=20)
    boxes = [following.find(frame)[0].box for frame in frames]
    assert detector.asked == 1
    np.testing.assert_allclose(boxes, [(60 + 6 * i, 100, 210 + 6 * i, 250) for i in range(10)], atol=10)


def test_it_searches_anew_every_so_many_frames(frames):
    detector = Knowing((60, 100, 210, 250))
    following = FollowingDetector(detector, every=3)
    for frame in frames[[0] * 9]:
        following.find(frame)
    assert detector.asked == 3


def test_while_there_is_no_face_it_searches_in_each_frame(frames):
    detector = Knowing(None)
    following = FollowingDetector(detector, every=5)
    assert [following.find(frame) for frame in frames] == [[]] * 10
    assert detector.asked == 10


def test_a_face_that_is_gone_is_not_followed_on(frames):
    detector = Knowing((60, 100, 210, 250))
    following = FollowingDetector(detector, every=20)
    following.find(frames[0])
    detector.box = None
    wall = np.random.default_rng(1).integers(90, 110, frames[0].shape, np.uint8)
    assert following.find(wall) == []
